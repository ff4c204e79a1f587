/**
 * What went wrong in words for the person at the terminal, with the remedy. `main.mjs` prints the
 * message alone and exits with code 1; any other error is our bug and is printed with its stack.
 */
export class CliError extends Error {
  override name = 'CliError'
}
