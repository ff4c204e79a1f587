import * as z from 'zod'
import { defineTool } from '#sdk'
import { assigneeIdOf } from '../assignee'
import { Assignee, CustomerId, PRIORITIES, Ticket, ticketOf } from '../shapes'
import { insertTicket } from '../tickets'

export const createTicket = defineTool({
  name: 'create_ticket',
  title: 'Create a ticket',
  description:
    'Opens a ticket for a customer and returns it with its number. The signed-in person is its ' +
    'reporter. Every call makes another ticket.',
  scopes: ['support:write'],
  uses: { db: true },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false,
  },
  input: z.object({
    customer_id: CustomerId,
    subject: z.string().trim().min(1).max(200),
    description: z.string().trim().min(1).max(10_000),
    priority: z.enum(PRIORITIES).default('medium'),
    assignee: Assignee.optional(),
  }),
  output: z.object({ ticket: Ticket }),
  async run({ customer_id, subject, description, priority, assignee }, { db, caller, notify }) {
    const assigneeId = assigneeIdOf(assignee, caller)
    const wanted = { customerId: customer_id, subject, description, priority, assigneeId }
    const ticket = await insertTicket(db, wanted, caller)
    notify.resourcesChanged()
    return { ticket: ticketOf(ticket) }
  },
})
