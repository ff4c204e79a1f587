/**
 * What a session's record keeps of calls that wait for their client: the questions that are open,
 * the answers there are, and what whoever goes on with the call needs to know of its earlier runs.
 *
 * @module
 */
import type { CallRow } from './record'

/** A client that leaves as many questions open is not asked another. */
export const MAX_OPEN_QUESTIONS = 100

/** One question of a call. */
export interface QuestionRow {
  id: string
  /** What the client sent, as JSON; undefined while the question is open. */
  answer: string | undefined
}

/** A question as it is asked: on which event of its stream, and in which round of its call. */
export interface NewQuestion {
  id: string
  stream: number
  seq: number
  round: number
}

export type QuestionRecord = ReturnType<typeof questionRecord>

/**
 * A call asks in rounds: it runs until it can go on only with answers, asks all it has to ask, and
 * is run again once the last answer is there. A round is named by the number of its first event.
 */
export function questionRecord({ sql }: DurableObjectStorage) {
  const roundOf = (call: string): number | undefined =>
    sql.exec<{ round: number }>('SELECT round FROM rounds WHERE call = ?', call).toArray()[0]?.round

  const dropOthers = (call: string, round: number): void => {
    sql.exec('DELETE FROM entries WHERE call = ? AND round != ?', call, round)
    sql.exec('DELETE FROM questions WHERE call = ? AND round != ?', call, round)
  }

  return {
    roundOf,

    /** Keeps one part of what the next run has to know; twice changes nothing. */
    keepEntryPart(call: string, round: number, part: number, body: string): void {
      sql.exec(
        'INSERT OR IGNORE INTO entries (call, round, part, body) VALUES (?, ?, ?, ?)',
        call,
        round,
        part,
        body,
      )
    },

    /** What the next run of a call has to know, in the parts it came in. */
    entryOf(call: string): string[] {
      return sql
        .exec<{ body: string }>(
          `SELECT body FROM entries WHERE call = ?1
            AND round = (SELECT round FROM rounds WHERE call = ?1) ORDER BY part`,
          call,
        )
        .toArray()
        .map(({ body }) => body)
    },

    /** Notes that a question is asked; twice changes nothing. False when too many are open. */
    add(call: string, { id, stream, seq, round }: NewQuestion): boolean {
      const { count } = sql
        .exec<{ count: number }>(
          'SELECT count(*) AS count FROM questions WHERE answer IS NULL AND id != ?',
          id,
        )
        .one()
      if (count >= MAX_OPEN_QUESTIONS) return false
      sql.exec(
        'INSERT OR IGNORE INTO questions (id, call, stream, seq, round) VALUES (?, ?, ?, ?, ?)',
        id,
        call,
        stream,
        seq,
        round,
      )
      return true
    },

    /** All of a round is asked. False when that was known before. */
    completeRound(call: string, round: number): boolean {
      if (roundOf(call) === round) return false
      sql.exec('INSERT OR REPLACE INTO rounds (call, round) VALUES (?, ?)', call, round)
      sql.exec('DELETE FROM losses WHERE call = ?', call)
      dropOthers(call, round)
      return true
    },

    /** Counts a runner that was lost on its way from the last whole round. Returns how many were. */
    countLoss(call: string): number {
      return sql
        .exec<{ count: number }>(
          `INSERT INTO losses (call, count) VALUES (?, 1)
            ON CONFLICT (call) DO UPDATE SET count = count + 1 RETURNING count`,
          call,
        )
        .one().count
    },

    /**
     * Keeps an answer, if it is the first to its question.
     *
     * @returns The call that asked; undefined when nobody did, or not any more.
     */
    answer(id: string, answer: string): string | undefined {
      sql.exec('UPDATE questions SET answer = ? WHERE id = ? AND answer IS NULL', answer, id)
      return sql.exec<{ call: string }>('SELECT call FROM questions WHERE id = ?', id).toArray()[0]
        ?.call
    },

    /** The questions of a call's last whole round. */
    of(call: string): QuestionRow[] {
      return sql
        .exec<{ id: string; answer: string | null }>(
          `SELECT id, answer FROM questions WHERE call = ?1
            AND round = (SELECT round FROM rounds WHERE call = ?1) ORDER BY seq`,
          call,
        )
        .toArray()
        .map(({ id, answer }) => ({ id, answer: answer ?? undefined }))
    },

    /** Nobody is waited for any more: the questions are void, and answers to them change nothing. */
    withdraw(call: string): void {
      sql.exec('DELETE FROM questions WHERE call = ?', call)
    },

    /** Forgets what belongs to no whole round: its runner is gone, and asks no more. */
    dropUnfinished(call: string): void {
      dropOthers(call, roundOf(call) ?? 0)
    },

    /** Forgets all of a call that has ended. */
    drop(call: string): void {
      for (const table of TABLES) sql.exec(`DELETE FROM ${table} WHERE call = ?`, call)
    },

    /** Forgets the calls of a stream. */
    dropStream(stream: number): void {
      const calls = sql
        .exec<Pick<CallRow, 'key'>>('SELECT key FROM calls WHERE stream = ?', stream)
        .toArray()
      for (const { key } of calls) this.drop(key)
    },
  }
}

const TABLES = ['questions', 'entries', 'rounds', 'losses']

export const QUESTION_TABLES: readonly string[] = TABLES

export const QUESTION_SCHEMA = `
  CREATE TABLE IF NOT EXISTS questions (
    id TEXT PRIMARY KEY, call TEXT NOT NULL, stream INTEGER NOT NULL, seq INTEGER NOT NULL,
    round INTEGER NOT NULL, answer TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS questions_by_call ON questions (call, round);
  CREATE TABLE IF NOT EXISTS entries (
    call TEXT NOT NULL, round INTEGER NOT NULL, part INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (call, round, part)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rounds (
    call TEXT PRIMARY KEY, round INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS losses (
    call TEXT PRIMARY KEY, count INTEGER NOT NULL
  ) WITHOUT ROWID;`
