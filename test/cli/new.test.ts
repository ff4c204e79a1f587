import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkNewName } from '../../src/cli/modules/add-module.ts'
import { listedModules, withModule } from '../../src/cli/modules/module-list.ts'
import { readRawConfig } from '../../src/cli/read-config.ts'
import { startCommand } from '../support/command.ts'
import { listTools, openSession } from '../support/mcp.ts'
import { copyProject, type ProjectCopy } from '../support/project-copy.ts'
import { freePort } from '../support/temporary.ts'

let project: ProjectCopy

async function quayside(...args: string[]) {
  await using command = project.quayside(args)
  return await command.finished
}

/** A tool of the project's own, by the name of its program. */
async function tool(name: string, ...args: string[]) {
  const program = join(project.path, 'node_modules/.bin', name)
  await using command = startCommand(program, args, { cwd: project.path })
  return await command.finished
}

const text = (path: string) => readFile(join(project.path, path), 'utf8')

/** Everything `npm run new` could touch, as one digest of each file. */
async function digests(): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const add = async (path: string) => {
    found[path] = createHash('sha256')
      .update(await text(path))
      .digest('hex')
  }
  for (const folder of ['servers', 'test/servers']) {
    const options = { recursive: true, withFileTypes: true } as const
    for (const entry of await readdir(join(project.path, folder), options)) {
      const path = join(entry.parentPath, entry.name).slice(project.path.length + 1)
      if (entry.isFile()) await add(path)
      else found[path] = 'a folder'
    }
  }
  await add('src/store/newest-migrations.ts')
  for (const name of await readdir(project.path)) {
    if (/\.(toml|ts|json)$/.test(name)) await add(name)
  }
  return found
}

describe('npm run new', () => {
  beforeEach(async () => {
    project = await copyProject()
  })
  afterEach(() => project[Symbol.asyncDispose]())

  it('makes modules that pass every check and their own tests, and are served', async () => {
    const plain = await quayside('new', 'greeter')
    expect(plain).toMatchObject({ code: 0, stderr: '' })
    expect(plain.stdout).toContain('  servers/greeter/index.ts\n')
    expect(plain.stdout).toContain('http://localhost:8484/greeter/mcp')
    expect(await quayside('new', 'delete', '--public', '--title', 'It’s */ "so"')).toMatchObject({
      code: 0,
    })
    expect(await quayside('new', 'stock-room', '--db')).toMatchObject({ code: 0, stderr: '' })

    // The formatter gives each a line of its own by now.
    expect((await text('servers/index.ts')).replaceAll(/\s+/g, ' ')).toContain(
      'const servers: readonly ServerDefinition[] = [ time, support, docs, sql, greeter, deleteModule, stockRoom, ]',
    )
    expect(await text('wrangler.toml')).toContain(
      '[[d1_databases]]\nbinding = "DB_STOCK_ROOM"\ndatabase_name = "quayside-stock-room"\n' +
        'migrations_dir = "servers/stock-room/migrations"\n',
    )
    expect(await text('worker-configuration.d.ts')).toContain('DB_STOCK_ROOM: D1Database;')

    for (const [name, ...args] of [
      ['wrangler', 'types', '--include-runtime=false', '--check'],
      ['tsc', '-p', 'tsconfig.json'],
      ['biome', 'ci', '--colors=off', 'servers', 'test/servers'],
      ['vitest', 'run', '--project', 'worker', 'greeter.test', 'delete.test', 'stock-room.test'],
    ] as [string, ...string[]][]) {
      const { code, stdout, stderr } = await tool(name, ...args)
      expect([name, code, code === 0 ? '' : stdout + stderr]).toEqual([name, 0, ''])
    }

    const port = await freePort()
    await using platform = project.quayside(['start', '--port', String(port)], {
      env: { QUAYSIDE_STATE_DIR: join(project.path, 'state'), PORT: undefined },
    })
    await platform.printed(/Press Ctrl-C to stop/)
    const origin = `http://localhost:${port}`
    expect(platform.stdout).toContain(`${origin}/stock-room/mcp`)
    const url = `${origin}/delete/mcp`
    const response = await listTools(url, await openSession(url))
    expect(await response.text()).toContain('"echo"')
    for (const name of ['greeter', 'stock-room']) {
      const { status } = await fetch(`${origin}/${name}/mcp`, { method: 'POST' })
      expect([name, status]).toEqual([name, 401])
    }
  }, 180_000)

  it('refuses with a sentence, and changes nothing', async () => {
    const before = await digests()
    for (const [args, sentence] of [
      [['Stock_Room'], '"Stock_Room" cannot be the name of a module: it takes 1 to 32 characters'],
      [['-x'], "Unknown option '-x'"],
      [['operator', '--db'], '/operator is a path of the platform itself. Choose another name.'],
      [[], 'Name one module.\nUsage: npm run new -- <name>'],
      [['a', 'b'], 'Name one module.\nUsage: npm run new -- <name>'],
      [['a', '--db', '--public'], 'Choose --db or --public'],
    ] as [string[], string][]) {
      const { code, stdout, stderr } = await quayside('new', ...args)
      expect([args, code, stdout]).toEqual([args, 1, ''])
      expect(stderr).toContain(sentence)
      expect(stderr).not.toMatch(/^ +at /m)
    }
    expect(await digests()).toEqual(before)
  })

  it('refuses a name whose traces are still there', async () => {
    await writeFile(join(project.path, 'test/servers/ghost.test.ts'), '')
    expect((await quayside('new', 'ghost')).stderr).toBe(
      'test/servers/ghost.test.ts exists already.\n',
    )
    expect(await readdir(join(project.path, 'servers'))).not.toContain('ghost')

    const list = await text('servers/index.ts')
    const missing = await withModule(list, 'gone')
    await writeFile(join(project.path, 'servers/index.ts'), missing)
    expect((await quayside('new', 'gone')).stderr).toContain('lists a module gone already')

    const block = '\n[[d1_databases]]\nbinding = "DB_BOUND"\n'
    await writeFile(join(project.path, 'wrangler.toml'), (await text('wrangler.toml')) + block)
    expect((await quayside('new', 'bound', '--db')).stderr).toContain('has a database DB_BOUND')
    expect(await readdir(join(project.path, 'servers'))).not.toContain('bound')
  })

  it('gives each environment that has databases one of its own', async () => {
    const addition =
      '\n[env.staging]\n[[env.staging.d1_databases]]\nbinding = "DB"\n' +
      '\n# about production\n[env.production]\nvars = { A = "1" }\n'
    await writeFile(join(project.path, 'wrangler.toml'), (await text('wrangler.toml')) + addition)
    expect(await quayside('new', 'notes', '--db')).toMatchObject({ code: 0, stderr: '' })
    const { d1_databases, env } = readRawConfig(join(project.path, 'wrangler.toml'))
    const of = (name: string) => ({
      binding: 'DB_NOTES',
      database_name: name,
      migrations_dir: 'servers/notes/migrations',
    })
    expect(d1_databases?.at(-1)).toEqual(of('quayside-notes'))
    expect(env?.staging?.d1_databases?.at(-1)).toEqual(of('quayside-notes-staging'))
    expect(env?.production).toEqual({ vars: { A: '1' } })
    expect(await text('wrangler.toml')).toContain('\n\n# about production\n[env.production]')
  })

  it('says what to add when the list is not written as it knows it', async () => {
    const list = await text('servers/index.ts')
    await writeFile(
      join(project.path, 'servers/index.ts'),
      list.replace('[time', '[/* first */ time'),
    )
    const before = await digests()
    const { code, stderr } = await quayside('new', 'stock-room', '--db')
    expect(code).toBe(1)
    expect(stderr).toContain("add by hand: import stockRoom from './stock-room/index'")
    expect(await digests()).toEqual(before)
  })

  it('leaves the project as it was when its last step fails', async () => {
    const wrong = '\n[[kv_namespaces]]\nid = 3\n'
    await writeFile(join(project.path, 'wrangler.toml'), (await text('wrangler.toml')) + wrong)
    const before = await digests()
    const { code, stderr } = await quayside('new', 'notes', '--db')
    expect(code).toBe(1)
    expect(stderr).toContain('wrangler.toml cannot be used.')
    expect(await digests()).toEqual(before)
  })

  it('leaves the project as it was when it is interrupted half-way', async () => {
    const before = await digests()
    await using command = project.quayside(['new', 'notes', '--db'])
    while (!(await text('wrangler.toml')).includes('DB_NOTES')) await delay(5) // nothing announces it
    command.signal('SIGINT')
    const { code, stderr } = await command.finished
    expect(stderr).toBe('Interrupted. Nothing was changed.\n')
    expect(code).toBe(1)
    expect(await digests()).toEqual(before)
  })
})

describe('the name of a new module', () => {
  it.each([
    ['Stock_Room', 'How about "stock-room"?'],
    ['myTools', 'How about "my-tools"?'],
    ['9lives', 'How about "lives"?'],
    ['a/b', 'How about "a-b"?'],
    ['..', '".." cannot be the name of a module'],
    ['', '"" cannot be the name of a module'],
    ['x'.repeat(33), 'cannot be the name of a module'],
    ['authorize', '/authorize is a path of the platform itself.'],
    ['support', 'There is a folder servers/support already.'],
  ])('cannot be "%s"', async (name, sentence) => {
    await expect(checkNewName(name)).rejects.toThrow(sentence)
  })
})

describe('the list of modules', () => {
  const list = (imports: string[], entries: string[]) =>
    `import type { ServerDefinition } from '#sdk'\n${imports.join('\n')}\n\n` +
    `const servers: readonly ServerDefinition[] = [${entries.join(', ')}]\n\nexport default servers\n`

  it('may be empty, and may grow beyond one line', async () => {
    let grown = list([], [])
    const names = Array.from({ length: 12 }, (_, index) => `module-number-${index}`)
    for (const name of names) grown = await withModule(grown, name)
    expect(listedModules(grown).sort()).toEqual([...names].sort())
    expect(grown).toContain('= [\n  moduleNumber0,\n')
  })

  it.each([
    ['import', 'importModule'],
    ['servers', 'serversModule'],
    ['time', 'time'],
    ['a--b-', 'aB'],
    ['x9-9y', 'x99y'],
  ])('calls %s %s', async (name, variable) => {
    expect(await withModule(list([], []), name)).toContain(
      `import ${variable} from './${name}/index'`,
    )
  })
})
