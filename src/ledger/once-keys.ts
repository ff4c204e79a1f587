/**
 * Who may have an effect: a row per call and key, and the first writer wins. A row is claimed once
 * and settled once; a claim that runs out without being settled stays as it is, for nobody knows
 * whether its effect has happened.
 *
 * @module
 */
import { hasTable } from '../store'

/** A claim as its record has it; `settled` is JSON. */
export type OnceAnswer =
  | { kind: 'claimed'; claim: string }
  | { kind: 'settled'; settled: string }
  | { kind: 'running' }
  | { kind: 'unknown' }
  | { kind: 'full' }

export interface OnceClaim {
  callId: string
  key: string
  /** Epoch milliseconds until which whoever gets the claim may be at work. */
  leaseUntil: number
  /** Epoch milliseconds until which anybody could come back to the call. */
  keepUntil: number
  /**
   * What the whole ledger may hold before it takes no more claims. Workers of the version before this
   * bound send none, and take "full" for an effect that came to nothing.
   */
  maxBytes?: number
}

export interface OnceKeys {
  claim(asked: OnceClaim, nowMs: number): OnceAnswer
  /** False when the claim is another's, or settled. */
  settle(callId: string, key: string, claim: string, settled: string): boolean
  /** Drops what nobody can come back to. The time of the next row to go, or null. */
  sweep(nowMs: number): number | null
}

export function createOnceKeys({ sql }: DurableObjectStorage): OnceKeys {
  /** Asked each time: an object that has nothing left drops its tables. */
  const exists = (): boolean => hasTable(sql, 'once_keys')

  /** Not when the object wakes: one that is only probed writes nothing. */
  const createSchema = (): void => {
    sql.exec(
      `CREATE TABLE IF NOT EXISTS once_keys (
        call_id TEXT NOT NULL, key TEXT NOT NULL, claim TEXT NOT NULL,
        lease_until INTEGER NOT NULL, keep_until INTEGER NOT NULL, settled TEXT,
        PRIMARY KEY (call_id, key)
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS once_keys_by_end ON once_keys (keep_until);`,
    )
  }

  return {
    claim({ callId, key, leaseUntil, keepUntil, maxBytes = Number.MAX_SAFE_INTEGER }, nowMs) {
      if (!exists()) createSchema()
      if (sql.databaseSize <= maxBytes) {
        const claim = crypto.randomUUID()
        const { rowsWritten } = sql.exec(
          `INSERT OR IGNORE INTO once_keys (call_id, key, claim, lease_until, keep_until)
            VALUES (?, ?, ?, ?, ?)`,
          callId,
          key,
          claim,
          leaseUntil,
          keepUntil,
        )
        if (rowsWritten > 0) return { kind: 'claimed', claim }
      }
      // What was claimed while there was room is told of all the same.
      const [row] = sql
        .exec<{ settled: string | null; lease_until: number }>(
          'SELECT settled, lease_until FROM once_keys WHERE call_id = ? AND key = ?',
          callId,
          key,
        )
        .toArray()
      if (!row) return { kind: 'full' }
      const { settled, lease_until: lease } = row
      if (settled !== null) return { kind: 'settled', settled }
      return { kind: lease > nowMs ? 'running' : 'unknown' }
    },

    settle(callId, key, claim, settled) {
      if (!exists()) return false
      // However late it comes: what is known is better than that nobody knows.
      const { rowsWritten } = sql.exec(
        `UPDATE once_keys SET settled = ?4
          WHERE call_id = ?1 AND key = ?2 AND claim = ?3 AND settled IS NULL`,
        callId,
        key,
        claim,
        settled,
      )
      return rowsWritten > 0
    },

    sweep(nowMs) {
      if (!exists()) return null
      sql.exec('DELETE FROM once_keys WHERE keep_until <= ?', nowMs)
      return sql
        .exec<{ next: number | null }>('SELECT min(keep_until) AS next FROM once_keys')
        .one().next
    },
  }
}
