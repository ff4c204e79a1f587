/**
 * All that a tool module imports.
 *
 * @module
 */

export type { Answer, FormQuestion, FormSchema, UrlAnswer, UrlQuestion } from '../handler'
export type {
  Annotations,
  ContentBlock,
  Icon,
  JsonSchema,
  LogLevel,
  ResourceContents,
  ToolAnnotations,
} from '../protocol'
export type { CacheKey, CacheOptions, ModuleCache } from './cache'
export {
  type Caller,
  type Log,
  type Notify,
  type Principal,
  ROLES,
  type Role,
  type ToolContext,
  type ToolContextFor,
  type Uses,
} from './context'
export type { Database, QueryResult, SqlValue, Statement } from './database'
export {
  APP_PERMISSIONS,
  type AppCsp,
  type AppDefinition,
  type AppOptions,
  type AppPermission,
  defineApp,
  TOOL_VISIBILITIES,
  type ToolUi,
  type ToolVisibility,
} from './define-app'
export {
  definePrompt,
  type PromptDefinition,
  type PromptMessage,
  type PromptOptions,
  type PromptResult,
} from './define-prompt'
export {
  defineResource,
  defineResourceTemplate,
  type ListedResource,
  type ReadResult,
  type ResourceDefinition,
  type ResourceList,
  type ResourceOptions,
  type ResourcePart,
  type ResourceTemplateDefinition,
  type ResourceTemplateOptions,
  type TemplateVariable,
} from './define-resource'
export {
  defineServer,
  type Scope,
  type ServerDefinition,
  type ServerOptions,
} from './define-server'
export { defineTool, type RunResult, type ToolDefinition, type ToolOptions } from './define-tool'
export type { Complete, Completers, Completions, Item, ItemOptions } from './item'
export type { Json } from './json'
export type { ConfigOf, ConfigSchemas, Fetch, Injection, SecretPlace, SecretSlot } from './outside'
export { jsonSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema'
export {
  defineState,
  type State,
  type StateDefinition,
  type StateDefinitions,
  type StateOptions,
  type States,
  type StatesOf,
} from './state'
export { NotFoundError, ToolError } from './tool-error'
export { isToolResult, type ToolResult, type ToolResultOptions, toolResult } from './tool-result'
