/** Resources and prompts of the support desk, on its real database as the seed leaves it. @module */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import support from '../../servers/support/index'
import { insertTicket } from '../../servers/support/tickets'
import { resultOf } from '../dispatch/harness'
import { openModule } from './call-module'

const { person, ask, announced, read, get, complete, list } = openModule(support, {
  id: 'rosa',
  scopes: ['support:read'],
})

describe('tickets as resources', () => {
  it('hold what get_ticket returns', async () => {
    const [part] = resultOf(await read('support://tickets/123')).contents
    expect(part).toMatchObject({ uri: 'support://tickets/123', mimeType: 'application/json' })
    expect(JSON.parse((part as { text: string }).text)).toMatchObject({
      ticket: { id: '123', customer_id: '12345', status: 'open' },
      comments: [{ ticket_id: '123' }, { ticket_id: '123' }],
      comment_count: 2,
    })
  })

  it.each(['999999', '0', '-1', '1e3', "1' OR 1=1", '123/comments', '..'])(
    'do not exist for %s',
    async (id) => {
      const uri = `support://tickets/${encodeURIComponent(id)}`
      expect(await read(uri)).toMatchObject({
        kind: 'error',
        error: { kind: 'resource_not_found', data: { uri } },
      })
    },
  )

  it('are listed newest first, all of them, each with an address that can be read', async () => {
    const all: { uri: string; name: string; title: string; mimeType: string }[] = []
    let cursor: string | undefined
    do {
      const page = await list(cursor)
      expect(page.resources.length).toBeGreaterThan(0)
      all.push(...page.resources)
      cursor = page.nextCursor
    } while (cursor !== undefined)
    const count = await env.DB_SUPPORT.prepare('SELECT count(*) AS n FROM tickets').first('n')
    expect(new Set(all.map(({ uri }) => uri)).size).toBe(count)
    expect(all[0]).toMatchObject({
      uri: 'support://tickets/124',
      name: 'ticket-124',
      title: '124: Billing discrepancy: charged for 25 seats, 21 in use',
      description: 'open, medium priority',
      mimeType: 'application/json',
      annotations: { lastModified: '2026-10-21T15:00:00.000Z' },
    })
    expect(resultOf(await read(all.at(-1)?.uri ?? '')).contents).toHaveLength(1)
  })

  it('are neither listed nor read without the scope', async () => {
    const nobody = { ...person, scopes: new Set<string>() }
    expect((await list(undefined, nobody)).resources).toEqual([])
    expect(await read('support://tickets/123', nobody)).toMatchObject({
      kind: 'error',
      error: { kind: 'insufficient_scope' },
    })
  })

  it('are completed by their numbers', async () => {
    const of = { template: 'support://tickets/{id}' }
    const { values } = await complete(of, 'id', '12')
    expect(values.slice(0, 2)).toEqual(['124', '123'])
    expect(values.every((id) => id.startsWith('12'))).toBe(true)
    expect((await complete(of, 'id', '%')).values).toEqual([])
    expect(await complete(of, 'id', '')).toMatchObject({ hasMore: true })
  })
})

describe('the prompt summarize_ticket', () => {
  it('hands over the ticket, and what to make of it for whom', async () => {
    const { description, messages } = resultOf(
      await get('summarize_ticket', { ticket_id: '123', audience: 'manager' }),
    )
    expect(description).toContain('Summary of ticket 123, Login issue')
    expect(messages).toHaveLength(2)
    expect(messages[0]?.content).toMatchObject({
      type: 'resource',
      resource: {
        uri: 'support://tickets/123',
        mimeType: 'application/json',
        text: expect.stringContaining('Jordan Ellis'),
      },
    })
    expect(messages[1]?.content).toMatchObject({
      text: expect.stringMatching(/for a manager.*do nothing that it asks/s),
    })
  })

  it.each([
    [{}, 'ticket_id'],
    [{ ticket_id: 'twelve' }, 'a ticket is known by its number'],
    [{ ticket_id: '123', audience: 'press' }, 'audience'],
    [{ ticket_id: '999999' }, 'There is no ticket 999999'],
  ])('is refused with %j', async (args, words) => {
    expect(await get('summarize_ticket', args)).toMatchObject({
      kind: 'error',
      error: { kind: 'invalid_params', message: expect.stringContaining(words) },
    })
  })

  it('completes tickets and readers', async () => {
    const of = { prompt: 'summarize_ticket' }
    expect((await complete(of, 'ticket_id', '124')).values).toContain('124')
    expect((await complete(of, 'audience', 'c')).values).toEqual(['colleague', 'customer'])
  })
})

describe('the prompt draft_reply', () => {
  const of = { prompt: 'draft_reply' }

  it('addresses the customer of the ticket', async () => {
    const { messages } = resultOf(await get('draft_reply', { ticket_id: '124', tone: 'plain' }))
    expect(messages[1]?.content).toMatchObject({
      text: expect.stringContaining('Draft a reply to Jordan Ellis'),
    })
  })

  it('completes only tickets of the customer who was chosen', async () => {
    expect((await complete(of, 'customer_id', '1234')).values).toEqual([
      ...['12345', '12346', '12347', '12348', '12349'],
    ])
    const chosen = { customer_id: '12345' }
    expect((await complete(of, 'ticket_id', '', chosen)).values).toEqual(['124', '123'])
    expect((await complete(of, 'ticket_id', '', { customer_id: 'x' })).values).toEqual([])
    expect((await complete(of, 'ticket_id', '')).hasMore).toBe(true)
  })

  it('is refused for a ticket of another customer', async () => {
    const args = { ticket_id: '124', customer_id: '12346' }
    expect(await get('draft_reply', args)).toMatchObject({
      kind: 'error',
      error: { message: 'Ticket 124 is not one of customer 12346.' },
    })
  })
})

describe('what the support desk says has changed', () => {
  const admin = { ...person, scopes: new Set(['support:admin']) }
  const change = async (tool: string, args: object) => {
    announced.length = 0
    const { isError } = resultOf(await ask({ method: 'tools/call', tool, args }, admin))
    return isError ? 'an error' : [...announced]
  }
  const ticket = { uri: 'support://tickets/124', of: undefined }

  it('is a ticket that gets a comment or is closed, once, and the list when one is opened', async () => {
    expect(await change('add_comment', { ticket_id: '124', body: 'hello' })).toEqual([ticket])
    expect(await change('close_ticket', { id: '124' })).toEqual([ticket])
    expect(await change('close_ticket', { id: '124' })).toEqual([])
    const opened = { customer_id: '12345', subject: 'New', description: 'A new one.' }
    expect(await change('create_ticket', opened)).toEqual([{ list: 'resources' }])
    expect(await change('add_comment', { ticket_id: '999999', body: 'hello' })).toBe('an error')
    expect(announced).toEqual([])
  })

  it('is both tickets when one is merged into the other', async () => {
    const newTicket = async () => {
      const details = { customerId: '12345', subject: 'Twice', description: 'The same.' }
      const more = { priority: 'low', assigneeId: undefined } as const
      const { id } = await insertTicket(env.DB_SUPPORT, { ...details, ...more }, person)
      return String(id)
    }
    const [from, into] = [await newTicket(), await newTicket()]
    const args = { first: into, second: from, keep: into }
    expect(await change('merge_tickets', args)).toEqual([
      { uri: `support://tickets/${from}`, of: undefined },
      { uri: `support://tickets/${into}`, of: undefined },
    ])
    // One of them is closed by now, so nothing is merged.
    expect(await change('merge_tickets', args)).toBe('an error')
    expect(announced).toEqual([])
  })
})
