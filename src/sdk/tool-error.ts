/**
 * A failure in words the model can use: the call ends with a result marked `isError` whose text
 * is `message`. Anything else a tool throws is answered with a generic sentence, and only logged.
 */
export class ToolError extends Error {
  override readonly name = 'ToolError'
  /** A short stable word for logs and tests, such as `upstream_failed`. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
