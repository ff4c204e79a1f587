/**
 * The session record in SQLite: streams and their events, calls and their runners, requests that
 * were cancelled before anybody ran them, and the one row about the session itself. Knows no sockets.
 *
 * @module
 */
import type { LogLevel, RequestId } from '../protocol'
import type { EventId, StreamKind } from './event-id'
import { QUESTION_SCHEMA, QUESTION_TABLES, questionRecord } from './question-record'

/** What a log holds at most; beyond it the oldest goes, finished streams first. */
export const MAX_EVENTS = 2000
export const MAX_EVENT_CHARS = 8 * 1024 * 1024
/** How much of that is left once something had to go. */
export const KEPT_SHARE = 0.9
/** How long a stream nobody touched can be resumed. */
export const KEEP_MS = 60 * 60_000
/** Streams opened by GET that are remembered; a client has one as a rule. */
const MAX_LISTENER_STREAMS = 16
/** Streams of calls that have ended, with or without events. */
const MAX_FINISHED_STREAMS = 500
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

export interface StreamRow {
  id: number
  kind: StreamKind
  open: boolean
  cancelled: boolean
  /** The number the next event gets. */
  next: number
  /** Which connection was the last to show it; see `Introduction`. */
  carrier: string | undefined
  /** Epoch milliseconds. */
  touchedAt: number
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

export interface EventPart {
  seq: number
  part: number
  parts: number
  body: string
}

export type SessionRecord = ReturnType<typeof sessionRecord>

/** Reads and writes one session's record. Nothing is written before `open()`. */
export function sessionRecord(storage: DurableObjectStorage) {
  const { sql } = storage
  const questions = questionRecord(storage)

  const exists = (): boolean =>
    sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'session'").toArray().length > 0

  const one = <Row extends Record<string, SqlStorageValue>>(
    query: string,
    ...values: SqlStorageValue[]
  ): Row | undefined => sql.exec<Row>(query, ...values).toArray()[0]

  const streamOf = (row: StreamColumns): StreamRow => ({
    id: row.id,
    kind: row.kind === 'get' ? 'get' : 'post',
    open: row.open === 1,
    cancelled: row.cancelled === 1,
    next: row.next_seq,
    carrier: row.carrier ?? undefined,
    touchedAt: row.touched_at,
  })

  const callOf = (row: CallColumns): CallRow => ({
    key: row.key,
    stream: row.stream,
    state: row.state as CallRow['state'], // the only writers are below
    fence: row.fence,
    requests: JSON.parse(row.requests),
    message: row.message ?? undefined,
    leaseUntil: row.lease_until,
  })

  const partsKept = (stream: number, seq: number): number =>
    sql
      .exec<{ count: number }>(
        'SELECT count(*) AS count FROM events WHERE stream = ? AND seq = ?',
        stream,
        seq,
      )
      .one().count

  const addStream = (kind: StreamKind, now: number): StreamRow => {
    const { id } = sql
      .exec<{ id: number }>(
        'UPDATE session SET next_stream = next_stream + 1 RETURNING next_stream - 1 AS id',
      )
      .one()
    sql.exec('INSERT INTO streams (id, kind, touched_at) VALUES (?, ?, ?)', id, kind, now)
    return { id, kind, open: true, cancelled: false, next: 1, carrier: undefined, touchedAt: now }
  }

  /** What the log holds; counted once in each life of the object, then kept up. */
  let held: { events: number; chars: number } | undefined
  const size = (): { events: number; chars: number } => {
    held ??= sql
      .exec<{ events: number; chars: number }>(
        'SELECT count(*) AS events, coalesce(sum(length(body)), 0) AS chars FROM events',
      )
      .one()
    return held
  }

  /** Makes room: whole finished streams first, then the oldest events of the largest one. */
  const prune = (): void => {
    while (size().events > MAX_EVENTS || size().chars > MAX_EVENT_CHARS) {
      const finished = one<{ id: number }>(
        'SELECT id FROM streams WHERE open = 0 ORDER BY touched_at, id LIMIT 1',
      )
      if (finished) removeStream(finished.id)
      else if (!shortenLargest()) return
    }
  }

  /**
   * Takes away more than it must, so that the next event does not look through all of them again.
   * False when there is nothing to take: the newest event of a stream stays, whatever it weighs,
   * and so does a question that is open.
   */
  const shortenLargest = (): boolean => {
    const largest = one<{ stream: number; newest: number }>(
      `SELECT stream, min(max(seq), coalesce(asked, max(seq))) AS newest FROM events
        LEFT JOIN (SELECT stream AS asking, min(seq) AS asked FROM questions WHERE answer IS NULL
          GROUP BY stream) ON asking = stream
        GROUP BY stream HAVING min(seq) < newest ORDER BY sum(length(body)) DESC LIMIT 1`,
    )
    if (!largest) return false
    const oldest = sql.exec<{ seq: number; parts: number; chars: number }>(
      `SELECT seq, count(*) AS parts, sum(length(body)) AS chars FROM events
        WHERE stream = ? AND seq < ? GROUP BY seq ORDER BY seq`,
      largest.stream,
      largest.newest,
    )
    let { events, chars } = size()
    let last = 0
    for (const event of oldest) {
      if (events <= MAX_EVENTS * KEPT_SHARE && chars <= MAX_EVENT_CHARS * KEPT_SHARE) break
      last = event.seq
      events -= event.parts
      chars -= event.chars
    }
    sql.exec('DELETE FROM events WHERE stream = ? AND seq <= ?', largest.stream, last)
    held = undefined
    return true
  }

  const removeStream = (id: number): void => {
    held = undefined
    questions.dropStream(id)
    sql.exec('DELETE FROM events WHERE stream = ?', id)
    sql.exec('DELETE FROM calls WHERE stream = ?', id)
    sql.exec('DELETE FROM streams WHERE id = ?', id)
  }

  // What an earlier version of us wrote lacks the tables of this one. Writes nothing else.
  if (exists()) sql.exec(SCHEMA)

  return {
    exists,
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
      held = undefined
      await storage.deleteAll()
    },

    setLogLevel(level: LogLevel): void {
      sql.exec('UPDATE session SET log_level = ?', level)
    },

    /** Leaves nothing but the word that the session is over. */
    end(): void {
      storage.transactionSync(() => {
        held = undefined
        for (const table of ['events', 'calls', 'streams', 'cancellations', ...QUESTION_TABLES]) {
          sql.exec(`DELETE FROM ${table}`)
        }
        sql.exec('UPDATE session SET over = 1')
      })
    },

    stream(id: number): StreamRow | undefined {
      const row = one<StreamColumns>('SELECT * FROM streams WHERE id = ?', id)
      return row && streamOf(row)
    },

    /**
     * A new stream for messages that belong to no call, and which older ones had to go for it:
     * those that nobody is shown right now first.
     */
    addListenerStream(
      now: number,
      isCarried: (stream: number) => boolean,
    ): { stream: StreamRow; dropped: number[] } {
      const ids = sql
        .exec<{ id: number }>("SELECT id FROM streams WHERE kind = 'get' ORDER BY id")
        .toArray()
        .map(({ id }) => id)
      const inOrder = [...ids.filter((id) => !isCarried(id)), ...ids.filter(isCarried)]
      const dropped = inOrder.slice(0, Math.max(0, ids.length + 1 - MAX_LISTENER_STREAMS))
      for (const id of dropped) removeStream(id)
      return { stream: addStream('get', now), dropped }
    },

    /** The streams opened by GET, newest first. */
    listenerStreams(): StreamRow[] {
      return sql
        .exec<StreamColumns>("SELECT * FROM streams WHERE kind = 'get' ORDER BY id DESC")
        .toArray()
        .map(streamOf)
    },

    setCarrier(stream: number, carrier: string, now: number): void {
      sql.exec('UPDATE streams SET carrier = ?, touched_at = ? WHERE id = ?', carrier, now, stream)
    },

    touch(stream: number, now: number): void {
      sql.exec('UPDATE streams SET touched_at = ? WHERE id = ?', now, stream)
    },

    /** Forgets what was said in these words on streams that belong to no call. */
    dropNotices(body: string): void {
      const { rowsWritten } = sql.exec(
        `DELETE FROM events WHERE body = ? AND parts = 1 AND stream IN
          (SELECT id FROM streams WHERE kind = 'get')`,
        body,
      )
      if (rowsWritten > 0) held = undefined
    },

    /** Opens a call with a stream of its own. */
    addCall(key: string, requests: RequestId[], leaseUntil: number, now: number): CallRow {
      return storage.transactionSync(() => {
        const { id: stream } = addStream('post', now)
        const finished = sql
          .exec<{ id: number }>(
            'SELECT id FROM streams WHERE open = 0 ORDER BY touched_at DESC, id DESC LIMIT -1 OFFSET ?',
            MAX_FINISHED_STREAMS,
          )
          .toArray()
        for (const { id } of finished) removeStream(id)
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
        sql.exec(
          'UPDATE streams SET open = 0, cancelled = ?, touched_at = ? WHERE id = ?',
          cancelled ? 1 : 0,
          now,
          stream,
        )
      })
    },

    /**
     * Keeps one part of an event. True when the event is whole with it, or was before: keeping a
     * part twice changes nothing.
     */
    keepPart(stream: number, { seq, part, parts, body }: EventPart, now: number): boolean {
      return storage.transactionSync(() => {
        const { next_seq: next } = sql
          .exec<{ next_seq: number }>('SELECT next_seq FROM streams WHERE id = ?', stream)
          .one()
        if (seq < next) return true
        const { rowsWritten } = sql.exec(
          'INSERT OR IGNORE INTO events (stream, seq, part, parts, body) VALUES (?, ?, ?, ?, ?)',
          stream,
          seq,
          part,
          parts,
          body,
        )
        if (held && rowsWritten > 0) {
          held = { events: held.events + 1, chars: held.chars + body.length }
        }
        if (parts > 1 && partsKept(stream, seq) < parts) return false
        sql.exec(
          'UPDATE streams SET next_seq = ?, touched_at = ? WHERE id = ?',
          seq + 1,
          now,
          stream,
        )
        prune()
        return true
      })
    },

    /** Forgets an event that never became whole: nobody can send the rest of it any more. */
    dropUnfinished(stream: number): void {
      held = undefined
      sql.exec(
        `DELETE FROM events WHERE stream = ?1 AND seq >=
          (SELECT next_seq FROM streams WHERE id = ?1)`,
        stream,
      )
    },

    /** The whole events of a stream that are in one part, newest first. */
    newestBodies(stream: number): Iterable<string> {
      const rows = sql.exec<{ body: string }>(
        'SELECT body FROM events WHERE stream = ? AND parts = 1 ORDER BY seq DESC',
        stream,
      )
      return rows.toArray().map(({ body }) => body)
    },

    /**
     * The parts of all events after this one that are still kept, in order: a client that was away
     * for too long misses notifications, but not the response. Undefined for an id that was never
     * given out.
     */
    eventsAfter({ stream, seq }: EventId): EventPart[] | undefined {
      const row = one<{ next_seq: number }>('SELECT next_seq FROM streams WHERE id = ?', stream)
      if (!row || seq >= row.next_seq) return undefined
      return sql
        .exec<{ seq: number; part: number; parts: number; body: string }>(
          `SELECT seq, part, parts, body FROM events
            WHERE stream = ? AND seq > ? AND seq < ? ORDER BY seq, part`,
          stream,
          seq,
          row.next_seq,
        )
        .toArray()
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
      for (const { id } of idle) if (!isCarried(id)) removeStream(id)
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

interface StreamColumns extends Record<string, SqlStorageValue> {
  id: number
  kind: string
  open: number
  cancelled: number
  next_seq: number
  carrier: string | null
  touched_at: number
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
  CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, open INTEGER NOT NULL DEFAULT 1,
    cancelled INTEGER NOT NULL DEFAULT 0, next_seq INTEGER NOT NULL DEFAULT 1,
    touched_at INTEGER NOT NULL, carrier TEXT
  );
  CREATE TABLE IF NOT EXISTS events (
    stream INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (stream, seq, part)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS calls (
    key TEXT PRIMARY KEY, stream INTEGER NOT NULL, state TEXT NOT NULL, fence INTEGER NOT NULL,
    requests TEXT NOT NULL, message TEXT, lease_until INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS cancellations (
    request TEXT PRIMARY KEY, at INTEGER NOT NULL
  ) WITHOUT ROWID;
  ${QUESTION_SCHEMA}`
