/// <reference types="@cloudflare/vitest-plugin/types" />
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/app'
import { createRegistry } from '../../src/registry'
import { defineServer, defineTool, type ServerOptions } from '../../src/sdk'
import {
  answerOf,
  initialize,
  ORIGIN,
  openSession,
  type Platform,
  post,
  send2026,
} from './platform'

const echo = defineTool({ name: 'echo', description: 'Says it.', run: () => 'it' })
const module = (name: string, eras?: ServerOptions['eras']) =>
  defineServer({
    name,
    version: '1.0.0',
    access: 'public',
    tools: [echo],
    ...(eras && { eras }),
  })

const app = createApp([module('both'), module('current', ['2026']), module('older', ['2025'])])
const platform: Platform = {
  origin: ORIGIN,
  fetch: async (path, init) =>
    app.fetch(new Request(`${ORIGIN}${path}`, init), env, createExecutionContext()),
}
const CURRENT = { platform, path: '/current/mcp' }
const OLDER = { platform, path: '/older/mcp' }
const REVISIONS_2025 = ['2025-03-26', '2025-06-18', '2025-11-25']

describe('a module that serves only 2026-07-28', () => {
  it.each(['2025-11-25', '2025-03-26', '2026-07-28'])(
    'D-05 says so to initialize at %s, and what it serves',
    async (version) => {
      const { status, headers, body } = await answerOf(await post(initialize(version), CURRENT))
      expect(status).toBe(400)
      expect(headers.has('mcp-session-id')).toBe(false)
      expect(body).toMatchObject({
        id: 'opening',
        error: { code: -32022, data: { supported: ['2026-07-28'], requested: version } },
      })
      expect(body.error.message).toContain('2026-07-28')
    },
  )

  it.each([
    ['a request', { jsonrpc: '2.0', id: 1, method: 'tools/list' }, 1],
    ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }, null],
    ['an array', [{ jsonrpc: '2.0', id: 1, method: 'ping' }], null],
  ])('D-05, M-09 refuses %s of a session, whichever it is', async (_, sent, id) => {
    const { id: session } = await openSession('2025-03-26', {}, { platform, path: '/both/mcp' })
    const headers = { 'mcp-session-id': session }
    const { status, body } = await answerOf(await post(sent, { ...CURRENT, headers }))
    expect(status).toBe(400)
    expect(body).toMatchObject({ id, error: { code: -32022, data: { requested: '2025-03-26' } } })
  })

  it('D-05 has nothing to GET or DELETE', async () => {
    for (const method of ['GET', 'DELETE']) {
      const headers = { 'mcp-session-id': 'any', accept: 'text/event-stream' }
      const answer = await answerOf(await platform.fetch(CURRENT.path, { method, headers }))
      expect(answer).toMatchObject({ status: 405, body: { error: { code: -32600 } } })
    }
  })

  it('D-05 serves what it serves', async () => {
    expect((await send2026('server/discover', {}, CURRENT)).status).toBe(200)
    const card = await answerOf(await platform.fetch(`${CURRENT.path}/server-card`))
    expect(card.text).toContain('"2026-07-28"')
    expect(card.text).not.toContain('2025')
  })
})

describe('a module that serves only sessions', () => {
  it.each(['2026-07-28', '2099-01-01'])(
    'M-09 refuses version %s and names those it serves',
    async (version) => {
      const { status, body } = await answerOf(
        await send2026(
          'server/discover',
          {},
          {
            ...OLDER,
            meta: { 'io.modelcontextprotocol/protocolVersion': version },
            headers: { 'MCP-Protocol-Version': version },
          },
        ),
      )
      expect(status).toBe(400)
      expect(body).toMatchObject({
        id: 1,
        error: { code: -32022, data: { supported: REVISIONS_2025, requested: version } },
      })
    },
  )

  it('M-09 serves its sessions', async () => {
    const session = await openSession('2025-11-25', {}, OLDER)
    expect((await session.request('tools/list')).status).toBe(200)
  })
})

describe('the eras of a module', () => {
  it.each<[NonNullable<ServerOptions['eras']>, string]>([
    [[], 'eras is empty'],
    [['2027'] as never, 'eras names "2027"; there are: 2025, 2026'],
  ])('are refused at start-up where they make no sense: %j', (eras, problem) => {
    expect(() => createRegistry([module('odd', eras)])).toThrow(problem)
  })
})
