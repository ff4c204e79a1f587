/** What tools take and return, and how a row becomes it. @module */
import * as z from 'zod'

export const STATUSES = ['open', 'pending', 'closed'] as const
export const PRIORITIES = ['low', 'medium', 'high', 'urgent'] as const

/** Some models write a number where an id is made of digits; both spellings are taken. */
const Digits = z.union([z.string().regex(/^[1-9]\d{0,14}$/), z.int().positive()])
/** The number of a ticket in an address or in an argument of a prompt, which are always text. */
export const TicketNumber = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'a ticket is known by its number')
  .transform(Number)
export const TicketId = Digits.transform(Number).describe('Number of the ticket, for example 123')
export const CustomerId = Digits.transform(String).describe('For example 12345')

export const Assignee = z
  .string()
  .min(1)
  .max(200)
  .describe('Id of an agent, or "me" for the person who is signed in')

const Moment = z.string().describe('ISO 8601, UTC')

export const TicketSummary = z.object({
  id: z.string(),
  customer_id: z.string(),
  subject: z.string(),
  status: z.enum(STATUSES),
  priority: z.enum(PRIORITIES),
  assignee: z.string().nullable().describe('null: nobody yet'),
  created_at: Moment,
})

export const Ticket = TicketSummary.extend({
  description: z.string(),
  reporter: z.string(),
  created_by: z.string(),
  updated_by: z.string(),
  updated_at: Moment,
  closed_by: z.string().nullable(),
  closed_at: Moment.nullable(),
  resolution: z.string().nullable(),
})

export const Comment = z.object({
  id: z.string(),
  ticket_id: z.string(),
  body: z.string(),
  created_by: z.string(),
  created_at: Moment,
})

export const Customer = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  company: z.string(),
  plan: z.string(),
  created_at: Moment,
})

/** A row of `tickets`; the constraints of the schema keep it in this shape. */
export interface TicketRow {
  id: number
  customer_id: string
  subject: string
  description: string
  status: (typeof STATUSES)[number]
  priority: (typeof PRIORITIES)[number]
  assignee_id: string | null
  reporter_id: string
  created_by: string
  created_at: number
  updated_by: string
  updated_at: number
  closed_by: string | null
  closed_at: number | null
  resolution: string | null
}

export interface CommentRow {
  id: number
  ticket_id: number
  body: string
  created_by: string
  created_at: number
}

export type CustomerRow = Omit<z.output<typeof Customer>, 'created_at'> & { created_at: number }

const isoOf = (epochSeconds: number): string =>
  `${new Date(epochSeconds * 1000).toISOString().slice(0, 19)}Z`

export const summaryOf = (row: TicketRow): z.output<typeof TicketSummary> => ({
  id: String(row.id),
  customer_id: row.customer_id,
  subject: row.subject,
  status: row.status,
  priority: row.priority,
  assignee: row.assignee_id,
  created_at: isoOf(row.created_at),
})

export const ticketOf = (row: TicketRow): z.output<typeof Ticket> => ({
  ...summaryOf(row),
  description: row.description,
  reporter: row.reporter_id,
  created_by: row.created_by,
  updated_by: row.updated_by,
  updated_at: isoOf(row.updated_at),
  closed_by: row.closed_by,
  closed_at: row.closed_at === null ? null : isoOf(row.closed_at),
  resolution: row.resolution,
})

export const commentOf = (row: CommentRow): z.output<typeof Comment> => ({
  ...row,
  id: String(row.id),
  ticket_id: String(row.ticket_id),
  created_at: isoOf(row.created_at),
})

export const customerOf = (row: CustomerRow): z.output<typeof Customer> => ({
  ...row,
  created_at: isoOf(row.created_at),
})
