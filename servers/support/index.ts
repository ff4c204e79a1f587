/** A support desk: tickets, comments and customers in a database of its own. @module */
import { defineServer } from '#sdk'
import { draftReply } from './prompts/draft-reply'
import { summarizeTicket } from './prompts/summarize-ticket'
import { ticketResource } from './resources/ticket'
import { addComment } from './tools/add-comment'
import { closeTicket } from './tools/close-ticket'
import { createTicket } from './tools/create-ticket'
import { getCustomer } from './tools/get-customer'
import { getTicket } from './tools/get-ticket'
import { mergeTickets } from './tools/merge-tickets'
import { moveTicket } from './tools/move-ticket'
import { searchTickets } from './tools/search-tickets'
import { showTicketBoard } from './tools/show-ticket-board'

export default defineServer({
  name: 'support',
  version: '1.3.0',
  title: 'Support desk',
  description: 'Tickets of a support desk: find, read, open, comment on and close them.',
  instructions:
    'Find a ticket with search_tickets, then read it with get_ticket before you act on it. ' +
    'Tickets are known by their number.',
  access: 'authenticated',
  scopes: {
    'support:read': 'Read tickets, comments and customers',
    'support:write': {
      description: 'Open tickets and comment on them in your name',
      covers: ['support:read'],
    },
    'support:admin': {
      description: 'Close and merge tickets for good',
      covers: ['support:write'],
    },
  },
  uses: { db: true },
  tools: [
    searchTickets,
    getTicket,
    getCustomer,
    createTicket,
    addComment,
    closeTicket,
    mergeTickets,
    showTicketBoard,
    moveTicket,
  ],
  resourceTemplates: [ticketResource],
  prompts: [summarizeTicket, draftReply],
})
