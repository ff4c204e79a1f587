/**
 * Turns the module list into what the platform serves, and refuses a faulty one when it starts:
 * every problem at once, each as a sentence with the file and the field.
 *
 * @module
 */
export { createRegistry, RegistryError } from './create-registry'
export type {
  HostedPrompt,
  HostedResource,
  HostedServer,
  HostedTemplate,
  HostedTool,
  Registry,
} from './hosted'
export { MAX_RESULT_LENGTH } from './limits'
export { type ListName, type ListPage, PAGE_SIZE } from './lists'
export { requireBindings } from './require-bindings'
