/** The setup link of a deployed copy. @module */
import * as z from 'zod'
import { CliError } from './cli-error.ts'
import { parseJson } from './deploy/account.ts'
import { readConfig } from './read-config.ts'
import { runWrangler } from './run-wrangler.ts'
import { drawSetupCode } from './setup-code.ts'

export interface DeployedSetupOptions {
  configPath: string
  /** The environment of the configuration, as in `wrangler deploy --env`. */
  env?: string | undefined
  /** How wrangler is run; tests put something else here. */
  wrangler?: typeof runWrangler
}

/**
 * Draws a code and stores its hash as the secret SETUP_CODE. A secret, although it is none: unlike
 * a variable it is there at once, with no deploy, and stays over every later `wrangler deploy`.
 *
 * @returns the link. Any earlier one is dead from then on.
 * @throws {CliError} with wrangler’s words when it cannot be stored.
 */
export async function makeDeployedSetupLink(
  origin: string,
  { configPath, env, wrangler = runWrangler }: DeployedSetupOptions,
): Promise<string> {
  const { link, setting } = drawSetupCode(origin, Math.floor(Date.now() / 1000))
  await wrangler(['secret', 'put', 'SETUP_CODE', ...at(configPath, env)], {
    purpose: 'store the hash of the setup code as the secret SETUP_CODE',
    input: setting,
  })
  return link
}

/** The address clients connect to, as the configuration says it; undefined when it says none. */
export function configuredOrigin({
  configPath,
  env,
}: Pick<DeployedSetupOptions, 'configPath' | 'env'>): string | undefined {
  const { PUBLIC_ORIGIN: value } = readConfig(configPath, env).vars
  return typeof value === 'string' && value !== '' ? URL.parse(value)?.origin : undefined
}

const Counted = z.tuple([z.object({ results: z.tuple([z.object({ operators: z.int() })]) })])

/**
 * After a deploy: a link for the first operator, while there is none. Undefined when there is one,
 * or no address to put into the link.
 *
 * @throws {CliError} when wrangler cannot tell or store.
 */
export async function firstOperatorLink(
  options: DeployedSetupOptions,
): Promise<string | undefined> {
  const { configPath, env, wrangler = runWrangler } = options
  const origin = configuredOrigin(options)
  if (origin === undefined) return undefined
  const query = "SELECT count(*) AS operators FROM people WHERE role = 'operator'"
  const output = await wrangler(
    ['d1', 'execute', 'DB', '--remote', '--json', '--command', query, ...at(configPath, env)],
    { purpose: 'look for an operator in the database' },
  )
  const counted = Counted.safeParse(parseJson(output))
  if (!counted.success) throw new CliError('Could not read how many operators there are.')
  const [{ results }] = counted.data
  return results[0].operators > 0 ? undefined : makeDeployedSetupLink(origin, options)
}

const at = (configPath: string, env: string | undefined): string[] => [
  '--config',
  configPath,
  ...(env === undefined ? [] : ['--env', env]),
]
