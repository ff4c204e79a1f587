/**
 * The shapes the core produces: those of 2026-07-28, the widest revision. A codec narrows them to
 * what its revision can say.
 *
 * @module
 */

/** Hints about who a block is for and how much it matters. */
export interface Annotations {
  audience?: ('user' | 'assistant')[]
  /** From 0 to 1, 1 for what a client should not leave out. */
  priority?: number
  /** ISO 8601. */
  lastModified?: string
}

interface Block {
  annotations?: Annotations
  _meta?: Record<string, unknown>
}

/** Text or base64 data of a resource. */
export type ResourceContents = {
  uri: string
  mimeType?: string
  _meta?: Record<string, unknown>
} & ({ text: string } | { blob: string })

export type ContentBlock = Block &
  (
    | { type: 'text'; text: string }
    | { type: 'image' | 'audio'; data: string; mimeType: string }
    | { type: 'resource'; resource: ResourceContents }
    | {
        type: 'resource_link'
        uri: string
        name: string
        title?: string
        description?: string
        mimeType?: string
        /** Bytes. */
        size?: number
        icons?: Icon[]
      }
  )

/** `src` is an https or `data:` URL; clients fetch it without credentials. */
export interface Icon {
  src: string
  mimeType?: string
  sizes?: string[]
  theme?: 'light' | 'dark'
}

/** Hints, never a check. Absent ones mean the worst: not read-only, destructive, open world. */
export interface ToolAnnotations {
  readOnlyHint?: boolean
  destructiveHint?: boolean
  idempotentHint?: boolean
  openWorldHint?: boolean
}

export type JsonSchema = Record<string, unknown>

/** A tool as `tools/list` shows it. */
export interface Tool {
  name: string
  title?: string
  description: string
  icons?: Icon[]
  inputSchema: JsonSchema
  outputSchema?: JsonSchema
  annotations: Required<ToolAnnotations>
  _meta?: Record<string, unknown>
}

/** A resource as `resources/list` shows it. */
export interface Resource {
  uri: string
  name: string
  title?: string
  description?: string
  mimeType?: string
  /** Bytes. */
  size?: number
  icons?: Icon[]
  annotations?: Annotations
  _meta?: Record<string, unknown>
}

/** A resource template as `resources/templates/list` shows it. */
export interface ResourceTemplate {
  /** RFC 6570. */
  uriTemplate: string
  name: string
  title?: string
  description: string
  mimeType?: string
  icons?: Icon[]
  annotations?: Annotations
  _meta?: Record<string, unknown>
}

/** A prompt as `prompts/list` shows it. */
export interface Prompt {
  name: string
  title?: string
  description: string
  arguments?: PromptArgument[]
  icons?: Icon[]
  _meta?: Record<string, unknown>
}

export interface PromptArgument {
  name: string
  title?: string
  description?: string
  required?: boolean
}

/** What a resource holds. */
export interface ReadResourceResult {
  contents: ResourceContents[]
  /** How long a client may keep it, in milliseconds. */
  ttlMs: number
  _meta?: Record<string, unknown>
}

/** A prompt filled in. */
export interface GetPromptResult {
  description?: string
  messages: { role: 'user' | 'assistant'; content: ContentBlock }[]
  _meta?: Record<string, unknown>
}

/** What an argument could be. */
export interface CompleteResult {
  completion: {
    /** At most 100. */
    values: string[]
    total?: number
    hasMore?: boolean
  }
}

/** What a finished call says. `structuredContent` may be any JSON value. */
export interface CallToolResult {
  content: ContentBlock[]
  structuredContent?: unknown
  isError?: boolean
  _meta?: Record<string, unknown>
}

/** What a module says of itself in `initialize`, discover and result metadata. */
export interface ServerInfo {
  name: string
  version: string
  title?: string
  description?: string
  websiteUrl?: string
  icons?: Icon[]
}

export interface ServerCapabilities {
  tools?: { listChanged?: boolean }
  resources?: { subscribe?: boolean; listChanged?: boolean }
  prompts?: { listChanged?: boolean }
  completions?: Record<string, never>
  logging?: Record<string, never>
  /** Settings by the name of the extension. */
  extensions?: Record<string, Record<string, unknown>>
}
