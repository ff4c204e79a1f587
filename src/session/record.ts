/**
 * The session record in SQLite: calls and their runners, requests that were cancelled before anybody
 * ran them, and the one row about the session itself, beside the log and the questions. Knows no
 * sockets.
 *
 * @module
 */
import type { LogLevel, RequestId } from '../protocol'
import { firstRow, hasTable } from '../store'
import { eventLog, LOG_SCHEMA, LOG_TABLES } from './event-log'
import { QUESTION_SCHEMA, QUESTION_TABLES, questionRecord } from './question-record'

/** How long a stream nobody touched can be resumed. */
export const KEEP_MS = 60 * 60_000
/**
 * Stream numbers start anywhere below this. A session whose record was dropped for being idle
 * starts again, and an id of before must not name a stream of after.
 */
const FIRST_STREAM_BELOW = 900_000_000
/** A cancellation can overtake its request by as much. */
const KEEP_CANCELLATION_MS = 60_000
/** Of requests that nobody runs; a client has a few as a rule. */
const MAX_CANCELLATIONS = 100

export interface SessionRow {
  owner: string
  logLevel: LogLevel | undefined
  over: boolean
  /** Epoch seconds: the hard end of the session and of its tombstone. */
  expiresAt: number
}

export interface CallRow {
  key: string
  stream: number
  /**
   * `missing`: its runner is out of reach and may come back until the lease ends. `abandoned`: it
   * did not, and whoever comes for the stream may run the call. `asking`: it waits for answers of
   * its client, with a runner or without. `ready`: it has them all, and nobody goes on with it yet.
   */
  state: 'running' | 'missing' | 'abandoned' | 'asking' | 'ready' | 'done'
  fence: number
  /** Requests without an answer yet. */
  requests: RequestId[]
  /** The message to run again; undefined for a call that is run once only. */
  message: string | undefined
  /** Epoch milliseconds; of one that is running it says nothing. */
  leaseUntil: number
}

export type SessionRecord = ReturnType<typeof sessionRecord>

/** Reads and writes one session's record. Nothing is written before `open()`. */
export function sessionRecord(storage: DurableObjectStorage) {
  const { sql } = storage
  const questions = questionRecord(storage)
  const log = eventLog(storage, questions)

  const exists = (): boolean => hasTable(sql, 'session')

  const one = firstRow(sql)

  const callOf = (row: CallColumns): CallRow => ({
    key: row.key,
    stream: row.stream,
    state: row.state as CallRow['state'], // the only writers are below
    fence: row.fence,
    requests: JSON.parse(row.requests),
    message: row.message ?? undefined,
    leaseUntil: row.lease_until,
  })

  // What an earlier version of us wrote lacks the tables of this one. Writes nothing else.
  if (exists()) sql.exec(SCHEMA)

  return {
    exists,
    log,
    questions,

    /** The session's own row; undefined while nothing was ever written. */
    session(): SessionRow | undefined {
      if (!exists()) return undefined
      const row = one<{
        owner: string
        log_level: string | null
        over: number
        expires_at: number
      }>('SELECT owner, log_level, over, expires_at FROM session')
      return (
        row && {
          owner: row.owner,
          logLevel: (row.log_level ?? undefined) as LogLevel | undefined, // as `setLogLevel` wrote it
          over: row.over === 1,
          expiresAt: row.expires_at,
        }
      )
    },

    /** Makes the tables and the session's row, where they are not there yet. */
    open(owner: string, expiresAt: number): void {
      if (exists()) return
      sql.exec(SCHEMA)
      const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
      sql.exec(
        'INSERT INTO session (one, owner, over, expires_at, next_stream) VALUES (1, ?, 0, ?, ?)',
        owner,
        expiresAt,
        1 + (random % FIRST_STREAM_BELOW),
      )
    },

    /** Leaves nothing at all. */
    async drop(): Promise<void> {
      log.forget()
      await storage.deleteAll()
    },

    setLogLevel(level: LogLevel): void {
      sql.exec('UPDATE session SET log_level = ?', level)
    },

    /** Leaves nothing but the word that the session is over. */
    end(): void {
      storage.transactionSync(() => {
        log.forget()
        for (const table of [...LOG_TABLES, 'calls', 'cancellations', ...QUESTION_TABLES]) {
          sql.exec(`DELETE FROM ${table}`)
        }
        sql.exec('UPDATE session SET over = 1')
      })
    },

    /** Opens a call with a stream of its own. */
    addCall(key: string, requests: RequestId[], leaseUntil: number, now: number): CallRow {
      return storage.transactionSync(() => {
        const { id: stream } = log.add('post', now)
        log.removeFinished()
        sql.exec(
          `INSERT INTO calls (key, stream, state, fence, requests, lease_until)
            VALUES (?, ?, 'running', 1, ?, ?)`,
          key,
          stream,
          JSON.stringify(requests),
          leaseUntil,
        )
        return { key, stream, state: 'running', fence: 1, requests, message: undefined, leaseUntil }
      })
    },

    call(key: string): CallRow | undefined {
      const row = one<CallColumns>('SELECT * FROM calls WHERE key = ?', key)
      return row && callOf(row)
    },

    callOfStream(stream: number): CallRow | undefined {
      const row = one<CallColumns>('SELECT * FROM calls WHERE stream = ?', stream)
      return row && callOf(row)
    },

    /** Calls that have not ended. */
    openCalls(): CallRow[] {
      return sql
        .exec<CallColumns>("SELECT * FROM calls WHERE state != 'done'")
        .toArray()
        .map(callOf)
    },

    setMessage(key: string, message: string): void {
      sql.exec('UPDATE calls SET message = ? WHERE key = ?', message, key)
    },

    setState(key: string, state: CallRow['state'], fence: number, leaseUntil: number): void {
      sql.exec(
        'UPDATE calls SET state = ?, fence = ?, lease_until = ? WHERE key = ?',
        state,
        fence,
        leaseUntil,
        key,
      )
    },

    setRequests(key: string, requests: RequestId[]): void {
      sql.exec('UPDATE calls SET requests = ? WHERE key = ?', JSON.stringify(requests), key)
    },

    /** A call that has ended, and its stream with it. Only a runner with this fence is its own. */
    finish({ key, stream, fence }: CallRow, cancelled: boolean, now: number): void {
      storage.transactionSync(() => {
        questions.drop(key)
        sql.exec(
          "UPDATE calls SET state = 'done', fence = ?, message = NULL WHERE key = ?",
          fence,
          key,
        )
        log.close(stream, cancelled, now)
      })
    },

    /** Notes that a request nobody runs yet, as far as this object knows, was cancelled. */
    addCancellation(request: RequestId, now: number): void {
      sql.exec('DELETE FROM cancellations WHERE at < ?', now - KEEP_CANCELLATION_MS)
      sql.exec(
        'INSERT OR REPLACE INTO cancellations (request, at) VALUES (?, ?)',
        JSON.stringify(request),
        now,
      )
      sql.exec(
        `DELETE FROM cancellations WHERE request NOT IN
          (SELECT request FROM cancellations ORDER BY at DESC, request LIMIT ?)`,
        MAX_CANCELLATIONS,
      )
    },

    /** Which of these requests were cancelled before; it is forgotten with this. */
    takeCancellations(requests: RequestId[], now: number): RequestId[] {
      return requests.filter(
        (request) =>
          sql.exec(
            'DELETE FROM cancellations WHERE request = ? AND at >= ?',
            JSON.stringify(request),
            now - KEEP_CANCELLATION_MS,
          ).rowsWritten > 0,
      )
    },

    /** Drops what nobody has touched for long. Whether anything worth keeping is left. */
    dropIdle(now: number, isCarried: (stream: number) => boolean): boolean {
      const idle = sql
        .exec<{ id: number }>(
          `SELECT id FROM streams WHERE touched_at <= ? AND id NOT IN
            (SELECT stream FROM calls WHERE state != 'done')`,
          now - KEEP_MS,
        )
        .toArray()
      for (const { id } of idle) if (!isCarried(id)) log.remove(id)
      sql.exec('DELETE FROM cancellations WHERE at < ?', now - KEEP_CANCELLATION_MS)
      return (
        this.hasPassing() ||
        one('SELECT 1 FROM session WHERE log_level IS NOT NULL OR over = 1') !== undefined
      )
    },

    /** Whether there is anything that is dropped when nobody touches it for long. */
    hasPassing(): boolean {
      return (
        one('SELECT 1 FROM streams LIMIT 1') !== undefined ||
        one('SELECT 1 FROM cancellations LIMIT 1') !== undefined
      )
    },
  }
}

interface CallColumns extends Record<string, SqlStorageValue> {
  key: string
  stream: number
  state: string
  fence: number
  requests: string
  message: string | null
  lease_until: number
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS session (
    one INTEGER PRIMARY KEY CHECK (one = 1), owner TEXT NOT NULL, log_level TEXT,
    over INTEGER NOT NULL, expires_at INTEGER NOT NULL, next_stream INTEGER NOT NULL
  );
  ${LOG_SCHEMA}
  CREATE TABLE IF NOT EXISTS calls (
    key TEXT PRIMARY KEY, stream INTEGER NOT NULL, state TEXT NOT NULL, fence INTEGER NOT NULL,
    requests TEXT NOT NULL, message TEXT, lease_until INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS cancellations (
    request TEXT PRIMARY KEY, at INTEGER NOT NULL
  ) WITHOUT ROWID;
  ${QUESTION_SCHEMA}`
