/** One row of `audit_events`; what does not apply is null. */
export interface AuditRow {
  tenant: string
  event_id: string
  version: number
  type: string
  /** Epoch milliseconds. */
  at: number
  correlation_id: string
  call_id: string | null
  subject: string | null
  actor: string | null
  client_id: string | null
  client_label: string | null
  /** Separated by spaces. */
  scopes: string | null
  module: string | null
  method: string | null
  tool: string | null
  resource: string | null
  prompt: string | null
  grant_id: string | null
  session: string | null
  passkey: string | null
  source_address: string | null
  user_agent: string | null
  outcome: string
  detail: string | null
  duration_ms: number | null
  argument_chars: number | null
  result_chars: number | null
  count: number | null
}

/** Rows of `audit_events`: added, and never changed. */
export interface AuditEvents {
  /** All of them or, when it throws, none. A row that is there already is left as it is. */
  add(rows: readonly AuditRow[]): Promise<void>
}

const COLUMNS = [
  'tenant',
  'event_id',
  'version',
  'type',
  'at',
  'correlation_id',
  'call_id',
  'subject',
  'actor',
  'client_id',
  'client_label',
  'scopes',
  'module',
  'method',
  'tool',
  'resource',
  'prompt',
  'grant_id',
  'session',
  'passkey',
  'source_address',
  'user_agent',
  'outcome',
  'detail',
  'duration_ms',
  'argument_chars',
  'result_chars',
  'count',
] as const satisfies (keyof AuditRow)[]

/** A bound value may have 2 MB; a row is a few kilobytes at the very most. */
const ROWS_A_STATEMENT = 250

export function auditEvents(db: D1Database): AuditEvents {
  // Few statements however many rows: D1 counts them, and takes a hundred parameters at most.
  const insert = `INSERT OR IGNORE INTO audit_events (${COLUMNS.join(', ')})
    SELECT ${COLUMNS.map((name) => `value ->> '${name}'`).join(', ')} FROM json_each(?)`
  return {
    async add(rows) {
      if (rows.length === 0) return
      const statements: D1PreparedStatement[] = []
      for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
        const some = JSON.stringify(rows.slice(start, start + ROWS_A_STATEMENT))
        statements.push(db.prepare(insert).bind(some))
      }
      await db.batch(statements)
    },
  }
}
