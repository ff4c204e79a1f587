/** `npm run deploy` and wrangler itself, as they are, against a Cloudflare of our own on loopback. */
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrationsIn } from '../../src/cli/newest-migrations.ts'
import { readRawConfig } from '../../src/cli/read-config.ts'
import { ApiError, type FakeCloudflare, fakeCloudflare } from '../support/cloudflare-api.ts'
import { type FinishedCommand, startCommand } from '../support/command.ts'
import { loopbackOnly } from '../support/loopback-only.ts'
import { copyProject, type ProjectCopy } from '../support/project-copy.ts'

const ORIGIN = 'https://quayside.team.workers.dev'

let project: ProjectCopy
const path = (name: string) => join(project.path, name)
const edit = async (name: string, change: (text: string) => string) =>
  writeFile(path(name), change(await readFile(path(name), 'utf8')))

/** Nothing of whoever runs the tests: no login, no remembered account. */
const environment = (cloudflare?: FakeCloudflare) => ({
  ...loopbackOnly,
  CLOUDFLARE_API_TOKEN: undefined,
  CLOUDFLARE_ACCOUNT_ID: undefined,
  // Where wrangler keeps a login.
  HOME: path('home'),
  XDG_CONFIG_HOME: path('home'),
  WRANGLER_CACHE_DIR: path('home/cache'),
  ...cloudflare?.env,
})

async function quayside(cloudflare: FakeCloudflare | undefined, args: string[], env = {}) {
  await using command = project.quayside(args, { env: { ...environment(cloudflare), ...env } })
  const finished = await command.finished
  expect(finished.stderr).not.toMatch(/^ +at /m)
  return finished
}

function expectSuccess({ code, stdout, stderr }: FinishedCommand): void {
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, ''])
}

async function wrangler(cloudflare: FakeCloudflare, ...args: string[]) {
  await using command = startCommand(path('node_modules/.bin/wrangler'), args, {
    cwd: project.path,
    env: environment(cloudflare),
  })
  return await command.finished
}

const database = (cloudflare: FakeCloudflare, name: string) => {
  const found = cloudflare.account().databases.find((it) => it.name === name)
  if (!found) throw new Error(`there is no database ${name}`)
  return found
}
const applied = (cloudflare: FakeCloudflare, name: string): unknown[] =>
  database(cloudflare, name)
    .sqlite.prepare('SELECT name FROM d1_migrations ORDER BY id')
    .all()
    .map((row) => row.name)
/** Of the platform, and of each module that has one. */
const DATABASES = ['quayside', 'quayside-docs', 'quayside-sql', 'quayside-support']

const worker = (cloudflare: FakeCloudflare) => cloudflare.account().workers.get('quayside')

describe('npm run deploy, from nothing on', () => {
  let cloudflare: FakeCloudflare
  beforeAll(async () => {
    project = await copyProject()
    cloudflare = await fakeCloudflare()
  })
  afterAll(async () => {
    await cloudflare?.[Symbol.asyncDispose]()
    await project?.[Symbol.asyncDispose]()
  })
  afterEach(() => expect(cloudflare.unknown).toEqual([]))

  it('makes what is missing and ends with addresses, a setup link and what to do with them', async () => {
    const deployed = await quayside(cloudflare, ['deploy'])
    expectSuccess(deployed)
    const { stdout } = deployed

    const { databases, queues } = cloudflare.account()
    expect(databases.map(({ name }) => name).sort()).toEqual(DATABASES)
    expect(queues).toMatchObject([
      { queue_name: 'quayside-audit', consumers: [{ script: 'quayside', type: 'worker' }] },
    ])
    expect(applied(cloudflare, 'quayside')).toEqual(await migrationsIn(path('migrations')))
    for (const module of ['support', 'docs', 'sql']) {
      expect(applied(cloudflare, `quayside-${module}`)).toEqual(
        await migrationsIn(path(`servers/${module}/migrations`)),
      )
    }

    // The address was not known before: it is written down, and deployed.
    const { vars } = readRawConfig(path('wrangler.toml'))
    expect(vars).toEqual({ PUBLIC_ORIGIN: ORIGIN })
    expect(worker(cloudflare)?.uploads).toBe(2)
    expect(worker(cloudflare)?.bindings).toContainEqual({
      type: 'plain_text',
      name: 'PUBLIC_ORIGIN',
      text: ORIGIN,
    })

    const link = new RegExp(`${ORIGIN}/setup\\?code=[\\w-]{43}`)
    expect(stdout).toMatch(link)
    expect(worker(cloudflare)?.secrets.get('SETUP_CODE')).toMatch(/^[0-9a-f]{64}\.\d{10}$/)
    for (const line of [
      'Account: Team\n',
      `${ORIGIN}/time/mcp`,
      `${ORIGIN}/support/mcp`,
      `${ORIGIN}/modules.json was asked, and nothing answers there yet.`,
      'Claude, on the web (claude.ai) and in the desktop app',
      'Add custom connector',
      'ChatGPT, on the web (chatgpt.com)',
      'Add custom MCP server',
    ]) {
      expect(stdout).toContain(line)
    }
  })

  it('changes nothing when it is run again, and draws no link once there is an operator', async () => {
    const config = await readFile(path('wrangler.toml'), 'utf8')
    database(cloudflare, 'quayside').sqlite.exec(
      "INSERT INTO people (tenant, person_id, name, role, created_at) VALUES ('default', 'p', 'Ada', 'operator', 1)",
    )
    const code = worker(cloudflare)?.secrets.get('SETUP_CODE')
    const { code: exit, stdout } = await quayside(cloudflare, ['deploy'])
    expect(exit).toBe(0)
    expect(stdout).toContain(`${ORIGIN}/time/mcp`)
    expect(stdout).not.toContain('/setup?code=')
    expect(worker(cloudflare)?.uploads).toBe(3)
    expect(worker(cloudflare)?.secrets.get('SETUP_CODE')).toBe(code)
    expect(cloudflare.account().databases).toHaveLength(DATABASES.length)
    expect(cloudflare.account().queues).toHaveLength(1)
    expect(await readFile(path('wrangler.toml'), 'utf8')).toBe(config)
  })

  it('applies new migrations before it uploads, so that a failing one leaves all as it was', async () => {
    await writeFile(path('migrations/8001_good.sql'), 'CREATE TABLE good (id INTEGER) STRICT;')
    await writeFile(
      path('migrations/8002_bad.sql'),
      'CREATE TABLE half (id INTEGER) STRICT;\nALTER TABLE nots ADD x INTEGER;',
    )
    const { code, stderr } = await quayside(cloudflare, ['deploy'])
    expect(code).toBe(1)
    expect(stderr).toContain(
      'Could not apply the migrations in migrations/ to the database quayside.',
    )
    expect(stderr).toContain('no such table: nots')
    expect(stderr).toContain('Nothing was uploaded: what is deployed runs on.')
    expect(worker(cloudflare)?.uploads).toBe(3)
    expect(applied(cloudflare, 'quayside').at(-1)).toBe('8001_good.sql')
    const half = "SELECT name FROM sqlite_schema WHERE name = 'half'"
    expect(database(cloudflare, 'quayside').sqlite.prepare(half).all()).toEqual([])

    await edit('migrations/8002_bad.sql', (text) => text.replace('nots ADD', 'half ADD'))
    const from = cloudflare.requests.length
    expectSuccess(await quayside(cloudflare, ['deploy']))
    expect(applied(cloudflare, 'quayside').slice(-2)).toEqual(['8001_good.sql', '8002_bad.sql'])
    const requests = cloudflare.requests.slice(from)
    const upload = requests.findIndex((it) => /^PUT \/.*\/scripts\/quayside$/.test(it))
    expect(requests.findIndex((it) => it.endsWith('/query'))).toBeLessThan(upload)
    // The Worker that was uploaded asks for them.
    expect(await readFile(path('src/store/newest-migrations.ts'), 'utf8')).toContain(
      "DB: '8002_bad.sql'",
    )
  })

  it('goes on where a deployment broke off', async () => {
    await edit('wrangler.toml', (text) =>
      text.replaceAll(/"quayside(-support|-audit)?"/g, '"other$1"'),
    )
    cloudflare.intercept = (method, url) =>
      method === 'PUT' && url.endsWith('/scripts/other')
        ? new ApiError(400, 10021, 'Uncaught Error: out of luck')
        : undefined
    const broken = await quayside(cloudflare, ['deploy', '--move'])
    expect(broken.code).toBe(1)
    expect(broken.stdout + broken.stderr).toContain('out of luck')
    expect(broken.stderr).toContain('Could not deploy the Worker.')
    cloudflare.intercept = undefined

    expectSuccess(await quayside(cloudflare, ['deploy']))
    const names = cloudflare.account().databases.map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('other'))).toEqual(['other', 'other-support'])
    expect(applied(cloudflare, 'other-support')).toHaveLength(2)
  })
}, 120_000)

describe('npm run deploy, when it cannot', () => {
  let config: string
  beforeAll(async () => {
    project = await copyProject()
    config = await readFile(path('wrangler.toml'), 'utf8')
  })
  afterEach(() => writeFile(path('wrangler.toml'), config))
  afterAll(() => project[Symbol.asyncDispose]())

  it('says that nobody is logged in, and how to', async () => {
    const { code, stderr } = await quayside(undefined, ['deploy'], {
      CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9/client/v4',
    })
    expect(code).toBe(1)
    expect(stderr).toBe(
      'Nobody is logged in to Cloudflare. Run `npx wrangler login`, or set ' +
        'CLOUDFLARE_API_TOKEN to a token that may edit Workers, D1 and Queues.\n',
    )
  })

  it('says so when the token is none', async () => {
    await using cloudflare = await fakeCloudflare()
    const { code, stderr } = await quayside(cloudflare, ['deploy'], { CLOUDFLARE_API_TOKEN: 'old' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Cloudflare does not accept this login: /)
    expect(stderr).toContain('set CLOUDFLARE_API_TOKEN to a token that may edit')
  })

  it('refuses an account that is not named, or that this login cannot use', async () => {
    const [ours, other, foreign] = ['a', 'b', 'f'].map((letter) => letter.repeat(32))
    await using cloudflare = await fakeCloudflare({
      accounts: [
        { id: ours ?? '', name: 'Team' },
        { id: other ?? '', name: 'Ada' },
      ],
      foreign: [{ id: foreign ?? '', name: 'Somebody' }],
    })
    const unnamed = await quayside(cloudflare, ['deploy'])
    expect(unnamed.code).toBe(1)
    expect(unnamed.stderr).toContain(`Which account? Set account_id in ${path('wrangler.toml')}`)
    expect(unnamed.stderr).toContain(`  ${ours}  Team\n  ${other}  Ada`)

    const wrong = await quayside(cloudflare, ['deploy'], { CLOUDFLARE_ACCOUNT_ID: foreign })
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain(
      `Wrong account: CLOUDFLARE_ACCOUNT_ID is ${foreign}, which this login cannot use.`,
    )

    await edit('wrangler.toml', (text) => `account_id = "${other}"\n${text}`)
    cloudflare.intercept = (_, url) =>
      url.endsWith('/d1/database') ? new ApiError(500, 7500, 'enough for a test') : undefined
    await quayside(cloudflare, ['deploy'])
    expect(cloudflare.requests.at(-1)).toBe(`GET /accounts/${other}/d1/database`)
  })

  it('refuses to leave a database behind in another account', async () => {
    await using cloudflare = await fakeCloudflare()
    const id = '3d5cbd2d-5b1c-4b7e-9f5b-0d6d6c2f2a11'
    await edit('wrangler.toml', (text) =>
      text.replace('database_name = "quayside"', `$&\ndatabase_id = "${id}"`),
    )
    const { code, stderr } = await quayside(cloudflare, ['deploy'])
    expect(code).toBe(1)
    expect(stderr).toContain(`binds DB to the database ${id}, which is not in the account Team.`)
    expect(cloudflare.account().workers.size).toBe(0)
  })

  it('refuses a module whose database is not bound, settings that make no sense, a faulty module', async () => {
    await using cloudflare = await fakeCloudflare()
    const refusal = async (change: (text: string) => string) => {
      await writeFile(path('wrangler.toml'), change(config))
      const { code, stderr } = await quayside(cloudflare, ['deploy'])
      expect(code).toBe(1)
      return stderr
    }
    expect(
      await refusal((text) =>
        text.replace(/\[\[d1_databases\]\]\nbinding = "DB_SUPPORT"\n(.+\n)+/, ''),
      ),
    ).toContain('the binding DB_SUPPORT does not exist. Add to wrangler.toml:\n[[d1_databases]]\n')
    expect(
      await refusal((text) => text.replace('[vars]', '[vars]\nPUBLIC_ORIGIN = "mcp.example.com"')),
    ).toContain('PUBLIC_ORIGIN "mcp.example.com" must be an https origin')
    await edit('servers/time/index.ts', (text) => text.replace("'convert_time'", "'convert time'"))
    expect(await refusal((text) => text)).toContain('servers/time/index.ts: tools[1].name')
    expect(cloudflare.requests.filter((request) => !request.startsWith('GET '))).toEqual([])
  })
}, 120_000)

describe('plain wrangler deploy', () => {
  beforeEach(async () => {
    project = await copyProject()
  })
  afterEach(() => project[Symbol.asyncDispose]())

  it('is checked too, and its databases are brought up to date by npm run migrate', async () => {
    await using cloudflare = await fakeCloudflare()
    const early = await quayside(cloudflare, ['migrate', '--remote'])
    expect(early.code).toBe(1)
    expect(early.stderr).toBe(
      'The account Team has no database quayside, quayside-support, quayside-docs, quayside-sql yet. `npm run deploy` makes it.\n',
    )

    const deployed = await wrangler(cloudflare, 'deploy')
    expect([deployed.code, deployed.code === 0 ? '' : deployed.stdout + deployed.stderr]).toEqual([
      0,
      '',
    ])
    expect(deployed.stdout).toMatch(/\[custom build\] Worker: \d+ KB gzip/)
    expect(database(cloudflare, 'quayside').queries).toEqual([])

    const migrated = await quayside(cloudflare, ['migrate', '--remote'])
    expect([migrated.code, migrated.stderr]).toEqual([0, ''])
    expect(migrated.stdout).toMatch(/Deployed databases are up to date\.\n$/)
    expect(applied(cloudflare, 'quayside')).toEqual(await migrationsIn(path('migrations')))

    await rm(path('src/store/newest-migrations.ts'))
    await writeFile(path('src/store/newest-migrations.ts'), 'export const NEWEST_MIGRATIONS = {}\n')
    await appendFile(path('wrangler.toml'), '\n[env.staging.vars]\nQUAYSIDE_LOCAL = "1"\n')
    const refused = await wrangler(cloudflare, 'deploy')
    expect(refused.code).not.toBe(0)
    expect(refused.stdout + refused.stderr).toContain('sets QUAYSIDE_LOCAL in [env.staging.vars]')
    expect(worker(cloudflare)?.uploads).toBe(1)

    await edit('wrangler.toml', (text) => text.replace('QUAYSIDE_LOCAL', 'HARMLESS'))
    expectSuccess(await wrangler(cloudflare, 'deploy', '--env', ''))
    expect(await readFile(path('src/store/newest-migrations.ts'), 'utf8')).toContain('DB_SUPPORT: ')
  })

  it('takes a domain of one’s own for the address', async () => {
    await using cloudflare = await fakeCloudflare()
    const route = '{ pattern = "mcp.example.com", custom_domain = true }'
    await edit('wrangler.toml', (text) => `routes = [${route}]\n${text}`)
    const { code, stdout } = await quayside(cloudflare, ['deploy'])
    expect(code).toBe(0)
    expect(worker(cloudflare)?.domains).toEqual(['mcp.example.com'])
    expect(stdout).toContain('PUBLIC_ORIGIN is now https://mcp.example.com, in ')
    expect(stdout).toContain('https://mcp.example.com/time/mcp')
    expect(worker(cloudflare)?.onWorkersDev).toBe(false)
  })
}, 120_000)
