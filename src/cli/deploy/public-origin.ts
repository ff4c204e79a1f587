/** PUBLIC_ORIGIN: where a deployed copy is reached, as far as that can be known. @module */
import { readFile, writeFile } from 'node:fs/promises'
import { CliError } from '../cli-error.ts'
import { parseConfigText } from '../config-text.ts'

/** The one address that people are given: a domain of one's own before workers.dev. */
export function originOfTargets(targets: readonly string[]): string | undefined {
  // Beside addresses there are "Producer for …" and routes such as "example.com/*".
  const origins = targets.flatMap((target) => {
    const host = /^(?:https:\/\/)?([a-z0-9.-]+\.[a-z0-9-]+)(?: \(custom domain[^)]*\))?$/i.exec(
      target,
    )?.[1]
    return host ? [`https://${host.toLowerCase()}`] : []
  })
  return origins.find((origin) => !origin.endsWith('.workers.dev')) ?? origins[0]
}

/** Whether one of the targets, which may be patterns, serves this origin. */
export const servesOrigin = (targets: readonly string[], origin: string): boolean => {
  const { host } = new URL(origin)
  return targets.some((target) => {
    const [pattern = ''] = target.replace(/^https:\/\//, '').split(/[/ ]/)
    return pattern === host || (pattern.startsWith('*') && host.endsWith(pattern.slice(1)))
  })
}

/**
 * Writes PUBLIC_ORIGIN into the configuration, so that the next deployment from any machine has it.
 *
 * @throws {CliError} with the line to add by hand, where the file is not written as expected.
 */
export async function savePublicOrigin(
  configPath: string,
  env: string | undefined,
  origin: string,
): Promise<void> {
  const text = await readFile(configPath, 'utf8')
  const table = env === undefined ? 'vars' : `env.${env}.vars`
  const line = `PUBLIC_ORIGIN = ${JSON.stringify(origin)}`
  const header = new RegExp(`^\\[${table.replaceAll('.', '\\.')}\\][^\\n]*$`, 'm')
  const extended = header.test(text)
    ? text.replace(header, (found) => `${found}\n${line}`)
    : `${text.trimEnd()}\n\n[${table}]\n${line}\n`
  if ((await savedOrigin(extended, env)) !== origin) {
    throw new CliError(`Set PUBLIC_ORIGIN by hand, in [${table}] of ${configPath}:\n${line}`)
  }
  await writeFile(configPath, extended)
}

async function savedOrigin(text: string, env: string | undefined): Promise<unknown> {
  try {
    const config = await parseConfigText(text)
    return (env === undefined ? config : config.env?.[env])?.vars?.PUBLIC_ORIGIN
  } catch (error) {
    if (error instanceof CliError) return undefined // a second table of that name, say
    throw error
  }
}
