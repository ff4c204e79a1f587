/**
 * All that a tool module imports.
 *
 * @module
 */
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
  defineServer,
  type Scope,
  type ServerDefinition,
  type ServerOptions,
} from './define-server'
export { defineTool, type RunResult, type ToolDefinition, type ToolOptions } from './define-tool'
export { jsonSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema'
export { ToolError } from './tool-error'
export { isToolResult, type ToolResult, type ToolResultOptions, toolResult } from './tool-result'
