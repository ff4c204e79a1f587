/// <reference types="@cloudflare/vitest-plugin/types" />
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../src/app'
import { defineServer, defineTool } from '../../src/sdk'
import { createSchemaCheck } from '../../src/store'
import { NEWEST_MIGRATIONS } from '../../src/store/newest-migrations'

const ORIGIN = 'http://127.0.0.1:8787'
const NEWEST = NEWEST_MIGRATIONS.DB ?? ''

/** D1, with every statement it is asked to prepare. */
function watched(database: D1Database) {
  const statements: string[] = []
  const prepare = (sql: string) => {
    statements.push(sql)
    return database.prepare(sql)
  }
  const batch = database.batch.bind(database)
  return { statements, database: { prepare, batch } as D1Database }
}
const without = (name: string) =>
  env.DB.prepare('DELETE FROM d1_migrations WHERE name = ?').bind(name).run()
const withIt = (name: string) =>
  env.DB.prepare('INSERT OR IGNORE INTO d1_migrations (name) VALUES (?)').bind(name).run()

afterEach(async () => {
  vi.useRealTimers()
  await withIt(NEWEST)
})

describe('createSchemaCheck', () => {
  const checkOf = (newest: Record<string, string>, clock = { now: 0 }) =>
    createSchemaCheck({ now: () => clock.now, remedy: 'Do this.', newest })

  it('asks a database once, and never again when it is up to date', async () => {
    const check = checkOf({ DB: NEWEST })
    const { statements, database } = watched(env.DB)
    expect(await check.problem({ DB: database }, ['DB'])).toBeUndefined()
    await without(NEWEST)
    expect(check.problem({ DB: database }, ['DB'])).toBeUndefined() // not even a promise
    expect(statements).toHaveLength(1)
  })

  it('names what is missing and what to do, and asks again a second later', async () => {
    const clock = { now: 5000 }
    const check = checkOf({ DB: NEWEST }, clock)
    const { statements, database } = watched(env.DB)
    const ask = async () => check.problem({ DB: database }, ['DB'])
    await without(NEWEST)
    const problem = `The database DB lacks the migration ${NEWEST}, which this version of the platform needs. Do this.`
    expect(await ask()).toBe(problem)
    await withIt(NEWEST)
    clock.now += 999
    expect(await ask()).toBe(problem)
    expect(statements).toHaveLength(1)
    clock.now += 1
    expect(await ask()).toBeUndefined()
  })

  it('takes a database that knows no migrations at all for behind', async () => {
    const check = checkOf({ DB_SUPPORT: '0001.sql' })
    await env.DB_SUPPORT.exec('ALTER TABLE d1_migrations RENAME TO kept')
    try {
      expect(await check.problem(env, ['DB_SUPPORT'])).toContain('lacks the migration 0001.sql')
    } finally {
      await env.DB_SUPPORT.exec('ALTER TABLE kept RENAME TO d1_migrations')
    }
  })

  it.each([
    ['has no migrations', {}, { DB: env.DB }],
    ['is not bound', { DB: NEWEST }, {}],
    ['is something else', { DB: NEWEST }, { DB: 'a variable' }],
  ])('says nothing of a database that %s', async (_, newest, bindings) => {
    expect(
      await checkOf(newest as Record<string, string>).problem(bindings, ['DB']),
    ).toBeUndefined()
  })

  it('holds nobody up while D1 does not answer, and asks again', async () => {
    const check = checkOf({ DB: '0099_not_there.sql' })
    let fails = true
    const prepare = (sql: string) => {
      if (fails) throw new Error('D1_ERROR: network connection lost')
      return env.DB.prepare(sql)
    }
    const bindings = { DB: { prepare, batch: () => undefined } }
    expect(await check.problem(bindings, ['DB'])).toBeUndefined()
    fails = false
    expect(await check.problem(bindings, ['DB'])).toContain('0099_not_there.sql')
  })
})

describe('a Worker whose schema is behind', () => {
  const tool = (name: string) =>
    defineTool({
      name,
      description: 'Says hello.',
      run: () => 'hello',
      annotations: { readOnlyHint: true },
    })
  const modules = [
    defineServer({ name: 'open', version: '1.0.0', access: 'public', tools: [tool('greet')] }),
    defineServer({ name: 'closed', version: '1.0.0', tools: [tool('greet')] }),
    defineServer({
      name: 'support',
      version: '1.0.0',
      access: 'public',
      uses: { db: true },
      tools: [tool('greet')],
    }),
  ]
  const start = (vars = {}) => {
    const app = createApp(modules, vars)
    return async (path: string, init: RequestInit = {}, bindings: object = env) =>
      app.fetch(
        new Request(`${ORIGIN}${path}`, init),
        { ...env, ...bindings, ...vars } as Cloudflare.Env,
        createExecutionContext(),
      )
  }
  const call = (of: ReturnType<typeof start>, module: string, bindings?: object) =>
    of(
      `/${module}/mcp`,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'greet',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: {
            name: 'greet',
            arguments: {},
            _meta: {
              'io.modelcontextprotocol/protocolVersion': '2026-07-28',
              'io.modelcontextprotocol/clientCapabilities': {},
            },
          },
        }),
      },
      bindings,
    )

  it('answers 503 and names the command, to each in its own terms', async () => {
    await without(NEWEST)
    const worker = start()
    const command = 'npm run migrate -- --remote'
    const mcp = await call(worker, 'closed')
    expect(mcp.status).toBe(503)
    const { error } = await mcp.json<{ error: { code: number; message: string } }>()
    expect(error.code).toBe(-32603)
    expect(error.message).toContain(command)
    expect(error.message).toContain(NEWEST)

    const token = await worker('/token', { method: 'POST' })
    expect(token.status).toBe(503)
    expect(await token.json()).toMatchObject({
      error: 'temporarily_unavailable',
      error_description: expect.stringContaining(command),
    })
    for (const path of ['/', '/modules.json', '/sign-in', '/account', '/setup', '/closed']) {
      const page = await worker(path)
      expect([path, page.status]).toEqual([path, 503])
      expect(await page.text()).toContain(command)
    }
  })

  it('says to start again where `npm start` runs it', async () => {
    await without(NEWEST)
    const page = await start({ QUAYSIDE_LOCAL: '1', DB_SUPPORT: env.DB_SUPPORT })('/')
    expect(await page.text()).toContain('Start it again:')
  })

  it('serves public modules without a database, and asks none for them', async () => {
    await without(NEWEST)
    const { statements, database } = watched(env.DB)
    const answer = await call(start(), 'open', { DB: database })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('hello')
    expect(statements).toEqual([])
  })

  it('refuses a module whose own database is behind, and only that', async () => {
    const name = NEWEST_MIGRATIONS.DB_SUPPORT ?? ''
    const worker = start()
    await env.DB_SUPPORT.prepare('DELETE FROM d1_migrations WHERE name = ?').bind(name).run()
    const answer = await call(worker, 'support')
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain(`DB_SUPPORT lacks the migration ${name}`)
    expect((await worker('/')).status).toBe(200)
    await env.DB_SUPPORT.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name).run()
  })

  it('serves again by itself once the migration is there', async () => {
    await without(NEWEST)
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
    const worker = start()
    expect((await call(worker, 'closed')).status).toBe(503)
    await withIt(NEWEST)
    vi.setSystemTime(1_800_000_001_000)
    expect((await call(worker, 'closed')).status).toBe(401)
  })
})
