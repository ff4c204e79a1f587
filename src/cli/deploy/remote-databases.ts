/** The D1 databases of the account, and their migrations. @module */
import { dirname, resolve } from 'node:path'
import * as z from 'zod'
import { CliError } from '../cli-error.ts'
import { writeContentMigrations } from '../content-migrations.ts'
import { migrationsIn } from '../newest-migrations.ts'
import { readConfig } from '../read-config.ts'
import { runWrangler } from '../run-wrangler.ts'
import { type Account, parseJson } from './account.ts'

export interface RemoteTarget {
  configPath: string
  /** The environment of the configuration, as in `wrangler deploy --env`. */
  env: string | undefined
  account: Account
}

export interface RemoteDatabase {
  binding: string
  name: string
  /** The folder of its migrations as the configuration names it, if there are any in it. */
  migrations: string | undefined
  /** Whether it is there: the first deploy makes it. */
  exists: boolean
}

const Listed = z.array(z.object({ uuid: z.string(), name: z.string() }))

/** Those of the configuration. @throws {CliError} also when one is of another account. */
export async function remoteDatabases(target: RemoteTarget): Promise<RemoteDatabase[]> {
  const { configPath, env, account } = target
  await writeContentMigrations(configPath)
  const config = readConfig(configPath, env)
  if (config.d1_databases.length === 0) return []
  const purpose = 'list the D1 databases of the account'
  const output = await wrangler(['d1', 'list', '--json'], target, purpose)
  const listed = Listed.safeParse(parseJson(output))
  if (!listed.success) throw new CliError(`Could not ${purpose}.\n${output}`)
  return Promise.all(
    config.d1_databases.map(async (database): Promise<RemoteDatabase> => {
      const { binding, database_id: id, migrations_dir: folder = 'migrations' } = database
      // As wrangler calls one that has no name.
      const madeUp = `${config.name}-${binding.toLowerCase().replaceAll('_', '-')}`
      const name = database.database_name ?? madeUp
      const exists = listed.data.some((it) => (id ? it.uuid === id : it.name === name))
      if (id && !exists) {
        throw new CliError(
          `Wrong account: ${configPath} binds ${binding} to the database ${id}, which is not in ` +
            `the account ${account.name ?? account.id}. If it was deleted there, remove its database_id.`,
        )
      }
      const any = (await migrationsIn(resolve(dirname(configPath), folder))).length > 0
      return { binding, name, migrations: any ? folder : undefined, exists }
    }),
  )
}

/**
 * Applies what the deployed databases lack, one after the other; each migration takes effect whole
 * or not at all, and is never applied twice.
 *
 * @throws {CliError} on the first that fails, with the database's words.
 */
export async function applyRemoteMigrations(
  databases: readonly RemoteDatabase[],
  target: RemoteTarget,
): Promise<void> {
  for (const { binding, name, migrations } of databases) {
    if (migrations === undefined) continue
    console.log(`Applying the migrations in ${migrations}/ to the database ${name} …`)
    await wrangler(
      ['d1', 'migrations', 'apply', binding, '--remote'],
      target,
      `apply the migrations in ${migrations}/ to the database ${name}`,
    )
  }
}

function wrangler(
  args: string[],
  { configPath, env, account }: RemoteTarget,
  purpose: string,
): Promise<string> {
  const where = ['--config', configPath, ...(env === undefined ? [] : ['--env', env])]
  return runWrangler([...args, ...where], { purpose, env: { CLOUDFLARE_ACCOUNT_ID: account.id } })
}
