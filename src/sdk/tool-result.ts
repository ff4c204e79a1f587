import type { ContentBlock } from '../protocol'

const BRAND = Symbol('tool result')

export interface ToolResultOptions<T> {
  content: ContentBlock[]
  /** Checked against the tool's `output`, and needed when it has one. */
  structured?: T
  isError?: boolean
  _meta?: Record<string, unknown>
}

/** Content blocks in place of plain data; what `toolResult()` returns. */
export interface ToolResult<T = unknown> extends ToolResultOptions<T> {
  readonly [BRAND]: true
}

/**
 * A result with content of your own: images, audio, links, embedded resources, or text beside the
 * structured value. A tool that returns its plain value needs none of this.
 */
export function toolResult<T = never>(options: ToolResultOptions<T>): ToolResult<T> {
  return { ...options, [BRAND]: true }
}

/** Whether a value was made by `toolResult()`. */
export const isToolResult = (value: unknown): value is ToolResult =>
  typeof value === 'object' && value !== null && BRAND in value
