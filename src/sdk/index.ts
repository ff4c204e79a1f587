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
export {
  type Caller,
  type Log,
  type Principal,
  ROLES,
  type Role,
  type ToolContext,
  type ToolContextFor,
  type Uses,
} from './context'
export type { Database, QueryResult, SqlValue, Statement } from './database'
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
export type { ConfigOf, ConfigSchemas, Fetch, Injection, SecretPlace, SecretSlot } from './outside'
export { jsonSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema'
export { NotFoundError, ToolError } from './tool-error'
export { isToolResult, type ToolResult, type ToolResultOptions, toolResult } from './tool-result'
