import * as z from 'zod'
import { defineTool } from '#sdk'
import { assigneeIdOf } from '../assignee'
import { cursorOf, positionOf } from '../cursor'
import { Assignee, STATUSES, summaryOf, TicketSummary } from '../shapes'
import { findTickets } from '../tickets'

const PAGE_SIZE = 20
const MAX_WORDS = 8

export const searchTickets = defineTool({
  name: 'search_tickets',
  title: 'Search tickets',
  description:
    `Support tickets, newest first, ${PAGE_SIZE} a page; what is left out does not narrow. ` +
    'An empty list means that none fits. With next_cursor in the answer there are more: call ' +
    'again with the same filters and that cursor.',
  scopes: ['support:read'],
  uses: { db: true },
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({
    status: z.enum(STATUSES).optional(),
    assignee: Assignee.optional(),
    text: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .refine((text) => wordsOf(text).length <= MAX_WORDS, `at most ${MAX_WORDS} words`)
      .optional()
      .describe('Words that all occur in subject or description, in any order'),
    cursor: z.string().max(64).optional().describe('next_cursor of the page before'),
  }),
  output: z.object({
    tickets: z.array(TicketSummary),
    next_cursor: z.string().optional().describe('Absent on the last page'),
  }),
  async run({ status, assignee, text, cursor }, { db, caller }) {
    // The filters are not part of the cursor: with others it still means "older than this".
    const olderThan = cursor === undefined ? undefined : positionOf(cursor)
    const filter = {
      status,
      assigneeId: assigneeIdOf(assignee, caller),
      words: text === undefined ? [] : wordsOf(text),
      olderThan,
    }
    const found = await findTickets(db, filter, PAGE_SIZE + 1) // one more tells of a next page
    const page = found.slice(0, PAGE_SIZE)
    const last = page.at(-1)
    return {
      tickets: page.map(summaryOf),
      ...(last &&
        found.length > PAGE_SIZE && {
          next_cursor: cursorOf({ createdAt: last.created_at, id: last.id }),
        }),
    }
  },
})

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
