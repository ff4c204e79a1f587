import type { Completions, Database, SqlValue } from '#sdk'

/** More than this nobody looks through. */
const LIMIT = 100

/** Numbers of tickets that begin like this, newest first: of one customer, if one was chosen. */
export async function completeTicketIds(
  db: Database,
  typed: string,
  customerId?: string,
): Promise<Completions> {
  if (!/^\d{0,15}$/.test(typed)) return []
  const ofCustomer = customerId === undefined || customerId === '' ? '' : 'AND customer_id = ?2'
  return await firstColumn(
    db,
    `SELECT id FROM tickets WHERE CAST(id AS TEXT) LIKE ?1 || '%' ${ofCustomer}
      ORDER BY created_at DESC, id DESC LIMIT ${LIMIT + 1}`,
    ofCustomer === '' ? [typed] : [typed, customerId ?? ''],
  )
}

/** Ids of customers that begin like this. */
export async function completeCustomerIds(db: Database, typed: string): Promise<Completions> {
  if (!/^\d{0,15}$/.test(typed)) return []
  return await firstColumn(
    db,
    `SELECT id FROM customers WHERE id LIKE ?1 || '%' ORDER BY id LIMIT ${LIMIT + 1}`,
    [typed],
  )
}

async function firstColumn(db: Database, sql: string, values: SqlValue[]): Promise<Completions> {
  const { results } = await db
    .prepare(sql)
    .bind(...values)
    .all<{ id: string | number }>()
  return { values: results.map(({ id }) => String(id)), hasMore: results.length > LIMIT }
}
