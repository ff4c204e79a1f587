/** What the support desk asks, on its real database. @module */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { insertComment, insertTicket, readTicket } from '../../servers/support/tickets'
import { closeTicket } from '../../servers/support/tools/close-ticket'
import { mergeTickets } from '../../servers/support/tools/merge-tickets'
import type { Caller, Database } from '../../src/sdk'
import { type TestOptions, testTool } from '../../src/sdk/testing'

const db: Database = env.DB_SUPPORT
const BY: Caller = {
  tenant: 'default',
  principal: { kind: 'person', id: 'rosa' },
  client: undefined,
  scopes: new Set(),
  roles: new Set(),
}
const DETAILS = {
  customerId: '12345',
  subject: 'Printer on fire',
  description: 'It burns.',
  priority: 'high',
  assigneeId: undefined,
} as const
const newTicket = () => insertTicket(db, DETAILS, BY)
const NO = { action: 'decline' }
const CLOSE = { action: 'accept', content: { resolution: 'Put out.', close: true } }
const accepted = (id: number) => ({ action: 'accept', content: { keep: String(id) } })
const MERGE = { action: 'accept', content: { merge: true } }

const test = (tool: Parameters<typeof testTool>[0], args: unknown, options: TestOptions = {}) =>
  testTool(tool, args, { caller: BY, uses: { db }, ...options })

describe('close_ticket', () => {
  it('asks for a reason and a confirmation, and closes once, whatever is run again', async () => {
    const { id } = await newTicket()
    const call = await test(
      closeTicket,
      { id, resolution: 'Suggested' },
      { answers: { confirm: CLOSE }, lost: (run) => run % 2 === 0 },
    )
    expect(call).toMatchObject({
      ok: true,
      result: { ticket: { resolution: 'Put out.', status: 'closed' }, already_closed: false },
    })
    const [question] = call.questions
    expect(question?.request.params).toMatchObject({
      message: `Close ticket ${id}, "Printer on fire"? Suggested reason: Suggested`,
    })
  })

  it.each([
    ['declined', NO],
    ['closed', { action: 'cancel' }],
    ['accepted with a no', { action: 'accept', content: { resolution: 'x', close: false } }],
  ])('leaves the ticket open when the question is %s', async (_, answer) => {
    const { id } = await newTicket()
    const call = await test(closeTicket, { id }, { answers: { confirm: answer } })
    expect(call).toMatchObject({ ok: false, error: { code: 'not_confirmed' } })
    expect((await readTicket(db, id, 0)).ticket.status).toBe('open')
  })

  it('asks again where the reason is empty', async () => {
    const { id } = await newTicket()
    const empty = { action: 'accept', content: { resolution: ' ', close: true } }
    const call = await test(closeTicket, { id }, { answers: { confirm: [empty, CLOSE] } })
    expect(call).toMatchObject({ ok: true, runs: 3 })
  })

  it('asks nothing about a ticket that is closed, and nothing where it cannot', async () => {
    const { id } = await newTicket()
    const first = await test(closeTicket, { id, resolution: 'Told' }, { canElicit: false })
    expect(first).toMatchObject({ result: { ticket: { resolution: 'Told' } }, questions: [] })
    expect(await test(closeTicket, { id })).toMatchObject({
      result: { already_closed: true },
      questions: [],
    })
  })
})

describe('merge_tickets', () => {
  it('asks which one stays and then to confirm, and merges once', async () => {
    const [one, other] = [await newTicket(), await newTicket()]
    await insertComment(db, one.id, 'Smoke!', BY)
    const call = await test(
      mergeTickets,
      { first: one.id, second: other.id },
      {
        answers: { keep: accepted(other.id), confirm: MERGE },
        lost: (run) => run < 6 && run % 2 === 0,
      },
    )
    expect(call.questions.map(({ key }) => key)).toEqual(['keep', 'confirm'])
    expect(call).toMatchObject({
      ok: true,
      result: { ticket: { id: String(other.id) }, merged: String(one.id), moved_comments: 1 },
    })
    expect((await readTicket(db, other.id, 9)).comments).toMatchObject([{ body: 'Smoke!' }])
    expect((await readTicket(db, one.id, 9)).ticket).toMatchObject({
      status: 'closed',
      resolution: `Merged into ticket ${other.id}`,
    })
  })

  it.each([
    ['first', (_: number) => ({ keep: NO })],
    ['second', (keep: number) => ({ keep: accepted(keep), confirm: NO })],
  ])('changes nothing when the %s question is declined', async (_, answersFor) => {
    const [one, other] = [await newTicket(), await newTicket()]
    const args = { first: one.id, second: other.id }
    const call = await test(mergeTickets, args, { answers: answersFor(one.id) })
    expect(call).toMatchObject({ ok: false, error: { code: 'not_confirmed' } })
    expect((await readTicket(db, one.id, 0)).ticket.status).toBe('open')
  })

  it('needs to be told which one stays where it cannot ask', async () => {
    const [one, other] = [await newTicket(), await newTicket()]
    const args = { first: one.id, second: other.id }
    const asked = await test(mergeTickets, args, { canElicit: false })
    expect(asked).toMatchObject({ ok: false, error: { code: 'keep_missing' } })
    const told = await test(mergeTickets, { ...args, keep: one.id }, { canElicit: false })
    expect(told).toMatchObject({ ok: true, result: { merged: String(other.id) } })
  })

  it('refuses a closed one, one and the same, and one that there is not', async () => {
    const [one, other] = [await newTicket(), await newTicket()]
    const by = { canElicit: false }
    const merge = (first: number, second: number, keep = first) =>
      test(mergeTickets, { first, second, keep }, by)
    expect(await merge(one.id, one.id)).toMatchObject({ error: { code: 'same_ticket' } })
    expect(await merge(one.id, 999_999)).toMatchObject({ error: { code: 'unknown_ticket' } })
    expect(await merge(one.id, other.id, 7)).toMatchObject({ error: { code: 'unknown_choice' } })
    await test(closeTicket, { id: other.id }, by)
    expect(await merge(one.id, other.id)).toMatchObject({ error: { code: 'ticket_closed' } })
  })
})
