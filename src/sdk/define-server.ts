import type { Icon } from '../protocol'
import type { ToolDefinition } from './define-tool'

export interface ServerOptions {
  /** The folder's name and the first part of its URL: `[a-z][a-z0-9-]{0,31}`. */
  name: string
  /** Semantic version of the module; raise it when what clients see changes. */
  version: string
  /** For people. */
  title?: string
  description?: string
  /** How to use the tools together; clients may hand it to the model. */
  instructions?: string
  websiteUrl?: string
  /** Each an https or `data:` URL. */
  icons?: Icon[]
  /** `public` lets anyone call without signing in; `authenticated` unless it says so. */
  access?: 'public' | 'authenticated'
  /** Every scope a tool here may ask for, with a sentence for the consent page. */
  scopes?: Record<string, string>
  tools: readonly ToolDefinition[]
}

/** One hosted MCP server, the default export of `servers/<name>/index.ts`. */
export interface ServerDefinition extends ServerOptions {
  readonly access: 'public' | 'authenticated'
  readonly scopes: Record<string, string>
}

/** Declares a module. The platform checks it when it starts. */
export function defineServer(options: ServerOptions): ServerDefinition {
  return { ...options, access: options.access ?? 'authenticated', scopes: options.scopes ?? {} }
}
