import { CliError } from '../cli-error.ts'

/** What a server did wrong, in a sentence, and what whoever runs it can do about it. */
export class Fault extends CliError {
  readonly advice: string

  constructor(problem: string, advice = '', options?: ErrorOptions) {
    super(problem, options)
    this.advice = advice
  }
}

/** A fault that is not the platform's: nobody answers there, or not in time. */
export class Unreachable extends Fault {}
