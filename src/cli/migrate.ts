/** D1 migrations: of local state, for `npm start` and the tests, and by `npm run migrate`. @module */
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CliError } from './cli-error.ts'
import { writeContentMigrations } from './content-migrations.ts'
import { chooseAccount } from './deploy/account.ts'
import { applyRemoteMigrations, remoteDatabases } from './deploy/remote-databases.ts'
import { migrationsIn, writeNewestMigrations } from './newest-migrations.ts'
import { defaultConfigPath, localStateDir } from './project.ts'
import { readConfig } from './read-config.ts'
import { runWrangler } from './run-wrangler.ts'
import { lockState } from './state-lock.ts'

export interface ApplyMigrationsOptions {
  configPath: string
  stateDir: string
  /** Bindings; every database unless given. */
  only?: string[]
  signal?: AbortSignal | undefined
}

/**
 * Applies the migrations that local state lacks, for every database of the configuration that has
 * a migrations folder; nothing happens, quietly, while the folder is empty.
 *
 * Stop the Worker on this state first: SQLite files have one writer.
 *
 * @returns whether there was any migration to look at.
 */
export async function applyMigrations(options: ApplyMigrationsOptions): Promise<boolean> {
  const { configPath, stateDir, only, signal } = options
  await writeContentMigrations(configPath)
  const config = readConfig(configPath)
  let applied = false
  for (const { binding, migrations_dir: folder = 'migrations' } of config.d1_databases) {
    if (only && !only.includes(binding)) continue
    if ((await migrationsIn(resolve(dirname(configPath), folder))).length === 0) continue
    await runWrangler(
      // `--persist-to` is the folder above the `v3` that `runPlatform` gives to Miniflare.
      [
        ...['d1', 'migrations', 'apply', binding, '--local'],
        ...['--persist-to', stateDir, '--config', configPath],
      ],
      { purpose: `apply the D1 migrations in ${folder}/`, ...(signal && { signal }) },
    ).catch((error: Error) => {
      if (!/SQLITE_(NOTADB|CORRUPT)/.test(error.message)) throw error
      throw new CliError(
        `The local database ${binding} is damaged. Move ${stateDir} away, or choose another folder ` +
          'with QUAYSIDE_STATE_DIR: either starts with new data.',
        { cause: error },
      )
    })
    applied = true
  }
  return applied
}

/** `npm run migrate`: brings databases up to date without starting or deploying the Worker. */
export async function run(args: string[]): Promise<void> {
  const { config, remote, env } = parseMigrateArgs(args)
  const configPath = resolve(config)
  await writeNewestMigrations(configPath)
  if (remote) {
    await migrateRemote(configPath, env)
    return
  }
  const stateDir = localStateDir()
  await using _ = await lockState(stateDir)
  const any = await applyMigrations({ configPath, stateDir })
  console.log(
    any ? `Local databases in ${stateDir} are up to date.` : 'There are no migrations yet.',
  )
}

/** @throws {CliError} also when a database is not there: making it is a deployment's business. */
async function migrateRemote(configPath: string, env: string | undefined): Promise<void> {
  const account = await chooseAccount(configPath, env)
  const target = { configPath, env, account }
  const databases = await remoteDatabases(target)
  const missing = databases.filter(({ exists }) => !exists)
  if (missing.length > 0) {
    throw new CliError(
      `The account ${account.name ?? account.id} has no database ` +
        `${missing.map(({ name }) => name).join(', ')} yet. \`npm run deploy\` makes it.`,
    )
  }
  await applyRemoteMigrations(databases, target)
  console.log('Deployed databases are up to date.')
}

function parseMigrateArgs(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        config: { type: 'string', short: 'c', default: defaultConfigPath },
        remote: { type: 'boolean', default: false },
        env: { type: 'string', short: 'e' },
      },
    })
    if (values.env !== undefined && !values.remote) throw new Error('--env goes with --remote.')
    return values
  } catch (error) {
    throw new CliError(
      `${(error as Error).message} Usage: npm run migrate [-- --remote [--env NAME]]`,
      { cause: error },
    )
  }
}
