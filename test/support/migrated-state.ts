import { createHash, randomUUID } from 'node:crypto'
import { access, cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { applyMigrations } from '../../src/cli/migrate.ts'
import { buildCacheDir } from '../../src/cli/project.ts'
import { readConfig } from '../../src/cli/read-config.ts'

/**
 * Brings the databases of a state folder up to date. A fresh folder gets a copy of what the same
 * migrations made before: applying them takes seconds, and every test file starts on fresh state.
 */
export async function migrateState(configPath: string, stateDir: string): Promise<void> {
  const databases = join(stateDir, 'v3/d1')
  if (await exists(databases)) {
    await applyMigrations({ configPath, stateDir })
    return
  }
  const template = join(buildCacheDir, `d1-${await hashMigrations(configPath)}`)
  if (!(await exists(template))) {
    const scratch = `${template}.${randomUUID()}`
    await mkdir(join(scratch, 'v3/d1'), { recursive: true })
    await applyMigrations({ configPath, stateDir: scratch })
    // Another test process may have been quicker; it has made the same.
    await rename(scratch, template).catch(() => rm(scratch, { recursive: true, force: true }))
  }
  await cp(join(template, 'v3/d1'), databases, { recursive: true })
}

async function hashMigrations(configPath: string): Promise<string> {
  const hash = createHash('sha256')
  const { d1_databases } = readConfig(configPath)
  for (const database of d1_databases) {
    // The name of a database's file is made from its id, which is its binding until it has one.
    hash.update(`\n${JSON.stringify(database)}`)
    const folder = resolve(dirname(configPath), database.migrations_dir ?? 'migrations')
    if (!(await exists(folder))) continue
    for (const name of (await readdir(folder)).sort()) {
      hash.update(`\n${name}\n`).update(await readFile(join(folder, name)))
    }
  }
  return hash.digest('hex').slice(0, 32)
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
