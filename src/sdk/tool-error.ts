/**
 * A failure in words the model can use: the call of a tool ends with a result marked `isError` whose
 * text is `message`; reading a resource, filling a prompt and the like end with an error that says
 * it. Anything else that is thrown is answered with a generic sentence, and only logged.
 */
export class ToolError extends Error {
  override readonly name: string = 'ToolError'
  /** A short stable word for logs and tests, such as `upstream_failed`. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * What was asked for does not exist. Thrown by `read`, clients get the error that their revision
 * has for this; in all other places it is a `ToolError` like any other.
 */
export class NotFoundError extends ToolError {
  override readonly name = 'NotFoundError'
}
