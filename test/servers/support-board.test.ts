/** The ticket board of the support desk: its tools, and its document as it is read. @module */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import support from '../../servers/support/index'
import { callModule, openModule, wordsOf } from './call-module'

const READER = { id: 'rosa', scopes: ['support:read'] }
const WRITER = { id: 'rosa', scopes: ['support:write'] }

interface Card {
  id: string
  status: string
  priority: string
  assignee: string | null
  created_at: string
}

async function board(args: object = {}) {
  const result = await callModule(support, 'show_ticket_board', args, READER)
  const shown = result.structuredContent as { tickets: Card[]; total: number; viewer: string }
  return { ...shown, words: wordsOf(result) }
}

const move = (args: object, by = WRITER) => callModule(support, 'move_ticket', args, by)
const ticket = async (id: number) =>
  await env.DB_SUPPORT.prepare('SELECT status, assignee_id, updated_by FROM tickets WHERE id = ?')
    .bind(id)
    .first()

describe('show_ticket_board', () => {
  it('has the most urgent tickets that are not closed, longest waiting first', async () => {
    const { tickets, total, viewer } = await board()
    expect(tickets).toHaveLength(12)
    expect(total).toBeGreaterThan(12)
    expect(viewer).toBe('rosa')
    expect(new Set(tickets.map(({ status }) => status))).toEqual(new Set(['open', 'pending']))
    const ranks = ['urgent', 'high', 'medium', 'low']
    const keys = tickets.map((it) => `${ranks.indexOf(it.priority)} ${it.created_at}`)
    expect(keys).toEqual(keys.toSorted())
  })

  it('X-22 lists the same tickets in words', async () => {
    const { tickets, total, words } = await board()
    const lines = words.split('\n')
    expect(lines[0]).toBe(`${total} tickets are not closed; the 12 most urgent:`)
    expect(lines.slice(1).map((line) => /^- (\d+) \(/.exec(line)?.[1])).toEqual(
      tickets.map(({ id }) => id),
    )
    const [first] = tickets
    expect(lines[1]).toContain(
      `(${first?.priority}, ${first?.status}, ${first?.assignee ?? 'nobody yet'}): `,
    )
  })

  it('narrows to one agent, and says so when nothing waits for them', async () => {
    const { tickets } = await board({ assignee: 'ana.silva' })
    expect(new Set(tickets.map(({ assignee }) => assignee))).toEqual(new Set(['ana.silva']))
    expect(await board({ assignee: 'me' })).toMatchObject({
      tickets: [],
      total: 0,
      words: 'No ticket is waiting.',
    })
  })

  it('X-20 comes with a document that carries all of its own', async () => {
    const desk = openModule(support, READER)
    const read = await desk.read('ui://support/ticket-board')
    if (read.kind !== 'complete') throw new Error(read.kind)
    const [part] = read.result.contents
    expect(part).toMatchObject({
      mimeType: 'text/html;profile=mcp-app',
      _meta: { ui: { prefersBorder: true } },
    })
    expect(part && 'text' in part && part.text).not.toMatch(/https?:|\ssrc=|\shref=|@import/)
    const { resources } = await desk.list()
    expect(resources.some(({ uri }: { uri: string }) => uri.startsWith('ui:'))).toBe(false)
  })
})

describe('move_ticket', () => {
  it('X-24 is refused to whoever lacks its scope, though it is for apps only', async () => {
    const asked = { method: 'tools/call', tool: 'move_ticket', args: { id: 124, status: 'open' } }
    const refused = await openModule(support, READER).ask(asked as never)
    expect(refused).toMatchObject({
      kind: 'error',
      error: { kind: 'insufficient_scope', data: { requiredScopes: ['support:write'] } },
    })
    expect(await ticket(124)).toMatchObject({ status: 'open', updated_by: 'seed' })
  })

  it('X-24 serves a plain client that has the scope as it serves an app', async () => {
    const moved = await move({ id: 124, status: 'pending' })
    expect(moved).toMatchObject({
      outcome: 'ok',
      structuredContent: { ticket: { id: '124', status: 'pending', assignee: null } },
    })
    expect(await ticket(124)).toEqual({
      status: 'pending',
      assignee_id: null,
      updated_by: 'rosa',
    })
  })

  it('gives a ticket to whoever takes it, and leaves its status', async () => {
    const taken = await move({ id: '123', assignee: 'me' })
    expect(taken.structuredContent).toMatchObject({ ticket: { status: 'open', assignee: 'rosa' } })
    expect(await ticket(123)).toMatchObject({ status: 'open', assignee_id: 'rosa' })
  })

  it('tells those who follow the ticket', async () => {
    const desk = openModule(support, WRITER)
    const args = { id: 123, status: 'pending' }
    await desk.ask({ method: 'tools/call', tool: 'move_ticket', args })
    expect(desk.announced).toEqual([{ uri: 'support://tickets/123' }])
  })

  it('refuses what is closed, what is not there, and a move to nowhere', async () => {
    const closed = await env.DB_SUPPORT.prepare(
      "SELECT id FROM tickets WHERE status = 'closed' LIMIT 1",
    ).first<{ id: number }>()
    expect(wordsOf(await move({ id: closed?.id, status: 'open' }))).toBe(
      `Ticket ${closed?.id} is closed, so it was not changed.`,
    )
    expect(wordsOf(await move({ id: 999_999, status: 'open' }))).toContain('no ticket 999999')
    expect(wordsOf(await move({ id: 123 }))).toContain('say which status or assignee')
    expect((await move({ id: 123, status: 'closed' })).outcome).toBe('invalid_input')
  })
})
