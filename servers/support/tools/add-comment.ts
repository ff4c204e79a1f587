import * as z from 'zod'
import { defineTool } from '#sdk'
import { ticketUri } from '../resources/ticket'
import { Comment, commentOf, TicketId } from '../shapes'
import { insertComment } from '../tickets'

export const addComment = defineTool({
  name: 'add_comment',
  title: 'Comment on a ticket',
  description:
    'Adds a comment of the signed-in person to a ticket and returns it. Closed tickets take ' +
    'comments too and stay closed.',
  scopes: ['support:write'],
  uses: { db: true },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false,
  },
  input: z.object({ ticket_id: TicketId, body: z.string().trim().min(1).max(10_000) }),
  output: z.object({ comment: Comment }),
  async run({ ticket_id: id, body }, { db, caller, notify }) {
    const comment = await insertComment(db, id, body, caller)
    notify.resourceUpdated(ticketUri(id))
    return { comment: commentOf(comment) }
  },
})
