import * as z from 'zod'
import { defineTool, ToolError } from '#sdk'
import { Ticket, TicketId, ticketOf } from '../shapes'
import { markClosed, readTicket } from '../tickets'

const CloseForm = z.object({
  resolution: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .meta({ title: 'Reason', description: 'How it was settled; the customer may read this' }),
  close: z.boolean().meta({ title: 'Close it', description: 'No tool opens it again' }),
})

export const closeTicket = defineTool({
  name: 'close_ticket',
  title: 'Close a ticket',
  description:
    'Closes a ticket for good; no tool opens it again. The person is asked for the reason and to ' +
    'confirm, where their client can do that; elsewhere, ask them before you call this. One that ' +
    'is closed already is left as it is, with already_closed true.',
  scopes: ['support:admin'],
  uses: { db: true },
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.object({
    id: TicketId,
    resolution: z
      .string()
      .trim()
      .min(1)
      .max(2_000)
      .optional()
      .describe('How it was settled; a person who is asked can change it'),
  }),
  output: z.object({ ticket: Ticket, already_closed: z.boolean() }),
  forms: { close: CloseForm },
  async run({ id, resolution }, { db, caller, canElicit, step, elicit, once }) {
    let reason = resolution
    if (canElicit()) {
      // As the person saw it: what somebody changes meanwhile must not change the question.
      const { ticket } = await step('ticket', () => readTicket(db, id, 0))
      if (ticket.status === 'closed') return { ticket: ticketOf(ticket), already_closed: true }
      const suggested = resolution === undefined ? '' : ` Suggested reason: ${resolution}`
      const answer = await elicit('confirm', {
        message: `Close ticket ${id}, "${ticket.subject}"?${suggested}`,
        schema: CloseForm,
      })
      if (answer.action !== 'accept' || !answer.content.close) throw notConfirmed(id)
      reason = answer.content.resolution
    }
    const { ticket, wasClosed } = await once('close', () => markClosed(db, id, reason, caller))
    return { ticket: ticketOf(ticket), already_closed: wasClosed }
  },
})

const notConfirmed = (id: number): ToolError =>
  new ToolError('not_confirmed', `The person did not confirm, so ticket ${id} is as it was.`)
