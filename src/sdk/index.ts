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
export type { Caller, Log, Principal, ToolContext } from './context'
export { defineServer, type ServerDefinition, type ServerOptions } from './define-server'
export { defineTool, type RunResult, type ToolDefinition, type ToolOptions } from './define-tool'
export { jsonSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema'
export { ToolError } from './tool-error'
export { isToolResult, type ToolResult, type ToolResultOptions, toolResult } from './tool-result'
