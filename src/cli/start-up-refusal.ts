import { CliError } from './cli-error.ts'

/** The Worker was built but its module evaluation failed, or workerd did not accept it. */
export class StartUpRefusal extends CliError {
  override name = 'CliError'
}

/**
 * Turns what workerd printed while it failed to start into what the author of a module can act on.
 *
 * @param messages lines of workerd's log, oldest first.
 */
export function startUpRefusal(messages: string[], cause: unknown): StartUpRefusal {
  const uncaught = messages.map(withoutStack).filter((text) => /\bUncaught\b/.test(text))
  const problems = uncaught.flatMap((text) => {
    // workerd puts the class of an error before a name that was set on the instance:
    // "Uncaught Error: RegistryError: …".
    const [, list] = /\bUncaught (?:Error: )?RegistryError: ([\s\S]*)/.exec(text) ?? []
    return list === undefined ? [] : list.split('\n').filter((line) => line.trim() !== '')
  })
  if (problems.length > 0) {
    return new StartUpRefusal(['The Worker refused to start:', ...problems].join('\n'), { cause })
  }
  const words = uncaught.length > 0 ? uncaught : messages.map(withoutStack)
  const reason = words.map((text) => text.replace(/^service \S+: /, '')).join('\n')
  return new StartUpRefusal(
    `The Worker did not start${reason ? `:\n${reason}` : ', and workerd said nothing about why.'}`,
    { cause },
  )
}

function withoutStack(message: string): string {
  return message.replace(/(?:\n +at [^\n]*)+\s*$/, '')
}
