/**
 * The table of what modules keep for one principal, inside their `CallLedger` object: small JSON,
 * each with a version, which changes with every write and never comes back.
 *
 * @module
 */
import { hasTable } from '../store'

/** Which state of the object's principal. */
export interface StateKey {
  module: string
  /** Of the kind of state. */
  name: string
  id: string
}

export interface KeptState {
  version: string
  /** As it was written. */
  json: string
}

export interface StateWrite {
  key: StateKey
  /** The version this is a change of; null for one that is not kept yet. */
  expected: string | null
  /** Made by the writer: the same write, sent again because its answer was lost, is one write. */
  version: string
  json: string
  /** Epoch seconds. */
  expiresAt: number
}

/** `gone`: there is none, or none any more, though `expected` names a version. */
export type WriteOutcome = 'written' | 'conflict' | 'gone'

/** The longest JSON, in bytes as UTF-8. Whoever writes has to keep to it. */
export const MAX_STATE_BYTES = 64 * 1024
/** Of one module; past either the one written longest ago goes. */
const MAX_STATES = 64
const MAX_BYTES = 1024 * 1024

export interface StateRows {
  read(key: StateKey, now: number): KeptState | undefined
  write(write: StateWrite, now: number): WriteOutcome
  delete(key: StateKey): void
  /** Drops what is over. Epoch seconds at which there is something to drop again. */
  expire(now: number): number | undefined
}

export function createStateRows(storage: DurableObjectStorage): StateRows {
  const { sql } = storage

  const hasSchema = (): boolean => hasTable(sql, 'states')

  /** Not when the object wakes: one that is only probed writes nothing. */
  const createSchema = (): void => {
    sql.exec(
      `CREATE TABLE IF NOT EXISTS states (
        module TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL,
        version TEXT NOT NULL, json TEXT NOT NULL, bytes INTEGER NOT NULL,
        seq INTEGER NOT NULL, expires_at INTEGER NOT NULL,
        PRIMARY KEY (module, name, id)
      ) WITHOUT ROWID`,
    )
  }

  const find = ({ module, name, id }: StateKey, now: number): KeptState | undefined =>
    sql
      .exec<{ version: string; json: string }>(
        `SELECT version, json FROM states
          WHERE module = ? AND name = ? AND id = ? AND expires_at > ?`,
        module,
        name,
        id,
        now,
      )
      .toArray()[0]

  const remove = ({ module, name, id }: StateKey): void => {
    sql.exec('DELETE FROM states WHERE module = ? AND name = ? AND id = ?', module, name, id)
  }

  const put = ({ key, version, json, expiresAt }: StateWrite): void => {
    sql.exec(
      `INSERT OR REPLACE INTO states (module, name, id, version, json, bytes, seq, expires_at)
        VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(seq), 0) + 1 FROM states), ?)`,
      key.module,
      key.name,
      key.id,
      version,
      json,
      new TextEncoder().encode(json).length,
      expiresAt,
    )
  }

  const makeRoom = (module: string): void => {
    const rows = sql.exec<{ name: string; id: string; bytes: number }>(
      'SELECT name, id, bytes FROM states WHERE module = ? ORDER BY seq DESC',
      module,
    )
    let [count, bytes] = [0, 0]
    for (const row of rows.toArray()) {
      count += 1
      bytes += row.bytes
      if (count > MAX_STATES || bytes > MAX_BYTES) remove({ module, ...row })
    }
  }

  return {
    read: (key, now) => (hasSchema() ? find(key, now) : undefined),

    write(write, now) {
      createSchema()
      return storage.transactionSync((): WriteOutcome => {
        const current = find(write.key, now)
        if (current?.version === write.version) return 'written'
        if ((current?.version ?? null) !== write.expected) return current ? 'conflict' : 'gone'
        put(write)
        makeRoom(write.key.module)
        return 'written'
      })
    },

    delete(key) {
      if (hasSchema()) remove(key)
    },

    expire(now) {
      if (!hasSchema()) return undefined
      sql.exec('DELETE FROM states WHERE expires_at <= ?', now)
      const { next } = sql
        .exec<{ next: number | null }>('SELECT min(expires_at) AS next FROM states')
        .one()
      return next ?? undefined
    },
  }
}
