import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import content from '../../servers/docs/content.ts'
import { isContentMigration, writeContentMigrations } from '../../src/cli/content-migrations.ts'
import { migrationsIn } from '../../src/cli/newest-migrations.ts'
import { defaultConfigPath, projectRoot } from '../../src/cli/project.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = join(projectRoot, 'servers/docs/migrations')

/** What a database has after migrations, as wrangler applies and records them. */
function applied(migrations: Record<string, string>): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE)')
  for (const [name, sql] of Object.entries(migrations)) {
    database.exec(sql)
    database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').run(name)
  }
  return database
}

const names = (database: DatabaseSync) =>
  database
    .prepare('SELECT name FROM d1_migrations ORDER BY id')
    .all()
    .map(({ name }) => String(name))

async function read(names: readonly string[]): Promise<Record<string, string>> {
  const texts = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])
  return Object.fromEntries(await Promise.all(texts))
}

describe('the content of the knowledge base', () => {
  it('is every document of the project to the letter, whenever migrations are applied', async () => {
    await writeContentMigrations(defaultConfigPath)
    await writeContentMigrations(defaultConfigPath) // changes nothing
    const migrations = await migrationsIn(folder)
    expect(migrations.filter(isContentMigration)).toEqual([migrations.at(-1)])
    using database = applied(await read(migrations))
    const documents = database
      .prepare(
        `SELECT path, size, (SELECT group_concat(text, '') FROM
           (SELECT text FROM sections AS s WHERE s.path = d.path ORDER BY position)) AS text
         FROM documents AS d`,
      )
      .all()
    const paths = documents.map(({ path }) => String(path))
    const wanted = [
      'README.md',
      'ARCHITECTURE.md',
      'SECURITY.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
    ]
    const inDocs = (await readdir(join(projectRoot, 'docs'))).map((name) => `docs/${name}`)
    expect(paths).toEqual(expect.arrayContaining([...wanted, ...inDocs, 'servers/docs/README.md']))
    for (const { path, text, size } of documents) {
      const file = await readFile(join(projectRoot, String(path)), 'utf8')
      expect(text, String(path)).toBe(file)
      expect(size).toBe(Buffer.byteLength(file))
    }
  })

  it('replaces what was there before, and is applied again when a change is taken back', async () => {
    const [schema = '', own = ''] = await migrationsIn(folder)
    const texts = await read([schema, own])
    const older = '9000_content_0123456789abcdef.sql'
    using database = applied({
      [schema]: texts[schema] ?? '',
      [older]: "INSERT INTO documents VALUES ('old.md', 'Old', 3)",
      [own]: texts[own] ?? '',
    })
    expect(names(database)).toEqual([schema, own])
    const old = database.prepare("SELECT * FROM documents WHERE path = 'old.md'").all()
    expect(old).toEqual([])
  })

  it('is written for no configuration but the project’s own', async () => {
    await using elsewhere = await temporaryFolder()
    await writeContentMigrations(join(elsewhere.path, 'wrangler.toml'))
    expect(await readdir(elsewhere.path)).toEqual([])
  })
})

describe('documents', () => {
  it('may hold whatever text they like', async () => {
    await using project = await temporaryFolder()
    await mkdir(join(project.path, 'servers'))
    const text = "# It's; -- not /* SQL */\n\n'); DROP TABLE documents; --\n\0“é🔑”"
    await writeFile(join(project.path, 'README.md'), text)
    const [schema = ''] = await migrationsIn(folder)
    const sql = await content(project.path)
    using database = applied({ ...(await read([schema])), '9000.sql': sql })
    expect(database.prepare('SELECT path, text FROM sections').all()).toEqual([
      { path: 'README.md', text: text.replace('\0', '') },
    ])
  })

  it('that could not be put into a statement are named', async () => {
    await using project = await temporaryFolder()
    await mkdir(join(project.path, 'servers'))
    await writeFile(join(project.path, 'LONG.md'), `# All of it\n${'x'.repeat(60_000)}`)
    await expect(content(project.path)).rejects.toThrow(
      'LONG.md: the section "All of it" is above 50000 bytes. Cut it with headings.',
    )
  })
})
