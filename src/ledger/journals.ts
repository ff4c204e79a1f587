/**
 * Journals too large to travel with their calls. A row per suspension, found by a random handle that
 * is sealed into what the client holds.
 *
 * @module
 */
import { hasTable } from '../store'

export interface Journals {
  /** Keeps one and returns its handle; undefined when there is no room for more. */
  keep(callId: string, journal: string, keepUntil: number, nowMs: number): string | undefined
  /** The journal behind a handle, if it is of this call. */
  read(callId: string, handle: string): string | undefined
  /** Drops what nobody can come back to. The time of the next row to go, or null. */
  sweep(nowMs: number): number | null
}

/** Of one ledger: questions are answered or given up, and what a loop asks must not fill it. */
export const MAX_JOURNALS_CHARS = 64 * 1024 * 1024

export function createJournals({ sql }: DurableObjectStorage): Journals {
  /** Asked each time: an object that has nothing left drops its tables. */
  const exists = (): boolean => hasTable(sql, 'journals')

  const sweep = (nowMs: number): number | null => {
    if (!exists()) return null
    sql.exec('DELETE FROM journals WHERE keep_until <= ?', nowMs)
    return sql.exec<{ next: number | null }>('SELECT min(keep_until) AS next FROM journals').one()
      .next
  }

  return {
    sweep,

    keep(callId, journal, keepUntil, nowMs) {
      sql.exec(
        `CREATE TABLE IF NOT EXISTS journals (
          handle TEXT PRIMARY KEY, call_id TEXT NOT NULL, chars INTEGER NOT NULL,
          keep_until INTEGER NOT NULL, journal TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS journals_by_end ON journals (keep_until);`,
      )
      sweep(nowMs)
      const { held } = sql
        .exec<{ held: number }>('SELECT coalesce(sum(chars), 0) AS held FROM journals')
        .one()
      if (held + journal.length > MAX_JOURNALS_CHARS) return undefined
      const handle = crypto.randomUUID()
      sql.exec(
        'INSERT INTO journals (handle, call_id, chars, keep_until, journal) VALUES (?, ?, ?, ?, ?)',
        handle,
        callId,
        journal.length,
        keepUntil,
        journal,
      )
      return handle
    },

    read(callId, handle) {
      if (!exists()) return undefined
      return sql
        .exec<{ journal: string }>(
          'SELECT journal FROM journals WHERE handle = ? AND call_id = ?',
          handle,
          callId,
        )
        .toArray()[0]?.journal
    },
  }
}
