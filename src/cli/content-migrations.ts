/**
 * What modules keep in their databases of files in the project, such as documents to search: written
 * as a migration, so that whatever applies migrations brings it along.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from './project.ts'

/** After every migration that somebody wrote: its number says that it follows from files. */
const CONTENT = /^9000_content_[0-9a-f]{16}\.sql$/

/** Whether a migration carries content, not schema: a Worker serves whether or not it is there. */
export const isContentMigration = (name: string): boolean => CONTENT.test(name)

/** What `servers/<name>/content.ts` exports: the statements that replace all of its content. */
type Content = (projectRoot: string) => string | Promise<string>

/**
 * Brings the content migration of each module that has one in line with its files; the one from
 * before goes. Nothing happens for a configuration that is not the project's own.
 *
 * The name has a digest of what is in it, so that a file is never another one than was applied. A
 * database remembers the last one only: text that comes back, as when a change is taken back, is
 * applied again.
 */
export async function writeContentMigrations(configPath: string): Promise<void> {
  if (dirname(resolve(configPath)) !== projectRoot) return
  for (const { module, folder } of await modulesWithContent()) {
    const { default: content } = (await import(pathToFileURL(module).href)) as { default: Content }
    const sql = [
      '-- Written by npm start, npm run migrate, npm run deploy and the tests; not for editing.',
      "DELETE FROM d1_migrations WHERE name LIKE '9000_content_%';",
      (await content(projectRoot)).trimEnd(),
      '',
    ].join('\n')
    const digest = createHash('sha256').update(sql).digest('hex').slice(0, 16)
    const name = `9000_content_${digest}.sql`
    const there = (await readdir(folder)).filter(isContentMigration)
    if (!there.includes(name)) {
      // In one step: several commands may run at a time, and each reads the folder.
      const scratch = join(folder, `.${name}.${process.pid}`)
      await writeFile(scratch, sql)
      await rename(scratch, join(folder, name))
    }
    for (const old of there) if (old !== name) await rm(join(folder, old), { force: true })
  }
}

async function modulesWithContent(): Promise<{ module: string; folder: string }[]> {
  const servers = join(projectRoot, 'servers')
  const folders = (await readdir(servers, { withFileTypes: true })).filter((it) => it.isDirectory())
  const found = folders.map(async ({ name }) =>
    (await readdir(join(servers, name))).includes('content.ts')
      ? [{ module: join(servers, name, 'content.ts'), folder: join(servers, name, 'migrations') }]
      : [],
  )
  return (await Promise.all(found)).flat()
}
