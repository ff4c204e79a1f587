import * as z from 'zod'
import { defineTool, toolResult } from '#sdk'
import { ticketBoard } from '../apps/ticket-board'
import { assigneeIdOf } from '../assignee'
import { Assignee, summaryOf, type TicketRow, TicketSummary } from '../shapes'
import { findUrgent } from '../tickets'

const MAX_TICKETS = 12

export const showTicketBoard = defineTool({
  name: 'show_ticket_board',
  title: 'Show the ticket board',
  description:
    `The ${MAX_TICKETS} most urgent tickets that are not closed, longest waiting first within a ` +
    'priority, and how many there are in all. People whose client shows apps see a board on which ' +
    'they can move and take tickets.',
  scopes: ['support:read'],
  uses: { db: true },
  ui: { app: ticketBoard },
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({ assignee: Assignee.optional() }),
  output: z.object({
    tickets: z.array(TicketSummary),
    total: z.int().describe('All that are not closed, on the board or not'),
    viewer: z.string().describe('Id of the person who is signed in'),
  }),
  async run({ assignee }, { db, caller }) {
    const { rows, total } = await findUrgent(db, assigneeIdOf(assignee, caller), MAX_TICKETS)
    return toolResult({
      content: [{ type: 'text', text: listed(rows, total) }],
      structured: { tickets: rows.map(summaryOf), total, viewer: caller.principal.id },
    })
  },
})

/** The board for whoever sees none: the model, and people whose client shows no apps. */
function listed(rows: readonly TicketRow[], total: number): string {
  if (rows.length === 0) return 'No ticket is waiting.'
  const shown = rows.length < total ? `; the ${rows.length} most urgent` : ''
  const lines = rows.map(
    ({ id, subject, status, priority, assignee_id: assignee }) =>
      `- ${id} (${priority}, ${status}, ${assignee ?? 'nobody yet'}): ${subject}`,
  )
  return `${total} ${total === 1 ? 'ticket is' : 'tickets are'} not closed${shown}:\n${lines.join('\n')}`
}
