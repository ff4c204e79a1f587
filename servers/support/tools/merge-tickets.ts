import * as z from 'zod'
import { defineTool, ToolError } from '#sdk'
import { ticketUri } from '../resources/ticket'
import { Ticket, TicketId, ticketOf } from '../shapes'
import { mergeInto, readTicket } from '../tickets'

const ConfirmForm = z.object({
  merge: z.boolean().meta({ title: 'Merge', description: 'It cannot be taken apart again' }),
})

export const mergeTickets = defineTool({
  name: 'merge_tickets',
  title: 'Merge two tickets',
  description:
    'Moves the comments of one of two tickets to the other and closes the first. The person is ' +
    'asked which one stays, unless keep says so, and to confirm. A client that cannot ask needs ' +
    'keep; ask the person before you call this there.',
  scopes: ['support:admin'],
  uses: { db: true },
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: false,
  },
  input: z.object({
    first: TicketId,
    second: TicketId,
    keep: TicketId.optional().describe('Number of the one that stays open, one of the two'),
  }),
  output: z.object({ ticket: Ticket, merged: z.string(), moved_comments: z.int() }),
  forms: { confirm: ConfirmForm },
  async run({ first, second, keep }, { db, caller, canElicit, step, elicit, once, notify }) {
    if (first === second) throw new ToolError('same_ticket', 'Name two different tickets.')
    if (keep !== undefined && keep !== first && keep !== second) {
      throw new ToolError('unknown_choice', `keep must be ${first} or ${second}.`)
    }
    const tickets = await step('tickets', () =>
      Promise.all([first, second].map(async (id) => (await readTicket(db, id, 0)).ticket)),
    )
    let kept = keep
    if (canElicit()) {
      if (kept === undefined) {
        const [one, other] = tickets.map(({ id, subject }) =>
          z.literal(String(id)).meta({ title: `${id}: ${subject}` }),
        )
        if (!one || !other) throw new Error('two tickets were read')
        const choice = await elicit('keep', {
          message: `Which ticket stays, ${first} or ${second}?`,
          schema: z.object({ keep: z.union([one, other]).meta({ title: 'Stays open' }) }),
        })
        if (choice.action !== 'accept') throw notMerged()
        kept = Number(choice.content.keep)
      }
      const answer = await elicit('confirm', {
        message: `Merge ticket ${kept === first ? second : first} into ${kept}?`,
        schema: ConfirmForm,
      })
      if (answer.action !== 'accept' || !answer.content.merge) throw notMerged()
    }
    if (kept === undefined) {
      throw new ToolError(
        'keep_missing',
        `This client cannot ask which ticket stays. Ask the person, then say so with keep: ${first} or ${second}.`,
      )
    }
    const into = kept
    const from = into === first ? second : first
    const { ticket, moved } = await once('merge', () => mergeInto(db, from, into, caller))
    for (const id of [from, into]) notify.resourceUpdated(ticketUri(id))
    return { ticket: ticketOf(ticket), merged: String(from), moved_comments: moved }
  },
})

const notMerged = (): ToolError =>
  new ToolError('not_confirmed', 'The person did not confirm, so both tickets are as they were.')
