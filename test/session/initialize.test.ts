import { describe, expect, it } from 'vitest'
import { answerOf, initialize, openSession, post } from '../http/platform'

const open = async (body: unknown, headers = {}) => answerOf(await post(body, { headers }))

describe('initialize', () => {
  it.each([
    ['2025-03-26', '2025-03-26'],
    ['2025-06-18', '2025-06-18'],
    ['2025-11-25', '2025-11-25'],
    ['2024-11-05', '2025-11-25'],
    ['1999-01-01', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
    ['2099-01-01', '2025-11-25'],
    ['DRAFT-2026-v1', '2025-11-25'],
    ['', '2025-11-25'],
    ['constructor', '2025-11-25'],
  ])('H-20 that asks for %j is answered with %s', async (asked, answered) => {
    const { status, body } = await open(initialize(asked))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      jsonrpc: '2.0',
      id: 'opening',
      result: { protocolVersion: answered },
    })
  })

  it.each([[undefined], [null], [20250326], [['2025-03-26']], [{}]])(
    'H-20 that asks for %j is an error, and opens nothing',
    async (asked) => {
      const { status, headers, body } = await open(initialize(asked))
      expect(status).toBe(200)
      expect(body).toMatchObject({ id: 'opening', error: { code: -32602 } })
      expect(headers.has('mcp-session-id')).toBe(false)
    },
  )

  it.each([
    ['2025-03-26', { name: 'lab', version: '1.2.3' }],
    ['2025-06-18', { name: 'lab', version: '1.2.3', title: 'Lab' }],
    ['2025-11-25', { name: 'lab', version: '1.2.3', title: 'Lab' }],
  ])('H-21 at %s says who answers and what is offered, exactly', async (revision, serverInfo) => {
    const { body } = await open(initialize(revision))
    expect(body.result).toEqual({
      protocolVersion: revision,
      capabilities: { tools: { listChanged: true }, logging: {} },
      serverInfo,
      instructions: 'For tests only.',
    })
  })

  it('H-30 issues the session id once, on its own answer', async () => {
    const { headers } = await open(initialize('2025-11-25'))
    expect(headers.get('mcp-session-id')).toMatch(/^[\x21-\x7e]{40,}$/)
    const session = await openSession('2025-11-25')
    const { headers: later } = await session.request('tools/list')
    expect(later.has('mcp-session-id')).toBe(false)
  })

  it('H-33 needs no session, and opens a new one beside any it is sent', async () => {
    const { id } = await openSession('2025-11-25')
    const { status, headers } = await open(initialize('2025-06-18'), { 'mcp-session-id': id })
    expect(status).toBe(200)
    expect(headers.get('mcp-session-id')).not.toBe(id)
    const forged = await open(initialize('2025-06-18'), { 'mcp-session-id': 'forged' })
    expect(forged.status).toBe(200)
  })

  it.each([
    ['2025-06-18', 200],
    ['2025-11-25', 200],
    ['1999-01-01', 200],
  ])('H-09 does not mind a version header of %s', async (version, status) => {
    const headers = { 'mcp-protocol-version': version }
    expect((await open(initialize('2025-11-25'), headers)).status).toBe(status)
  })

  it.each([
    ['no client info', { clientInfo: undefined }],
    ['client info that is text', { clientInfo: 'curl' }],
    ['client info with names that are numbers', { clientInfo: { name: 1, version: 2 } }],
    [
      'a client name of 100,000 characters',
      { clientInfo: { name: 'n'.repeat(100_000), version: '1' } },
    ],
    ['a client name beyond ASCII', { clientInfo: { name: '客户端 🛥️', version: '\u0000' } }],
    ['no capabilities', { capabilities: undefined }],
    ['capabilities of null', { capabilities: null }],
    ['capabilities that are a list', { capabilities: ['sampling'] }],
    ['capabilities of a prototype', { capabilities: JSON.parse('{"__proto__":{"sampling":{}}}') }],
  ])('H-31 keeps the id short and visible ASCII with %s', async (_, params) => {
    const session = await openSession('2025-11-25', params)
    expect(session.id).toMatch(/^[A-Za-z0-9_-]{40,800}$/)
    expect((await session.request('ping')).body.result).toEqual({})
  })

  it('H-73, D-11 declares neither completion nor tasks', async () => {
    const { capabilities } = (await open(initialize('2025-11-25'))).body.result
    expect(Object.keys(capabilities)).toEqual(['tools', 'logging'])
  })

  it('H-90, H-91, H-92, H-93, H-94, H-95, H-96, H-97, H-98, H-99 has no tasks, and says so', async () => {
    const session = await openSession('2025-11-25', { capabilities: { tasks: { list: {} } } })
    const { tools } = (await session.request('tools/list')).body.result
    expect(tools.length).toBeGreaterThan(0)
    expect(tools.filter((tool: object) => 'execution' in tool)).toEqual([])
    for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel', 'tasks/list']) {
      const { body } = await session.request(method, { taskId: 'x' })
      expect(body.error.code).toBe(-32601)
    }
  })
})
