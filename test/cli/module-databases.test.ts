/** Databases beside the platform's own: each with its folder of migrations, and nothing shared. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { defaultConfigPath, projectRoot } from '../../src/cli/project.ts'
import { quayside } from '../support/command.ts'
import { type Platform, start } from '../support/platform.ts'
import { freePort, temporaryFolder } from '../support/temporary.ts'

const TOML = `
name = "desks"
main = "entry.js"
compatibility_date = "2026-11-01"

[[d1_databases]]
binding = "DB"
database_name = "desks"
migrations_dir = "migrations"

[[d1_databases]]
binding = "DB_DESK"
database_name = "desks-desk"
migrations_dir = "servers/desk/migrations"

[[d1_databases]]
binding = "DB_EMPTY"
database_name = "desks-empty"
migrations_dir = "servers/empty/migrations"
`

const ENTRY = `
export default {
  async fetch(request, env) {
    const tables = async (db) => {
      const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 't@_%' ESCAPE '@'"
      const { results } = await db.prepare(sql).all()
      return results.map(({ name }) => name)
    }
    const names = ['DB', 'DB_DESK', 'DB_EMPTY']
    const found = await Promise.all(names.map(async (name) => [name, await tables(env[name])]))
    return Response.json(Object.fromEntries(found))
  },
}
`

let folder: string
let platform: Platform
const configPath = () => join(folder, 'wrangler.toml')

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), text)
}

const tables = async (of: Platform) => await (await fetch(of.origin)).json()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quayside-databases-'))
  await write('wrangler.toml', TOML)
  await write('entry.js', ENTRY)
  await write('migrations/0001_platform.sql', 'CREATE TABLE t_platform (id INTEGER) STRICT;')
  await write('servers/desk/migrations/0001_desk.sql', 'CREATE TABLE t_desk (id INTEGER) STRICT;')
  platform = await start({ configPath: configPath(), stateDir: join(folder, 'state') })
})

afterAll(async () => {
  await platform?.stop()
  await rm(folder, { recursive: true, force: true })
})

it('applies each folder to its own database and no other', async () => {
  expect(await tables(platform)).toEqual({ DB: ['t_platform'], DB_DESK: ['t_desk'], DB_EMPTY: [] })
})

it('adds a later migration of one of them, to data that is there', async () => {
  await platform.stop()
  await write('servers/desk/migrations/0002_more.sql', 'CREATE TABLE t_more (id INTEGER) STRICT;')
  platform = await start({ configPath: configPath(), stateDir: join(folder, 'state') })
  expect(await tables(platform)).toEqual({
    DB: ['t_platform'],
    DB_DESK: ['t_desk', 't_more'],
    DB_EMPTY: [],
  })
})

it('says which lines of wrangler.toml are missing when a module has no database', async () => {
  await using elsewhere = await temporaryFolder()
  const config = join(elsewhere.path, 'wrangler.toml')
  const [block] = /\[\[d1_databases\]\]\nbinding = "DB_SUPPORT"\n(.+\n)+/.exec(
    await readFile(defaultConfigPath, 'utf8'),
  ) ?? ['']
  const main = JSON.stringify(join(projectRoot, 'src/index.ts'))
  const without = (await readFile(defaultConfigPath, 'utf8'))
    .replace(block, '')
    .replace('main = "src/index.ts"', `main = ${main}`)
  await writeFile(config, without)
  await using command = quayside(
    ['start', '--port', String(await freePort()), '--config', config],
    { env: { QUAYSIDE_STATE_DIR: join(elsewhere.path, 'state'), PORT: undefined } },
  )
  const { code, stdout, stderr } = await command.finished
  expect(code).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toContain(
    'The Worker refused to start:\nservers/support/index.ts: uses.db: Module "support" uses a ' +
      'database, but the binding DB_SUPPORT does not exist. Add to wrangler.toml:\n' +
      block.trimEnd(),
  )
  expect(stderr).not.toMatch(/^ +at /m)
})
