import * as z from 'zod'
import { defineTool } from '#sdk'
import { assigneeIdOf } from '../assignee'
import { ticketUri } from '../resources/ticket'
import { Assignee, summaryOf, TicketId, TicketSummary } from '../shapes'
import { arrangeTicket } from '../tickets'

/** What a hand does on the board. A model that is asked to change tickets has tools of its own. */
export const moveTicket = defineTool({
  name: 'move_ticket',
  title: 'Move a ticket on the board',
  description: 'Sets the status or the assignee of a ticket that is not closed, and returns it.',
  scopes: ['support:write'],
  uses: { db: true },
  ui: { visibility: ['app'] },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z
    .object({
      id: TicketId,
      status: z.enum(['open', 'pending']).optional(),
      assignee: Assignee.optional(),
    })
    .refine(({ status, assignee }) => status ?? assignee, 'say which status or assignee'),
  output: z.object({ ticket: TicketSummary }),
  async run({ id, status, assignee }, { db, caller, notify }) {
    const to = { status, assigneeId: assigneeIdOf(assignee, caller) }
    const ticket = await arrangeTicket(db, id, to, caller)
    notify.resourceUpdated(ticketUri(id))
    return { ticket: summaryOf(ticket) }
  },
})
