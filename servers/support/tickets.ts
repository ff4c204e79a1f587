/** Every SQL statement on tickets. Values are always bound, never part of the text. @module */
import { type Caller, type Database, NotFoundError, type SqlValue, ToolError } from '#sdk'
import type { Position } from './cursor'
import type { CommentRow, CustomerRow, TicketRow } from './shapes'

export interface TicketFilter {
  status?: TicketRow['status'] | undefined
  assigneeId?: string | undefined
  /** Each must occur in the subject or the description. */
  words: readonly string[]
  olderThan?: Position | undefined
}

/** Newest first. */
export async function findTickets(
  db: Database,
  { status, assigneeId, words, olderThan }: TicketFilter,
  limit: number,
): Promise<TicketRow[]> {
  const conditions: string[] = []
  const values: SqlValue[] = []
  const where = (condition: string, ...bound: SqlValue[]) => {
    conditions.push(condition)
    values.push(...bound)
  }
  if (status !== undefined) where('status = ?', status)
  if (assigneeId !== undefined) where('assignee_id = ?', assigneeId)
  for (const word of words) {
    // Not LIKE: there % and _ would stand for anything, and D1 takes patterns of 50 bytes at most.
    where("instr(lower(subject || ' ' || description), lower(?)) > 0", word)
  }
  if (olderThan) where('(created_at, id) < (?, ?)', olderThan.createdAt, olderThan.id)
  const { results } = await db
    .prepare(
      `SELECT * FROM tickets ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
       ORDER BY created_at DESC, id DESC LIMIT ?`,
    )
    .bind(...values, limit)
    .all<TicketRow>()
  return results
}

/** Tickets that are not closed, most urgent and then longest waiting first, and how many there are. */
export async function findUrgent(
  db: Database,
  assigneeId: string | undefined,
  limit: number,
): Promise<{ rows: TicketRow[]; total: number }> {
  const { results } = await db
    .prepare(
      `SELECT *, count(*) OVER () AS total FROM tickets
       WHERE status <> 'closed' AND (?1 IS NULL OR assignee_id = ?1)
       ORDER BY CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END,
         created_at, id
       LIMIT ?2`,
    )
    .bind(assigneeId ?? null, limit)
    .all<TicketRow & { total: number }>()
  return { rows: results, total: results[0]?.total ?? 0 }
}

/** A ticket and its newest comments, oldest of those first. @throws {NotFoundError} `unknown_ticket` */
export async function readTicket(
  db: Database,
  id: number,
  maxComments: number,
): Promise<{ ticket: TicketRow; comments: CommentRow[]; commentCount: number }> {
  const [tickets, comments, count] = await db.batch<unknown>([
    db.prepare('SELECT * FROM tickets WHERE id = ?').bind(id),
    db
      .prepare('SELECT * FROM comments WHERE ticket_id = ? ORDER BY id DESC LIMIT ?')
      .bind(id, maxComments),
    db.prepare('SELECT count(*) AS total FROM comments WHERE ticket_id = ?').bind(id),
  ])
  const [ticket] = rowsOf<TicketRow>(tickets)
  if (!ticket) throw unknownTicket(id)
  return {
    ticket,
    comments: rowsOf<CommentRow>(comments).reverse(),
    commentCount: rowsOf<{ total: number }>(count)[0]?.total ?? 0,
  }
}

/** A customer and their newest tickets. @throws {NotFoundError} `unknown_customer` */
export async function readCustomer(
  db: Database,
  id: string,
  maxTickets: number,
): Promise<{ customer: CustomerRow; tickets: TicketRow[] }> {
  const [customers, tickets] = await db.batch<unknown>([
    db.prepare('SELECT * FROM customers WHERE id = ?').bind(id),
    db
      .prepare(
        'SELECT * FROM tickets WHERE customer_id = ? ORDER BY created_at DESC, id DESC LIMIT ?',
      )
      .bind(id, maxTickets),
  ])
  const [customer] = rowsOf<CustomerRow>(customers)
  if (!customer) throw unknownCustomer(id)
  return { customer, tickets: rowsOf<TicketRow>(tickets) }
}

export interface NewTicket {
  customerId: string
  subject: string
  description: string
  priority: TicketRow['priority']
  assigneeId: string | undefined
}

/** @throws {NotFoundError} `unknown_customer` */
export async function insertTicket(
  db: Database,
  { customerId, subject, description, priority, assigneeId }: NewTicket,
  by: Caller,
): Promise<TicketRow> {
  const now = nowSeconds()
  const caller = by.principal.id
  // From the customer's row: an unknown customer makes no ticket, without a look beforehand.
  const ticket = await db
    .prepare(
      `INSERT INTO tickets (customer_id, subject, description, status, priority, assignee_id,
         reporter_id, created_by, created_at, updated_by, updated_at)
       SELECT id, ?2, ?3, 'open', ?4, ?5, ?6, ?6, ?7, ?6, ?7 FROM customers WHERE id = ?1
       RETURNING *`,
    )
    .bind(customerId, subject, description, priority, assigneeId ?? null, caller, now)
    .first<TicketRow>()
  if (!ticket) throw unknownCustomer(customerId)
  return ticket
}

/** @throws {NotFoundError} `unknown_ticket` */
export async function insertComment(
  db: Database,
  ticketId: number,
  body: string,
  by: Caller,
): Promise<CommentRow> {
  const now = nowSeconds()
  const caller = by.principal.id
  const [inserted] = await db.batch<CommentRow>([
    db
      .prepare(
        `INSERT INTO comments (ticket_id, body, created_by, created_at)
         SELECT id, ?2, ?3, ?4 FROM tickets WHERE id = ?1 RETURNING *`,
      )
      .bind(ticketId, body, caller, now),
    db
      .prepare('UPDATE tickets SET updated_by = ?2, updated_at = ?3 WHERE id = ?1')
      .bind(ticketId, caller, now),
  ])
  const comment = inserted?.results[0]
  if (!comment) throw unknownTicket(ticketId)
  return comment
}

/**
 * Closes a ticket, or leaves one alone that is closed already: who closed it first and why stays.
 *
 * @throws {NotFoundError} `unknown_ticket`
 */
export async function markClosed(
  db: Database,
  id: number,
  resolution: string | undefined,
  by: Caller,
): Promise<{ ticket: TicketRow; wasClosed: boolean }> {
  const closed = await db
    .prepare(
      `UPDATE tickets SET status = 'closed', resolution = ?2, closed_by = ?3, closed_at = ?4,
         updated_by = ?3, updated_at = ?4
       WHERE id = ?1 AND status <> 'closed' RETURNING *`,
    )
    .bind(id, resolution ?? null, by.principal.id, nowSeconds())
    .first<TicketRow>()
  if (closed) return { ticket: closed, wasClosed: false }
  const ticket = await db.prepare('SELECT * FROM tickets WHERE id = ?').bind(id).first<TicketRow>()
  if (!ticket) throw unknownTicket(id)
  return { ticket, wasClosed: true }
}

/**
 * Sets the status or the assignee of a ticket; what is not given stays.
 *
 * @throws {NotFoundError} `unknown_ticket`
 * @throws {ToolError} `ticket_closed`
 */
export async function arrangeTicket(
  db: Database,
  id: number,
  {
    status,
    assigneeId,
  }: { status?: 'open' | 'pending' | undefined; assigneeId?: string | undefined },
  by: Caller,
): Promise<TicketRow> {
  const ticket = await db
    .prepare(
      `UPDATE tickets SET status = coalesce(?2, status), assignee_id = coalesce(?3, assignee_id),
         updated_by = ?4, updated_at = ?5
       WHERE id = ?1 AND status <> 'closed' RETURNING *`,
    )
    .bind(id, status ?? null, assigneeId ?? null, by.principal.id, nowSeconds())
    .first<TicketRow>()
  if (ticket) return ticket
  await readTicket(db, id, 0)
  throw new ToolError('ticket_closed', `Ticket ${id} is closed, so it was not changed.`)
}

/**
 * Moves the comments of one ticket to another and closes the first.
 *
 * @throws {NotFoundError} `unknown_ticket`
 * @throws {ToolError} `ticket_closed` when either is closed.
 */
export async function mergeInto(
  db: Database,
  from: number,
  into: number,
  by: Caller,
): Promise<{ ticket: TicketRow; moved: number }> {
  const now = nowSeconds()
  const caller = by.principal.id
  // Each statement looks for itself: somebody may close one of the two while this is under way.
  const bothOpen = `(SELECT count(*) FROM tickets WHERE id IN (?1, ?2) AND status <> 'closed') = 2`
  const [moved, touched] = await db.batch<TicketRow>([
    db
      .prepare(`UPDATE comments SET ticket_id = ?2 WHERE ticket_id = ?1 AND ${bothOpen}`)
      .bind(from, into),
    db
      .prepare(
        `UPDATE tickets SET updated_by = ?3, updated_at = ?4
         WHERE id = ?2 AND ${bothOpen} RETURNING *`,
      )
      .bind(from, into, caller, now),
    db
      .prepare(
        `UPDATE tickets SET status = 'closed', resolution = ?5, closed_by = ?3, closed_at = ?4,
           updated_by = ?3, updated_at = ?4
         WHERE id = ?1 AND ${bothOpen}`,
      )
      .bind(from, into, caller, now, `Merged into ticket ${into}`),
  ])
  const ticket = touched?.results[0]
  if (ticket) return { ticket, moved: moved?.meta.changes ?? 0 }
  for (const id of [from, into]) await readTicket(db, id, 0)
  throw new ToolError('ticket_closed', 'One of the two tickets is closed, so neither was changed.')
}

/** The rows of one statement of a batch, whose statements differ in what they return. */
const rowsOf = <Row>(result: { results: unknown[] } | undefined): Row[] =>
  // The statement beside it in the batch selects these columns.
  (result?.results ?? []) as Row[]

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

export const unknownTicket = (id: number | string): NotFoundError =>
  new NotFoundError(
    'unknown_ticket',
    `There is no ticket ${id}. search_tickets finds tickets by status, assignee or words.`,
  )

const unknownCustomer = (id: string): NotFoundError =>
  new NotFoundError(
    'unknown_customer',
    `There is no customer ${id}. Every ticket names its customer in customer_id.`,
  )
