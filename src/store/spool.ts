/**
 * Messages that a queue would not take, kept inside a Durable Object until it does. Objects of three
 * rooms have one; each owns its tables, this file knows how to use them.
 *
 * @module
 */
import { hasTable } from './sqlite'

/** One message: its id makes keeping it twice harmless. `body` is JSON. */
export interface SpoolEntry {
  id: string
  body: string
}

export interface SpoolBatch {
  entries: SpoolEntry[]
  /** Sent after the rest if some had to be dropped, with `count` set to how many; JSON object. */
  overflow: string
}

export interface Spool {
  /** Keeps a batch and sees to it that it is sent. False when some of it had to be dropped. */
  keep(batch: SpoolBatch, nowMs: number): Promise<boolean>
  /** Sends what is due; for the object's alarm, and safe to run twice. Never throws. */
  drain(): Promise<void>
  size(): { rows: number; bytes: number; dropped: number }
}

/** What a spool sends to. A message is a JSON array of what was kept. */
export interface SpoolQueue {
  send(message: string, options: { contentType: 'text' }): Promise<unknown>
}

/** Past either, what is new is dropped: a flood must not push out what it would hide. */
export const MAX_SPOOL_ROWS = 5000
export const MAX_SPOOL_BYTES = 8 * 1024 * 1024
/** Well below the 128 KB a message may have. */
const SEND_AT_ONCE = 25
const BATCHES_PER_ALARM = 40
const FIRST_RETRY_MS = 5000
const LONGEST_RETRY_MS = 600_000
const SEND_DEADLINE_MS = 10_000

/** @param queueOf Asked for when there is something to send. */
export function createSpool(storage: DurableObjectStorage, queueOf: () => SpoolQueue): Spool {
  const { sql } = storage

  const hasSchema = (): boolean => hasTable(sql, 'spool')

  /** Not when the object wakes: one that is only probed writes nothing. */
  const createSchema = (): void => {
    sql.exec(
      `CREATE TABLE IF NOT EXISTS spool (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
        bytes INTEGER NOT NULL, body TEXT NOT NULL
      );
      CREATE TABLE IF NOT EXISTS spool_state (
        one INTEGER PRIMARY KEY CHECK (one = 1), failures INTEGER NOT NULL,
        dropped INTEGER NOT NULL, overflow TEXT
      );
      INSERT OR IGNORE INTO spool_state (one, failures, dropped) VALUES (1, 0, 0);`,
    )
  }

  const size = () => {
    if (!hasSchema()) return { rows: 0, bytes: 0, dropped: 0 }
    return sql
      .exec<{ rows: number; bytes: number; dropped: number }>(
        `SELECT count(*) AS rows, coalesce(sum(bytes), 0) AS bytes,
          (SELECT dropped FROM spool_state) AS dropped FROM spool`,
      )
      .one()
  }

  /** Sends the oldest rows. Whether there may be more. */
  const sendOldest = async (): Promise<boolean> => {
    const rows = sql
      .exec<{ seq: number; body: string }>(
        'SELECT seq, body FROM spool ORDER BY seq LIMIT ?',
        SEND_AT_ONCE,
      )
      .toArray()
    const last = rows.at(-1)
    if (!last) return false
    await send(rows.map(({ body }) => body))
    sql.exec('DELETE FROM spool WHERE seq <= ?', last.seq)
    return true
  }

  const sendOverflow = async (): Promise<void> => {
    const state = sql
      .exec<{ dropped: number; overflow: string | null }>(
        'SELECT dropped, overflow FROM spool_state',
      )
      .one()
    if (state.overflow === null) return
    await send([JSON.stringify({ ...JSON.parse(state.overflow), count: state.dropped })])
    // What was dropped while this was on its way is told the next time something is.
    sql.exec('UPDATE spool_state SET dropped = dropped - ?, overflow = NULL', state.dropped)
  }

  const send = async (bodies: string[]): Promise<void> => {
    // A queue that does not answer must not keep the object awake.
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error('no answer in time')), SEND_DEADLINE_MS)
    try {
      await Promise.race([
        queueOf().send(`[${bodies.join(',')}]`, { contentType: 'text' }),
        promise,
      ])
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    size,

    async keep({ entries, overflow }, nowMs) {
      const alarm = await storage.getAlarm()
      createSchema()
      const dropped = storage.transactionSync(() => {
        const held = size()
        let [rows, bytes, left] = [held.rows, held.bytes, 0]
        for (const { id, body } of entries) {
          if (rows >= MAX_SPOOL_ROWS || bytes + body.length > MAX_SPOOL_BYTES) {
            left += 1
            continue
          }
          const { rowsWritten } = sql.exec(
            'INSERT OR IGNORE INTO spool (id, bytes, body) VALUES (?, ?, ?)',
            id,
            body.length,
            body,
          )
          if (rowsWritten === 0) continue
          rows += 1
          bytes += body.length
        }
        if (left > 0) {
          sql.exec(
            'UPDATE spool_state SET dropped = dropped + ?, overflow = coalesce(overflow, ?)',
            left,
            overflow,
          )
        }
        return left
      })
      // In the same turn as the rows, so that one is not stored without the other. An alarm that
      // is set already keeps its own pace, unless it is for something else and much later.
      const isTheirs = alarm !== null && alarm > nowMs + LONGEST_RETRY_MS
      if (alarm === null || isTheirs) await storage.setAlarm(nowMs + FIRST_RETRY_MS)
      return dropped === 0
    },

    async drain() {
      if (!hasSchema()) return
      try {
        let more = true
        for (let sent = 0; more && sent < BATCHES_PER_ALARM; sent++) more = await sendOldest()
        if (size().rows > 0) await storage.setAlarm(Date.now())
        else await sendOverflow()
        sql.exec('UPDATE spool_state SET failures = 0 WHERE failures > 0')
      } catch (cause) {
        // Not thrown: the runtime repeats a failed alarm a few times and then forgets it.
        const { failures } = sql
          .exec<{ failures: number }>(
            'UPDATE spool_state SET failures = failures + 1 RETURNING failures',
          )
          .one()
        const wait = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures, 20), LONGEST_RETRY_MS)
        await storage.setAlarm(Date.now() + wait)
        console.warn(JSON.stringify({ event: 'spool_waits', failures, detail: String(cause) }))
      }
    },
  }
}
