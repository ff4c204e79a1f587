/**
 * A handler that breaks a rule of the engine: its author's mistake, with what to do about it. The
 * message names keys and never values.
 */
export class MisuseError extends Error {
  override readonly name = 'MisuseError'
}
