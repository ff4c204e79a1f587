/** `npm run deploy`: from a checkout to connector URLs; the same command the first time and later. @module */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { CliError } from './cli-error.ts'
import { type Account, chooseAccount } from './deploy/account.ts'
import { checkDeployment } from './deploy/checks.ts'
import { nextSteps } from './deploy/next-steps.ts'
import { originOfTargets, savePublicOrigin, servesOrigin } from './deploy/public-origin.ts'
import { assertNotElsewhere, reach } from './deploy/reach.ts'
import {
  applyRemoteMigrations,
  type RemoteTarget,
  remoteDatabases,
} from './deploy/remote-databases.ts'
import { configuredOrigin, firstOperatorLink } from './deployed-setup.ts'
import { listedModules, MODULE_LIST } from './modules/module-list.ts'
import { defaultConfigPath, projectRoot } from './project.ts'
import { readConfig } from './read-config.ts'
import { runWrangler } from './run-wrangler.ts'

/**
 * Checks, brings the databases that are there up to date, deploys, which makes what is not there,
 * and brings that up to date. Migrations come first so that a failing one leaves everything as it
 * was; so a migration has to suit the version that is running, too.
 *
 * With `--dry-run` it stops before anything leaves the machine; that works offline. Other arguments
 * (`--env production`) go to `wrangler deploy`. Running it again is safe at every point.
 *
 * @throws {CliError} when something is not fit to be deployed, or Cloudflare refuses it.
 */
export async function run(args: string[]): Promise<void> {
  const { configPath, env, dryRun, move, passedOn } = parseDeployArgs(args)
  if (args.some((arg) => arg.includes('QUAYSIDE_LOCAL'))) {
    throw new CliError('QUAYSIDE_LOCAL must not be deployed. Remove it from the arguments.')
  }
  if (dryRun) {
    await checkDeployment(configPath)
    console.log('Dry run: nothing was uploaded.')
    return
  }
  const account = await chooseAccount(configPath, env)
  const target = { configPath, env, account }
  console.log(`Account: ${account.name ?? account.id}`)
  await checkDeployment(configPath)

  const before = await remoteDatabases(target)
  if (!move && before.every(({ exists }) => !exists)) {
    await assertNotElsewhere(configuredOrigin(target), account)
  }
  await applyRemoteMigrations(
    before.filter(({ exists }) => exists),
    target,
  ).catch(withHint('Nothing was uploaded: what is deployed runs on. Mend it and deploy again.'))
  const targets = await deployWorker(passedOn, target)
  const made = before.filter(({ exists }) => !exists)
  await applyRemoteMigrations(made, target).catch(
    withHint(
      'The Worker is deployed and answers 503 until this is done. Mend it and deploy again.',
    ),
  )
  await finish(targets, target, passedOn)
}

/** Origin, first operator and addresses: the deployment is done, whatever becomes of these. */
async function finish(targets: string[], target: RemoteTarget, passedOn: string[]): Promise<void> {
  const { configPath, env, account } = target
  let origin = configuredOrigin(target)
  if (origin === undefined) {
    origin = originOfTargets(targets)
    if (origin === undefined) {
      console.log(
        'Next: set PUBLIC_ORIGIN in wrangler.toml to the address clients connect to, and deploy again.',
      )
      return
    }
    await savePublicOrigin(configPath, env, origin)
    console.log(`\nPUBLIC_ORIGIN is now ${origin}, in ${configPath}. Deploying with it …`)
    await deployWorker(passedOn, target)
  } else if (!servesOrigin(targets, origin)) {
    console.log(
      `\nPUBLIC_ORIGIN is ${origin}, but this deployment is reached at ${targets.filter(isAddress).join(', ') || 'no address'}. ` +
        'Add a custom domain for it, see docs/deploy.md.',
    )
  }
  const reached = await reach(origin)
  if (!reached.ok) console.log(`\n${origin}/modules.json was asked, and ${reached.reason}`)
  const names = async () => listedModules(await readFile(join(projectRoot, MODULE_LIST), 'utf8'))
  console.log(`\n${nextSteps(origin, reached.ok ? reached.modules : await names())}`)
  await offerSetup({ ...target, account })
}

const isAddress = (target: string): boolean => /^[\w.*-]+\.[\w-]+|^https:/.test(target)

/** A fault here is a hint, not a failure. */
async function offerSetup({ configPath, env, account }: RemoteTarget): Promise<void> {
  try {
    const link = await firstOperatorLink({
      configPath,
      env,
      wrangler: (args, options) => runWrangler(args, { ...options, env: ofAccount(account) }),
    })
    if (link === undefined) return
    console.log(
      `\nThere is no operator yet. Whoever opens this link within 24 hours becomes one:\n\n  ${link}\n`,
    )
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    console.log(
      `\nCould not tell whether there is an operator. If there is none, run \`npm run setup-link\`.`,
    )
  }
}

const DeployEntry = z.object({
  type: z.literal('deploy'),
  version_id: z.string().nullable(),
  targets: z.array(z.string()).default([]),
})

/** What wrangler says it is reached at. @throws {CliError} also when somebody says no to wrangler. */
async function deployWorker(passedOn: string[], target: RemoteTarget): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'quayside-deploy-'))
  const report = join(folder, 'report')
  try {
    await runWrangler(['deploy', '--config', target.configPath, ...passedOn], {
      purpose: 'deploy the Worker',
      interactive: true,
      env: { ...ofAccount(target.account), WRANGLER_OUTPUT_FILE_PATH: report },
    })
    const lines = (await readFile(report, 'utf8')).split('\n').filter(Boolean)
    const entries = lines.map((line) => DeployEntry.safeParse(JSON.parse(line)))
    const entry = entries.find(({ success }) => success)?.data
    if (!entry?.version_id) throw new CliError('The Worker was not deployed.')
    return entry.targets
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const ofAccount = ({ id }: Account): Record<string, string> => ({ CLOUDFLARE_ACCOUNT_ID: id })

const withHint =
  (hint: string) =>
  (error: unknown): never => {
    if (!(error instanceof CliError)) throw error
    throw new CliError(`${error.message}\n${hint}`, { cause: error })
  }

/** In every spelling that wrangler takes: one that we overlooked would apply migrations. */
const DRY_RUN = /^--dry-?run(=(?!false$)|$)/i

function parseDeployArgs(args: string[]) {
  const { values, tokens } = parseArgs({
    args,
    strict: false, // what is not known here is wrangler's
    tokens: true,
    options: {
      config: { type: 'string', short: 'c' },
      env: { type: 'string', short: 'e' },
      move: { type: 'boolean' },
    },
  })
  const ours = new Set<number>()
  for (const token of tokens) {
    if (token.kind !== 'option' || !['config', 'move'].includes(token.name)) continue
    ours.add(token.index)
    if (token.name === 'config' && !token.inlineValue) ours.add(token.index + 1)
  }
  const configPath = typeof values.config === 'string' ? resolve(values.config) : defaultConfigPath
  const env = typeof values.env === 'string' ? values.env : undefined
  readConfig(configPath, env) // a typo in its name is a matter for the start
  return {
    configPath,
    env,
    // Without the "--" before it, npm keeps the flag to itself. Nobody who wrote it means to deploy.
    dryRun: args.some((arg) => DRY_RUN.test(arg)) || process.env.npm_config_dry_run === 'true',
    move: values.move === true,
    passedOn: args.filter((_, index) => !ours.has(index)),
  }
}
