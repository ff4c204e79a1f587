/** D1 migrations for local state: applied by `npm start`, the tests and `npm run migrate`. @module */
import { readdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CliError } from './cli-error.ts'
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
  const config = readConfig(configPath)
  let applied = false
  for (const { binding, migrations_dir: folder = 'migrations' } of config.d1_databases) {
    if (only && !only.includes(binding)) continue
    if (!(await hasMigrations(resolve(dirname(configPath), folder)))) continue
    await runWrangler(
      // `--persist-to` is the folder above the `v3` that `runPlatform` gives to Miniflare.
      [
        ...['d1', 'migrations', 'apply', binding, '--local'],
        ...['--persist-to', stateDir, '--config', configPath],
      ],
      { purpose: `apply the D1 migrations in ${folder}/`, ...(signal && { signal }) },
    )
    applied = true
  }
  return applied
}

async function hasMigrations(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).some((name) => name.endsWith('.sql'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** `npm run migrate`: brings local state up to date without starting the Worker. */
export async function run(args: string[]): Promise<void> {
  const { config } = parseMigrateArgs(args)
  const stateDir = localStateDir()
  await using _ = await lockState(stateDir)
  const any = await applyMigrations({ configPath: resolve(config), stateDir })
  console.log(
    any ? `Local databases in ${stateDir} are up to date.` : 'There are no migrations yet.',
  )
}

function parseMigrateArgs(args: string[]): { config: string } {
  try {
    return parseArgs({ args, options: { config: { type: 'string', default: defaultConfigPath } } })
      .values
  } catch (error) {
    throw new CliError(`${(error as Error).message} Usage: npm run migrate`, { cause: error })
  }
}
