import { defineResourceTemplate } from '#sdk'
import { completeTicketIds } from '../complete'
import { cursorOf, positionOf } from '../cursor'
import { commentOf, TicketNumber, ticketOf } from '../shapes'
import { findTickets, readTicket, unknownTicket } from '../tickets'

const PAGE_SIZE = 50
const MAX_COMMENTS = 50

export const ticketUri = (id: number): string => `support://tickets/${id}`

export const ticketResource = defineResourceTemplate({
  name: 'ticket',
  title: 'Ticket',
  description:
    `One ticket with everything on it and its newest ${MAX_COMMENTS} comments, oldest first, as ` +
    'get_ticket returns it. The list has all tickets, newest first.',
  uriTemplate: 'support://tickets/{id}',
  mimeType: 'application/json',
  scopes: ['support:read'],
  uses: { db: true },
  complete: { id: (typed, { db }) => completeTicketIds(db, typed) },
  async list(cursor, { db }) {
    const olderThan = cursor === undefined ? undefined : positionOf(cursor)
    const found = await findTickets(db, { words: [], olderThan }, PAGE_SIZE + 1)
    const page = found.slice(0, PAGE_SIZE)
    const last = page.at(-1)
    return {
      resources: page.map(({ id, subject, status, priority, updated_at }) => ({
        uri: ticketUri(id),
        name: `ticket-${id}`,
        title: `${id}: ${subject}`,
        description: `${status}, ${priority} priority`,
        annotations: { lastModified: new Date(updated_at * 1000).toISOString() },
      })),
      ...(last &&
        found.length > PAGE_SIZE && {
          nextCursor: cursorOf({ createdAt: last.created_at, id: last.id }),
        }),
    }
  },
  async read({ id }, { db }) {
    const number = TicketNumber.safeParse(id)
    if (!number.success) throw unknownTicket(id)
    const { ticket, comments, commentCount } = await readTicket(db, number.data, MAX_COMMENTS)
    return JSON.stringify({
      ticket: ticketOf(ticket),
      comments: comments.map(commentOf),
      comment_count: commentCount,
    })
  },
})
