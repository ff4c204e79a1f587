/**
 * The log of a session in SQLite: its streams, their events in the parts they came in, and what goes
 * when there is no room for more. What hangs on a stream goes with it. Knows no sockets.
 *
 * @module
 */
import { firstRow } from '../store'
import type { EventId, StreamKind } from './event-id'
import type { QuestionRecord } from './question-record'

/** What a log holds at most; beyond it the oldest goes, finished streams first. */
export const MAX_EVENTS = 2000
export const MAX_EVENT_CHARS = 8 * 1024 * 1024
/** How much of that is left once something had to go. */
export const KEPT_SHARE = 0.9
/** Streams opened by GET that are remembered; a client has one as a rule. */
const MAX_LISTENER_STREAMS = 16
/** Streams of calls that have ended, with or without events. */
const MAX_FINISHED_STREAMS = 500

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

export interface EventPart {
  seq: number
  part: number
  parts: number
  body: string
}

/** Its tables are there once the session's record is open. */
export function eventLog(storage: DurableObjectStorage, questions: QuestionRecord) {
  const { sql } = storage

  const one = firstRow(sql)

  const streamOf = (row: StreamColumns): StreamRow => ({
    id: row.id,
    kind: row.kind === 'get' ? 'get' : 'post',
    open: row.open === 1,
    cancelled: row.cancelled === 1,
    next: row.next_seq,
    carrier: row.carrier ?? undefined,
    touchedAt: row.touched_at,
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

  return {
    /** Opens a stream. */
    add: addStream,

    /** Takes a stream away, with all that hangs on it. */
    remove: removeStream,

    /** Makes room for streams of calls that have ended lately. */
    removeFinished(): void {
      const finished = sql
        .exec<{ id: number }>(
          'SELECT id FROM streams WHERE open = 0 ORDER BY touched_at DESC, id DESC LIMIT -1 OFFSET ?',
          MAX_FINISHED_STREAMS,
        )
        .toArray()
      for (const { id } of finished) removeStream(id)
    },

    /** Nothing follows on this stream. */
    close(stream: number, cancelled: boolean, now: number): void {
      sql.exec(
        'UPDATE streams SET open = 0, cancelled = ?, touched_at = ? WHERE id = ?',
        cancelled ? 1 : 0,
        now,
        stream,
      )
    },

    /** Everything was taken from the tables. */
    forget(): void {
      held = undefined
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

/** What the log keeps its rows in. */
export const LOG_TABLES = ['events', 'streams']

export const LOG_SCHEMA = `
  CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, open INTEGER NOT NULL DEFAULT 1,
    cancelled INTEGER NOT NULL DEFAULT 0, next_seq INTEGER NOT NULL DEFAULT 1,
    touched_at INTEGER NOT NULL, carrier TEXT
  );
  CREATE TABLE IF NOT EXISTS events (
    stream INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (stream, seq, part)
  ) WITHOUT ROWID;`
