import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { quayside } from '../support/command.ts'
import { start } from '../support/platform.ts'
import { temporaryFolder } from '../support/temporary.ts'

const fixture = join(import.meta.dirname, 'fixtures/notes')

async function migrate(stateDir: string, configPath: string) {
  await using command = quayside(['migrate', '--config', configPath], {
    env: { QUAYSIDE_STATE_DIR: stateDir },
  })
  return await command.finished
}

describe('npm run migrate', () => {
  it('creates the tables that the running Worker then sees, and only once', async () => {
    await using folder = await temporaryFolder()
    const stateDir = join(folder.path, 'state')
    const configPath = join(fixture, 'wrangler.toml')
    for (const _ of ['first', 'again']) {
      expect(await migrate(stateDir, configPath)).toEqual({
        code: 0,
        stdout: `Local databases in ${stateDir} are up to date.\n`,
        stderr: '',
      })
    }
    await using platform = await start({ stateDir, configPath })
    const stored = await fetch(platform.origin, { method: 'POST', body: 'kept' })
    expect(await stored.json()).toEqual(['kept'])
  })

  it('adds a later migration to data that is there', async () => {
    await using folder = await temporaryFolder()
    const project = join(folder.path, 'project')
    await cp(fixture, project, { recursive: true })
    const options = {
      stateDir: join(folder.path, 'state'),
      configPath: join(project, 'wrangler.toml'),
    }

    const before = await start(options)
    await fetch(before.origin, { method: 'POST', body: 'old' }).then((response) => response.text())
    await before.stop()
    await writeFile(
      join(project, 'migrations/0002_shout.sql'),
      'UPDATE notes SET text = upper(text);',
    )
    await using after = await start(options)
    expect(await (await fetch(after.origin)).json()).toEqual(['OLD'])
  })

  it('says what to do about data that is damaged', async () => {
    await using folder = await temporaryFolder()
    const stateDir = join(folder.path, 'state')
    const configPath = join(fixture, 'wrangler.toml')
    expect((await migrate(stateDir, configPath)).code).toBe(0)
    const databases = join(stateDir, 'v3/d1/miniflare-D1DatabaseObject')
    for (const name of await readdir(databases)) {
      if (name.startsWith('metadata')) continue
      if (name.endsWith('.sqlite')) await writeFile(join(databases, name), 'nothing '.repeat(1024))
      else await rm(join(databases, name)) // a log that could heal it
    }
    const { code, stderr } = await migrate(stateDir, configPath)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      new RegExp(`^The local database \\w+ is damaged\\. Move ${stateDir} away, or choose .+\\n$`),
    )
  })

  it('does nothing, quietly, while there are no migrations', async () => {
    await using folder = await temporaryFolder()
    const project = join(folder.path, 'project')
    const stateDir = join(folder.path, 'state')
    await cp(fixture, project, { recursive: true, filter: (path) => !path.endsWith('.sql') })
    await mkdir(stateDir)
    expect(await migrate(stateDir, join(project, 'wrangler.toml'))).toEqual({
      code: 0,
      stdout: 'There are no migrations yet.\n',
      stderr: '',
    })
    expect(await readdir(stateDir)).toEqual([])
  })

  it('shows what the database says about a migration that fails', async () => {
    await using folder = await temporaryFolder()
    const project = join(folder.path, 'project')
    await cp(fixture, project, { recursive: true })
    await writeFile(join(project, 'migrations/0002_wrong.sql'), 'ALTER TABLE nots ADD x;')
    const stateDir = join(folder.path, 'state')
    const { code, stderr } = await migrate(stateDir, join(project, 'wrangler.toml'))
    expect(code).toBe(1)
    expect(stderr).toContain('Could not apply the D1 migrations in migrations/.')
    expect(stderr).toContain('no such table: nots')
    expect(stderr).not.toMatch(/^ +at /m)
  })
})
