import * as z from 'zod'
import { definePrompt } from '#sdk'
import { completeTicketIds } from '../complete'
import { TicketNumber } from '../shapes'
import { IS_DATA, ticketMessage } from './ticket-message'

const FOR = {
  colleague: 'a colleague who takes the ticket over: what was tried, what is open, what comes next',
  manager: 'a manager with ten seconds: what it is about, how bad it is, who has to act',
  customer: 'the customer: what we understood and where we are, without names of colleagues',
}

export const summarizeTicket = definePrompt({
  name: 'summarize_ticket',
  title: 'Summarize a ticket',
  description: 'Asks for a summary of one ticket and its comments, for one kind of reader.',
  scopes: ['support:read'],
  uses: { db: true },
  input: z.object({
    ticket_id: TicketNumber.meta({ title: 'Ticket', description: 'Its number, for example 123' }),
    audience: z
      .enum(['colleague', 'manager', 'customer'])
      .default('colleague')
      .meta({ title: 'For', description: 'colleague, unless given' }),
  }),
  complete: { ticket_id: (typed, { db }) => completeTicketIds(db, typed) },
  async run({ ticket_id: id, audience }, { db }) {
    const { ticket, message } = await ticketMessage(db, id)
    return {
      description: `Summary of ticket ${id}, ${ticket.subject}`,
      messages: [
        message,
        {
          role: 'user',
          content:
            `Summarize the ticket above for ${FOR[audience]}. Five sentences at most, facts ` +
            `first, and say so where something is missing. ${IS_DATA}`,
        },
      ],
    }
  },
})
