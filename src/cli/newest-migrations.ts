/** `src/store/newest-migrations.ts`: how the Worker knows which schema it was built for. @module */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isContentMigration } from './content-migrations.ts'
import { projectRoot } from './project.ts'
import { readConfig, readRawConfig } from './read-config.ts'

/** In the project. */
export const NEWEST_MIGRATIONS = 'src/store/newest-migrations.ts'

const FILE = join(projectRoot, NEWEST_MIGRATIONS)

/**
 * Brings the file in line with the folders of migrations. Nothing is written for a configuration
 * that is not the project's own, nor where nothing has changed.
 *
 * @throws {CliError} when the configuration cannot be read.
 */
export async function writeNewestMigrations(configPath: string): Promise<void> {
  if (dirname(resolve(configPath)) !== projectRoot) return
  const text = renderNewestMigrations(await newestMigrations(configPath))
  if (text !== (await readFile(FILE, 'utf8'))) await writeFile(FILE, text)
}

/** By binding; of a binding that environments share, that of the top level. */
export async function newestMigrations(configPath: string): Promise<Map<string, string>> {
  const newest = new Map<string, string>()
  const environments = Object.keys(readRawConfig(configPath).env ?? {})
  for (const env of [undefined, ...environments]) {
    const { d1_databases: databases } = readConfig(configPath, env)
    for (const { binding, migrations_dir: folder = 'migrations' } of databases) {
      const names = await migrationsIn(resolve(dirname(configPath), folder))
      // The Worker asks for schema only, so that it serves while its content is from before.
      const name = names.findLast((it) => !isContentMigration(it))
      if (name !== undefined && !newest.has(binding)) newest.set(binding, name)
    }
  }
  return newest
}

/** Names of the migrations in a folder, in the order in which they are applied. */
export async function migrationsIn(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'))
    return names.sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** What wrangler goes by first; files without a number come last. */
function numberOf(name: string): number {
  const number = Number.parseInt(name, 10)
  return Number.isNaN(number) ? Number.MAX_SAFE_INTEGER : number
}

/** As the formatter would leave it. */
export function renderNewestMigrations(newest: Map<string, string>): string {
  const entries = [...newest].map(([binding, name]) => {
    const literal = JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
    return `  ${binding}: '${literal}',\n`
  })
  return `/**
 * The newest migration of each database, by binding: the schema this version of the Worker was
 * built for. Written by \`npm start\`, \`npm run new\` and every build for a deployment.
 *
 * @module
 */
export const NEWEST_MIGRATIONS: Readonly<Record<string, string>> = {${entries.length > 0 ? '\n' : ''}${entries.join('')}}
`
}
