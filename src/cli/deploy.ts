/** `npm run deploy`: checks what is about to be uploaded, then hands over to wrangler. @module */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { bundleWorker, gzipBytes } from './build-worker.ts'
import { CliError } from './cli-error.ts'
import { configuredOrigin, type DeployedSetupOptions, firstOperatorLink } from './deployed-setup.ts'
import { defaultConfigPath } from './project.ts'
import { readRawConfig } from './read-config.ts'
import { runWrangler } from './run-wrangler.ts'

/** A Worker above this starts noticeably later on a cold isolate. In KB of 1,000 bytes. */
const MAX_WORKER_KB = 300

const Vars = z.record(z.string(), z.unknown()).optional()
const WrittenVars = z.object({
  vars: Vars,
  env: z.record(z.string(), z.object({ vars: Vars })).default({}),
})

/**
 * Deploys, or with `--dry-run` stops before anything leaves the machine; that works offline. Other
 * arguments (`--env production`) go to `wrangler deploy`.
 *
 * @throws {CliError} when the configuration or the size of the Worker is not fit to be deployed.
 */
export async function run(args: string[]): Promise<void> {
  const { configPath, env, dryRun, passedOn } = parseDeployArgs(args)
  assertNotLocal(configPath, args)
  await assertSize(configPath)
  if (dryRun) {
    console.log('Dry run: nothing was uploaded.')
    return
  }
  await runWrangler(['deploy', '--config', configPath, ...passedOn], {
    purpose: 'deploy the Worker',
    interactive: true,
  })
  await offerSetup({ configPath, env })
}

/** The deploy is done, whatever becomes of this: a fault here is a hint, not a failure. */
async function offerSetup(options: DeployedSetupOptions): Promise<void> {
  if (configuredOrigin(options) === undefined) {
    console.log(
      'Next: set PUBLIC_ORIGIN in wrangler.toml to the address above, or to your own domain, and deploy again.',
    )
    return
  }
  try {
    const link = await firstOperatorLink(options)
    if (link === undefined) return
    console.log(
      `There is no operator yet. Whoever opens this link within 24 hours becomes one:\n\n  ${link}\n`,
    )
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    console.log(
      `Could not tell whether there is an operator. If there is none, run \`npm run setup-link\`.`,
    )
  }
}

function parseDeployArgs(args: string[]) {
  const { values, tokens } = parseArgs({
    args,
    strict: false, // what is not known here is wrangler's
    tokens: true,
    options: {
      config: { type: 'string', short: 'c' },
      env: { type: 'string', short: 'e' },
      'dry-run': { type: 'boolean' },
    },
  })
  const ours = new Set<number>()
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name !== 'config') continue
    ours.add(token.index)
    if (!token.inlineValue) ours.add(token.index + 1)
  }
  return {
    configPath: typeof values.config === 'string' ? resolve(values.config) : defaultConfigPath,
    env: typeof values.env === 'string' ? values.env : undefined,
    dryRun: values['dry-run'] === true,
    passedOn: args.filter((_, index) => !ours.has(index)),
  }
}

/**
 * QUAYSIDE_LOCAL opens what only a developer's machine may do. It is looked for in every
 * environment of the file, not only in the one being deployed: the next deployment may name another.
 */
function assertNotLocal(configPath: string, args: string[]): void {
  const { vars, env } = WrittenVars.parse(readRawConfig(configPath))
  const places: [string, object | undefined][] = [
    ['vars', vars],
    ...Object.entries(env).map(([name, it]): [string, object | undefined] => [
      `env.${name}.vars`,
      it.vars,
    ]),
  ]
  const place = places.find(([, it]) => it && 'QUAYSIDE_LOCAL' in it)?.[0]
  if (place) {
    throw new CliError(
      `${configPath} sets QUAYSIDE_LOCAL in [${place}]. Remove it: it opens what only a ` +
        'developer’s own machine may do, and `npm start` sets it by itself.',
    )
  }
  if (args.some((arg) => arg.includes('QUAYSIDE_LOCAL'))) {
    throw new CliError('QUAYSIDE_LOCAL must not be deployed. Remove it from the arguments.')
  }
}

async function assertSize(configPath: string): Promise<void> {
  const outDir = await mkdtemp(join(tmpdir(), 'quayside-deploy-'))
  try {
    const kilobytes = Math.ceil(gzipBytes(await bundleWorker(outDir, { configPath })) / 1000)
    console.log(`Worker: ${kilobytes} KB gzip`)
    if (kilobytes > MAX_WORKER_KB) {
      throw new CliError(
        `The Worker is too large: ${kilobytes} KB gzip, and ${MAX_WORKER_KB} KB is the limit. ` +
          'Look for a dependency that a tool module does not need.',
      )
    }
  } finally {
    await rm(outDir, { recursive: true, force: true })
  }
}
