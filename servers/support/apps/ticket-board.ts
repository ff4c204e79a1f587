import { defineApp } from '#sdk'
import html from './ticket-board.html'

/** All of it is in the document, so that it reaches nothing but its host. */
export const ticketBoard = defineApp({
  name: 'ticket-board',
  title: 'Ticket board',
  description: 'Tickets that are not closed, by status, with what can be done about each.',
  uri: 'ui://support/ticket-board',
  html,
  prefersBorder: true,
})
