/** `npm run setup-link`: the one-time link that makes the first operator. @module */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CliError, UsageError } from './cli-error.ts'
import { configuredOrigin, makeDeployedSetupLink } from './deployed-setup.ts'
import { keepSetupCode } from './local-setup-code.ts'
import { defaultConfigPath, localStateDir } from './project.ts'
import { drawSetupCode } from './setup-code.ts'

const USAGE =
  'Usage: npm run setup-link -- [--url ORIGIN] [--env NAME] [--config FILE]\n' +
  '       npm run setup-link -- --local'

/** Prints the link on stdout, and what there is to know about it on stderr. @throws {CliError} */
export async function run(args: string[]): Promise<void> {
  const { local, url, configPath, env } = parseSetupArgs(args)
  if (local) {
    const port = process.env.PORT || '8484'
    const origin = url ?? `http://localhost:${port}`
    const { link, setting } = drawSetupCode(origin, Math.floor(Date.now() / 1000))
    await keepSetupCode(localStateDir(), setting)
    print(link, 'Start the platform (again) with `npm start`, then open it.')
    return
  }
  const origin = url ?? configuredOrigin({ configPath, env })
  if (origin === undefined) {
    throw new CliError(
      'Where is the platform? Set PUBLIC_ORIGIN in wrangler.toml, or name it: ' +
        'npm run setup-link -- --url https://mcp.example.com. For this machine: --local.',
    )
  }
  process.stderr.write('Storing the hash of a new code with the deployed platform …\n')
  print(await makeDeployedSetupLink(origin, { configPath, env }), 'It may take a minute to work.')
}

function print(link: string, note: string): void {
  process.stdout.write(`${link}\n`)
  process.stderr.write(
    `Whoever opens it becomes an operator: keep it to yourself. It works once, for 24 hours, and ` +
      `every earlier link is dead. ${note}\n`,
  )
}

function parseSetupArgs(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        url: { type: 'string' },
        env: { type: 'string', short: 'e' },
        config: { type: 'string', short: 'c', default: defaultConfigPath },
        local: { type: 'boolean', default: false },
      },
    })
    const url = values.url === undefined ? undefined : URL.parse(values.url)
    if (url === null || (url && !(values.local ? /^https?:$/ : /^https:$/).test(url.protocol))) {
      throw new Error(`--url takes the https address of the platform, not "${values.url}".`)
    }
    return {
      local: values.local,
      url: url?.origin,
      env: values.env,
      configPath: resolve(values.config),
    }
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new UsageError(`${(error as Error).message}\n${USAGE}`, { cause: error })
  }
}
