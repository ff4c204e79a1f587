import * as z from 'zod'
import { defineTool } from '#sdk'
import { ticketUri } from '../resources/ticket'
import { Ticket, TicketId, ticketOf } from '../shapes'
import { markClosed } from '../tickets'

export const closeTicket = defineTool({
  name: 'close_ticket',
  title: 'Close a ticket',
  description:
    'Closes a ticket for good; no tool opens it again. One that is closed already is left as it ' +
    'is, with already_closed true.',
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
    resolution: z.string().trim().min(1).max(2_000).optional().describe('How it was settled'),
  }),
  output: z.object({ ticket: Ticket, already_closed: z.boolean() }),
  async run({ id, resolution }, { db, caller, notify }) {
    const { ticket, wasClosed } = await markClosed(db, id, resolution, caller)
    if (!wasClosed) notify.resourceUpdated(ticketUri(id))
    return { ticket: ticketOf(ticket), already_closed: wasClosed }
  },
})
