/** The support desk on its real database: each test file starts from the seed. @module */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import support from '../../servers/support/index'
import { createDispatch } from '../../src/dispatch'
import { createRegistry } from '../../src/registry'
import { moduleDatabase } from '../../src/store'
import { circumstances } from '../dispatch/harness'
import { NOTHING_OUTSIDE } from '../dispatch/outside'

const server = createRegistry([support]).get('support')
const dispatch = createDispatch({
  ...NOTHING_OUTSIDE,
  development: true,
  ledgerOf: (subject) => env.CALL_LEDGER.get(env.CALL_LEDGER.idFromName(subject)),
  now: Date.now,
  started: async () => true,
  record: () => {},
  databaseOf: (module) => moduleDatabase(env, module),
})

interface By {
  id?: string
  scopes?: string[]
}

async function answerTo(tool: string, args: unknown, { id = 'rosa', scopes }: By = {}) {
  if (!server) throw new Error('not registered')
  return await dispatch(
    { ...circumstances(server), method: 'tools/call', tool, args },
    {
      tenant: 'default',
      principal: { kind: 'person', id },
      client: undefined,
      scopes: new Set(scopes ?? ['support:admin']),
      roles: new Set(['member']),
    },
  )
}

/** The structured content of a call that went well. */
// biome-ignore lint/suspicious/noExplicitAny: each test says what it expects
async function call(tool: string, args: unknown, by?: By): Promise<any> {
  const answer = await answerTo(tool, args, by)
  if (answer.kind !== 'complete' || answer.outcome !== 'ok') {
    throw new Error(JSON.stringify(answer))
  }
  return answer.result.structuredContent
}

/** How a call failed, and the words the model reads. */
async function failure(tool: string, args: unknown, by?: By) {
  const answer = await answerTo(tool, args, by)
  if (answer.kind === 'error') return { outcome: answer.error.kind, text: answer.error.message }
  if (answer.kind !== 'complete') throw new Error(answer.kind)
  const [first] = answer.result.content
  return { outcome: answer.outcome, text: first?.type === 'text' ? first.text : '' }
}

interface Summary {
  id: string
  subject: string
  status: string
  assignee: string | null
  created_at: string
}

async function allPages(filter: Record<string, unknown>, by?: By): Promise<Summary[][]> {
  const pages: Summary[][] = []
  let cursor: string | undefined
  do {
    const page = await call('search_tickets', { ...filter, ...(cursor && { cursor }) }, by)
    pages.push(page.tickets)
    cursor = page.next_cursor
  } while (cursor !== undefined)
  return pages
}

const newTicket = { customer_id: '12345', subject: 'Printer', description: 'It is on fire.' }

describe('the seed', () => {
  it('has the customer and the two open tickets that the documents speak of', async () => {
    const { customer, tickets } = await call('get_customer', { customer_id: '12345' })
    expect(customer).toMatchObject({ id: '12345', name: 'Jordan Ellis', plan: 'business' })
    expect(tickets).toMatchObject(
      [
        { id: '124', status: 'open', priority: 'medium', subject: /^Billing discrepancy/ },
        { id: '123', status: 'open', priority: 'high', subject: /^Login issue/ },
      ].map((ticket) => ({ ...ticket, subject: expect.stringMatching(ticket.subject) })),
    )
  })

  it('has some hundred tickets, of every status, priority and several agents', async () => {
    const tickets = (await allPages({})).flat() as (Summary & { priority: string })[]
    expect(tickets.length).toBeGreaterThan(300)
    const kinds = (of: (ticket: (typeof tickets)[number]) => unknown) => new Set(tickets.map(of))
    expect(kinds(({ status }) => status)).toEqual(new Set(['open', 'pending', 'closed']))
    expect(kinds(({ priority }) => priority)).toEqual(new Set(['low', 'medium', 'high', 'urgent']))
    expect(kinds(({ assignee }) => assignee).size).toBeGreaterThan(4)
    expect(kinds(({ subject }) => subject).size).toBeGreaterThan(50)
  })

  it('leaves no blank unfilled', async () => {
    const left = await env.DB_SUPPORT.prepare(
      "SELECT id FROM tickets WHERE instr(subject || description, '{') > 0",
    ).all()
    expect(left.results).toEqual([])
  })
})

describe('search_tickets', () => {
  it('pages through every ticket once, newest first, twenty at a time', async () => {
    const pages = await allPages({})
    expect(new Set(pages.slice(0, -1).map((page) => page.length))).toEqual(new Set([20]))
    const tickets = pages.flat()
    expect(new Set(tickets.map(({ id }) => id)).size).toBe(tickets.length)
    const times = tickets.map(({ created_at }) => created_at)
    expect(times).toEqual([...times].sort().reverse())
    const { total } = (await env.DB_SUPPORT.prepare('SELECT count(*) AS total FROM tickets').first<{
      total: number
    }>()) ?? { total: 0 }
    expect(tickets.length).toBe(total)
  })

  it('tells tickets of the same second apart', async () => {
    const by = { id: 'twin' }
    const made = await Promise.all(
      Array.from({ length: 45 }, () => call('create_ticket', { ...newTicket, assignee: 'me' }, by)),
    )
    await env.DB_SUPPORT.prepare(
      "UPDATE tickets SET created_at = 1 WHERE assignee_id = 'twin'",
    ).run()
    const pages = await allPages({ assignee: 'me' }, by)
    expect(pages.map((page) => page.length)).toEqual([20, 20, 5])
    const ids = pages.flat().map(({ id }) => Number(id))
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
    expect(new Set(ids)).toEqual(new Set(made.map(({ ticket }) => Number(ticket.id))))
  })

  it('gives no cursor with a page that is full and the last', async () => {
    const by = { id: 'twenty' }
    for (let count = 0; count < 20; count++) {
      await call('create_ticket', { ...newTicket, assignee: 'me' }, by)
    }
    const page = await call('search_tickets', { assignee: 'me' }, by)
    expect(page.tickets).toHaveLength(20)
    expect(page).not.toHaveProperty('next_cursor')
  })

  it('takes "me" for whoever calls, and for nobody else', async () => {
    const { ticket } = await call('create_ticket', { ...newTicket, assignee: 'me' }, { id: 'mia' })
    const own = await call('search_tickets', { assignee: 'me' }, { id: 'mia' })
    expect(own.tickets.map(({ id }: Summary) => id)).toEqual([ticket.id])
    expect((await call('search_tickets', { assignee: 'me' }, { id: 'noa' })).tickets).toEqual([])
    const other = await call('search_tickets', { assignee: 'mia' }, { id: 'noa' })
    expect(other.tickets).toEqual(own.tickets)
  })

  it('narrows by status and assignee together', async () => {
    const tickets = (await allPages({ status: 'closed', assignee: 'ana.silva' })).flat()
    expect(tickets.length).toBeGreaterThan(20)
    expect(
      tickets.every(({ status, assignee }) => status === 'closed' && assignee === 'ana.silva'),
    ).toBe(true)
  })

  it.each([
    { text: 'login issue', ids: ['123'] },
    { text: 'ISSUE   Login', ids: ['123'] },
    { text: '88213', ids: ['124'] },
  ])('finds $ids by "$text": all words, any order, any case', async ({ text, ids }) => {
    const { tickets } = await call('search_tickets', { text })
    expect(tickets.map(({ id }: Summary) => id)).toEqual(ids)
  })

  it.each([
    { text: '100%_sure', other: '100 times sure' },
    { text: 'back\\slash', other: 'backslash' },
    { text: "it's", other: 'its' },
    { text: '%', other: 'nothing of the kind' },
    { text: '_', other: 'nothing' },
    { text: "'; DROP TABLE tickets; --", other: 'drop table tickets' },
    { text: 'Ünïcödé_Straße', other: 'Strasse' },
    { text: 'x'.repeat(200), other: 'x'.repeat(199) },
  ])('looks for $text as it is written', async ({ text, other }) => {
    const by = { id: crypto.randomUUID() }
    const described = (description: string) => ({ ...newTicket, description, assignee: 'me' })
    const { ticket } = await call('create_ticket', described(`Before ${text} after`), by)
    await call('create_ticket', described(other), by)
    const { tickets } = await call('search_tickets', { text, assignee: 'me' }, by)
    expect(tickets.map(({ id }: Summary) => id)).toEqual([ticket.id])
  })

  it('answers with an empty list when nothing fits', async () => {
    expect(await call('search_tickets', { text: 'zeppelin' })).toEqual({ tickets: [] })
  })

  it.each(['', 't1', 't1-0', 't1-0-0-0', 't2-0-0', 'T1-0-0', 't1-0-0 ', 't1--1-0', "t1-0-0'"])(
    'refuses the cursor %j in words that help',
    async (cursor) => {
      expect(await failure('search_tickets', { cursor })).toEqual({
        outcome: 'tool_error',
        text: expect.stringContaining('next_cursor of the last page'),
      })
    },
  )

  it.each([
    { args: { status: 'new' } },
    { args: { assignee: '' } },
    { args: { assignee: 'a'.repeat(201) } },
    { args: { text: '   ' } },
    { args: { text: 'a b c d e f g h i' } },
    { args: { text: 'x'.repeat(201) } },
    { args: { cursor: 'x'.repeat(65) } },
    { args: { state: 'open' } },
  ])('refuses the arguments $args', async ({ args }) => {
    expect((await failure('search_tickets', args)).outcome).toBe('invalid_input')
  })
})

describe('get_ticket', () => {
  it('returns the ticket and what was said on it, oldest first', async () => {
    const { ticket, comments, comment_count: count } = await call('get_ticket', { id: '123' })
    expect(ticket).toMatchObject({
      id: '123',
      customer_id: '12345',
      status: 'open',
      priority: 'high',
      assignee: 'ana.silva',
      closed_at: null,
      created_at: '2026-10-21T11:00:00Z',
    })
    expect(comments.map(({ created_by }: { created_by: string }) => created_by)).toEqual([
      'ana.silva',
      'ana.silva',
    ])
    expect(comments[0].body).toMatch(/^Asked for the exact time/)
    expect(count).toBe(2)
  })

  it('returns the newest fifty of more comments, and says how many there are', async () => {
    const { ticket } = await call('create_ticket', newTicket)
    for (let number = 1; number <= 53; number++) {
      await call('add_comment', { ticket_id: ticket.id, body: `Number ${number}` })
    }
    const { comments, comment_count: count } = await call('get_ticket', { id: ticket.id })
    expect(count).toBe(53)
    expect(comments).toHaveLength(50)
    expect(comments[0].body).toBe('Number 4')
    expect(comments.at(-1).body).toBe('Number 53')
  })

  it('takes a number for the id too', async () => {
    expect((await call('get_ticket', { id: 124 })).ticket.id).toBe('124')
  })

  it.each(['0', '-1', '1.5', '0123', 'abc', '', "1' OR '1'='1", '9'.repeat(16), 0, -5, 1.5, null])(
    'refuses the id %j before it reaches the database',
    async (id) => {
      expect((await failure('get_ticket', { id })).outcome).toBe('invalid_input')
    },
  )
})

describe('an id that does not exist', () => {
  it.each([
    { tool: 'get_ticket', args: { id: '999999' }, hint: 'search_tickets' },
    { tool: 'close_ticket', args: { id: '999999' }, hint: 'search_tickets' },
    { tool: 'add_comment', args: { ticket_id: '999999', body: 'Hello' }, hint: 'search_tickets' },
    { tool: 'get_customer', args: { customer_id: '99999' }, hint: 'customer_id' },
    { tool: 'create_ticket', args: { ...newTicket, customer_id: '99999' }, hint: 'customer_id' },
  ])('is named by $tool, with what to do', async ({ tool, args, hint }) => {
    const { outcome, text } = await failure(tool, args)
    expect(outcome).toBe('tool_error')
    expect(text).toMatch(/^There is no (ticket 999999|customer 99999)\. /)
    expect(text).toContain(hint)
  })

  it('leaves nothing behind', async () => {
    const { total } = (await env.DB_SUPPORT.prepare(
      "SELECT (SELECT count(*) FROM comments WHERE ticket_id = 999999) + (SELECT count(*) FROM tickets WHERE customer_id = '99999') AS total",
    ).first<{ total: number }>()) ?? { total: -1 }
    expect(total).toBe(0)
  })
})

describe('create_ticket', () => {
  it('makes an open ticket that the caller reported and created', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000
    const { ticket } = await call('create_ticket', newTicket, { id: 'rosa' })
    expect(ticket).toMatchObject({
      ...newTicket,
      status: 'open',
      priority: 'medium',
      assignee: null,
      reporter: 'rosa',
      created_by: 'rosa',
      updated_by: 'rosa',
    })
    expect(Date.parse(ticket.created_at)).toBeGreaterThanOrEqual(before)
    expect((await call('get_ticket', { id: ticket.id })).ticket).toEqual(ticket)
    const { tickets } = await call('search_tickets', {})
    expect(tickets[0].id).toBe(ticket.id)
  })

  it('does not let a caller report for another', async () => {
    for (const forged of ['reporter', 'reporter_id', 'created_by']) {
      const { outcome } = await failure('create_ticket', { ...newTicket, [forged]: 'ana.silva' })
      expect(outcome).toBe('invalid_input')
    }
  })
})

describe('add_comment', () => {
  it('is the caller’s, and touches the ticket', async () => {
    const { ticket } = await call('create_ticket', newTicket, { id: 'rosa' })
    const { comment } = await call(
      'add_comment',
      { ticket_id: ticket.id, body: ' Out. ' },
      { id: 'sam' },
    )
    expect(comment).toMatchObject({ ticket_id: ticket.id, body: 'Out.', created_by: 'sam' })
    const after = await call('get_ticket', { id: ticket.id })
    expect(after.comments).toEqual([comment])
    expect(after.ticket).toMatchObject({ created_by: 'rosa', updated_by: 'sam' })
  })
})

describe('close_ticket', () => {
  it('closes once: who was first and why stays, however often it is called', async () => {
    const { ticket } = await call('create_ticket', newTicket, { id: 'rosa' })
    const first = await call(
      'close_ticket',
      { id: ticket.id, resolution: 'Put out.' },
      { id: 'sam' },
    )
    expect(first.already_closed).toBe(false)
    expect(first.ticket).toMatchObject({
      status: 'closed',
      resolution: 'Put out.',
      closed_by: 'sam',
    })
    const again = await call('close_ticket', { id: ticket.id, resolution: 'Other.' }, { id: 'tim' })
    expect(again).toEqual({ ticket: first.ticket, already_closed: true })
  })

  it('is done by exactly one of many at once', async () => {
    const { ticket } = await call('create_ticket', newTicket)
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((id) => call('close_ticket', { id: ticket.id }, { id })),
    )
    expect(answers.filter(({ already_closed: already }) => !already)).toHaveLength(1)
    expect(new Set(answers.map((answer) => answer.ticket.closed_by)).size).toBe(1)
  })

  it('leaves comments possible and the ticket closed', async () => {
    const { ticket } = await call('create_ticket', newTicket)
    await call('close_ticket', { id: ticket.id })
    await call('add_comment', { ticket_id: ticket.id, body: 'Thanks' })
    expect((await call('get_ticket', { id: ticket.id })).ticket.status).toBe('closed')
  })
})

describe('scopes', () => {
  const calls = [
    { tool: 'search_tickets', args: {}, scope: 'support:read' },
    { tool: 'get_ticket', args: { id: '123' }, scope: 'support:read' },
    { tool: 'get_customer', args: { customer_id: '12345' }, scope: 'support:read' },
    { tool: 'create_ticket', args: newTicket, scope: 'support:write' },
    { tool: 'add_comment', args: { ticket_id: '124', body: 'Seen' }, scope: 'support:write' },
    { tool: 'close_ticket', args: { id: '1001' }, scope: 'support:admin' },
    {
      tool: 'merge_tickets',
      args: { first: '123', second: '124', keep: '123' },
      scope: 'support:admin',
    },
  ]
  const ladder = ['support:read', 'support:write', 'support:admin']

  it.each(
    calls.flatMap((asked) =>
      [undefined, ...ladder].map((granted) => ({
        ...asked,
        granted,
        outcome:
          ladder.indexOf(granted ?? '') >= ladder.indexOf(asked.scope)
            ? 'ok'
            : 'insufficient_scope',
      })),
    ),
  )('$tool with $granted: $outcome', async ({ tool, args, granted, outcome }) => {
    const by = { scopes: granted === undefined ? [] : [granted] }
    expect((await failure(tool, args, by)).outcome).toBe(outcome)
  })
})

describe('what clients are told', () => {
  const hints = (readOnlyHint: boolean, destructiveHint: boolean, idempotentHint: boolean) => ({
    readOnlyHint,
    destructiveHint,
    idempotentHint,
    openWorldHint: false,
  })

  it.each([
    ['search_tickets', hints(true, false, true)],
    ['get_ticket', hints(true, false, true)],
    ['get_customer', hints(true, false, true)],
    ['create_ticket', hints(false, false, false)],
    ['add_comment', hints(false, false, false)],
    ['close_ticket', hints(false, true, true)],
    ['merge_tickets', hints(false, true, false)],
  ])('of %s', (name, annotations) => {
    const description = server?.tools.get(name)?.description
    expect(description).toMatchObject({ annotations, title: expect.any(String) })
    expect(description?.outputSchema).toMatchObject({ type: 'object', additionalProperties: false })
    expect(description?.inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
  })
})

describe('the database of the module', () => {
  it('holds its own tables and none of the platform', async () => {
    const tables = async (db: D1Database) =>
      (
        await db
          .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_*'")
          .all<{ name: string }>()
      ).results
        .map(({ name }) => name)
        .filter((name) => !name.startsWith('sqlite_') && name !== 'd1_migrations')
    const own = await tables(env.DB_SUPPORT)
    expect(own.sort()).toEqual(['comments', 'customers', 'tickets'])
    for (const name of await tables(env.DB)) expect(own).not.toContain(name)
  })
})
