import * as z from 'zod'
import { defineTool } from '#sdk'
import { Comment, commentOf, Ticket, TicketId, ticketOf } from '../shapes'
import { readTicket } from '../tickets'

const MAX_COMMENTS = 50

export const getTicket = defineTool({
  name: 'get_ticket',
  title: 'Read a ticket',
  description:
    `One ticket with everything on it and its newest ${MAX_COMMENTS} comments, oldest first. ` +
    'comment_count is how many there are in all.',
  scopes: ['support:read'],
  uses: { db: true },
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({ id: TicketId }),
  output: z.object({ ticket: Ticket, comments: z.array(Comment), comment_count: z.int() }),
  async run({ id }, { db }) {
    const { ticket, comments, commentCount } = await readTicket(db, id, MAX_COMMENTS)
    return {
      ticket: ticketOf(ticket),
      comments: comments.map(commentOf),
      comment_count: commentCount,
    }
  },
})
