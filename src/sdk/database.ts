/**
 * A module's own D1 database, as `ctx.db`: the part of D1's API that a tool needs. Bind every value
 * that comes from a caller; SQL put together from text is how one caller reads another's rows.
 *
 * @module
 */

/** What a `?` may stand for. Booleans are stored as 0 and 1. */
export type SqlValue = string | number | boolean | null | ArrayBuffer | ArrayBufferView

export interface Database {
  prepare(sql: string): Statement
  /** Runs all in order in one transaction: either every statement takes effect or none. */
  batch<Row = Record<string, unknown>>(statements: Statement[]): Promise<QueryResult<Row>[]>
}

/** One SQL statement. `Row` is your word for what its columns are; nothing checks it. */
export interface Statement {
  /** The same statement with its `?` filled in, in order; at most 100 of them. */
  bind(...values: SqlValue[]): Statement
  /** The first row, or null when there is none. */
  first<Row = Record<string, unknown>>(): Promise<Row | null>
  all<Row = Record<string, unknown>>(): Promise<QueryResult<Row>>
  /** For statements whose rows nobody wants. */
  run(): Promise<QueryResult>
}

export interface QueryResult<Row = Record<string, unknown>> {
  /** Empty where the statement returns none. */
  results: Row[]
  meta: {
    /** Rows that were inserted, changed or deleted. */
    changes: number
    /** Rows that were looked at, in tables and indexes. */
    rows_read: number
    /** Row id of the last insert. */
    last_row_id: number
  }
}
