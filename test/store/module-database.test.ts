/// <reference types="@cloudflare/vitest-plugin/types" />
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/app'
import { RegistryError } from '../../src/registry'
import { defineServer, defineTool } from '../../src/sdk'
import { databaseBinding, moduleDatabase } from '../../src/store'

const BLOCK = `Add to wrangler.toml:
[[d1_databases]]
binding = "DB_STOCK_ROOM"
database_name = "quayside-stock-room"
migrations_dir = "servers/stock-room/migrations"`

describe('databaseBinding', () => {
  it.each([
    ['support', 'DB_SUPPORT'],
    ['stock-room', 'DB_STOCK_ROOM'],
    ['a1', 'DB_A1'],
  ])('of %s is %s', (module, binding) => {
    expect(databaseBinding(module)).toBe(binding)
  })
})

describe('moduleDatabase', () => {
  it('is the D1 database bound under the name of the module', () => {
    expect(moduleDatabase({ DB_DESK: env.DB }, 'desk')).toEqual({ ok: true, database: env.DB })
  })

  it.each([
    { what: 'does not exist', bindings: {} },
    { what: 'does not exist', bindings: { DB: env.DB, DB_STOCK: env.DB } },
    { what: 'is not a D1 database', bindings: { DB_STOCK_ROOM: 'a variable' } },
    { what: 'is not a D1 database', bindings: { DB_STOCK_ROOM: env.KEY_RING } },
  ])('says how to bind one that $what', ({ what, bindings }) => {
    const problem = `Module "stock-room" uses a database, but the binding DB_STOCK_ROOM ${what}.`
    expect(moduleDatabase(bindings, 'stock-room')).toEqual({
      ok: false,
      remedy: `${problem} ${BLOCK}`,
    })
  })
})

describe('the platform with a module whose database is not bound', () => {
  const stockRoom = defineServer({
    name: 'stock-room',
    version: '1.0.0',
    access: 'public',
    uses: { db: true },
    tools: [
      defineTool({
        name: 'count',
        description: 'Counts.',
        uses: { db: true },
        run: async (_, { db }) => JSON.stringify(await db.prepare('SELECT 1').all()),
      }),
    ],
  })

  it('does not start on its author’s machine', () => {
    const start = () => createApp([stockRoom], { QUAYSIDE_LOCAL: '1' })
    expect(start).toThrow(RegistryError)
    expect(start).toThrow(`servers/stock-room/index.ts: uses.db: Module "stock-room"`)
    expect(start).toThrow(BLOCK)
  })

  it('starts when deployed, and answers calls that need it with 503 and what to do', async () => {
    const app = createApp([stockRoom], {})
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const params = { name: 'count', _meta }
    const request = new Request('http://127.0.0.1:8787/stock-room/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'count',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    })
    const response = await app.fetch(request, env, createExecutionContext())
    expect(response.status).toBe(503)
    const { error } = await response.json<{ error: { message: string } }>()
    expect(error.message).toContain('the binding DB_STOCK_ROOM does not exist')
    expect(error.message).toContain(BLOCK)
  })
})
