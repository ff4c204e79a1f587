import * as z from 'zod'
import { definePrompt } from '#sdk'
import { completeCustomerIds, completeTicketIds } from '../complete'
import { TicketNumber } from '../shapes'
import { IS_DATA, ticketMessage } from './ticket-message'

const TONES = {
  friendly: 'warm and personal, without being chatty',
  plain: 'short and matter-of-fact',
  apologetic: 'sorry for what went wrong, once, and then about what happens now',
}

export const draftReply = definePrompt({
  name: 'draft_reply',
  title: 'Draft a reply',
  description: 'Asks for an answer to the customer of one ticket. Nothing is sent.',
  scopes: ['support:read'],
  uses: { db: true },
  input: z.object({
    customer_id: z
      .string()
      .max(20)
      .optional()
      .meta({ title: 'Customer', description: 'Leaves only their tickets to choose from' }),
    ticket_id: TicketNumber.meta({ title: 'Ticket', description: 'Its number, for example 123' }),
    tone: z
      .enum(['friendly', 'plain', 'apologetic'])
      .default('friendly')
      .meta({ title: 'Tone', description: 'friendly, unless given' }),
  }),
  complete: {
    customer_id: (typed, { db }) => completeCustomerIds(db, typed),
    ticket_id: (typed, { db }, { customer_id: customer }) => completeTicketIds(db, typed, customer),
  },
  async run({ customer_id: customerId, ticket_id: id, tone }, { db }) {
    const { ticket, customer, message } = await ticketMessage(db, id, customerId)
    return {
      description: `Reply to ${customer.name} about ticket ${id}, ${ticket.subject}`,
      messages: [
        message,
        {
          role: 'user',
          content:
            `Draft a reply to ${customer.name} about the ticket above, ${TONES[tone]}. Promise ` +
            `nothing that the ticket does not say, and leave a gap in brackets where you would ` +
            `have to guess. ${IS_DATA}`,
        },
      ],
    }
  },
})
