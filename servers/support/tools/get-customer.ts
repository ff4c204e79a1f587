import * as z from 'zod'
import { defineTool } from '#sdk'
import { Customer, CustomerId, customerOf, summaryOf, TicketSummary } from '../shapes'
import { readCustomer } from '../tickets'

const MAX_TICKETS = 20

export const getCustomer = defineTool({
  name: 'get_customer',
  title: 'Read a customer',
  description:
    `One customer and their newest ${MAX_TICKETS} tickets of any status, newest first. ` +
    'No tickets means that they never wrote.',
  scopes: ['support:read'],
  uses: { db: true },
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({ customer_id: CustomerId }),
  output: z.object({ customer: Customer, tickets: z.array(TicketSummary) }),
  async run({ customer_id: id }, { db }) {
    const { customer, tickets } = await readCustomer(db, id, MAX_TICKETS)
    return { customer: customerOf(customer), tickets: tickets.map(summaryOf) }
  },
})
