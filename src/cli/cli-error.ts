/**
 * What went wrong in words for the person at the terminal, with the remedy. `main.mjs` prints the
 * message alone and exits with code 1; any other error is our bug and is printed with its stack.
 */
export class CliError extends Error {
  override name = 'CliError'
  readonly exitCode: number = 1
}

/** The command was called in a way it does not know, for commands whose code 1 means a finding. */
export class UsageError extends CliError {
  override readonly exitCode = 2
}
