/**
 * What a session's client wants to hear of, in SQLite beside the rest of the record, and whether the
 * hubs know. They are told while the session has a stream: without one there is nowhere to send
 * anything. The tables come with the first subscription or stream.
 *
 * @module
 */
import { hubOfTopic, LIST_TOPICS } from '../notify'
import { hasTable } from '../store'

export interface Subscription {
  uri: string
  /** What the hubs know it by. */
  topic: string
}

/** More than a client shows anybody at a time. */
export const MAX_SUBSCRIPTIONS = 100

export function subscriptionRecord({ sql }: DurableObjectStorage) {
  const exists = (): boolean => hasTable(sql, 'subscriptions')
  // What an earlier version of us wrote lacks a table of this one.
  if (exists()) sql.exec(SCHEMA)
  const has = (query: string, ...values: SqlStorageValue[]): boolean =>
    exists() && sql.exec(query, ...values).toArray().length > 0

  return {
    /** False when there is no room for another. */
    add({ uri, topic }: Subscription): boolean {
      sql.exec(SCHEMA)
      const { count } = sql
        .exec<{ count: number }>('SELECT count(*) AS count FROM subscriptions WHERE uri <> ?', uri)
        .one()
      if (count >= MAX_SUBSCRIPTIONS) return false
      sql.exec('INSERT OR REPLACE INTO subscriptions (uri, topic) VALUES (?, ?)', uri, topic)
      return true
    },

    /** What the hubs knew it by; undefined when there was none. */
    remove(uri: string): string | undefined {
      if (!exists()) return undefined
      return sql
        .exec<{ topic: string }>('DELETE FROM subscriptions WHERE uri = ? RETURNING topic', uri)
        .toArray()[0]?.topic
    },

    hasTopic: (topic: string): boolean => has('SELECT 1 FROM subscriptions WHERE topic = ?', topic),

    /** Whether there is anything that outlives the session's streams. */
    isEmpty: (): boolean => !has('SELECT 1 FROM subscriptions LIMIT 1'),

    /** All that the session is to hear of: the module's lists, and what it subscribed to. */
    topics(): string[] {
      const own = exists()
        ? sql.exec<{ topic: string }>('SELECT topic FROM subscriptions').toArray()
        : []
      return [...LIST_TOPICS, ...own.map(({ topic }) => topic)]
    },

    /**
     * The number of the next word to the hubs. It rises in every life of the object, and from one
     * record to the next where the last was dropped.
     */
    nextNumber(now: number): number {
      sql.exec(SCHEMA)
      return sql
        .exec<{ number: number }>(
          `INSERT INTO said_to_hubs (one, number, heard_at) VALUES (1, ?, 0)
            ON CONFLICT DO UPDATE SET number = max(number + 1, excluded.number)
            RETURNING number`,
          now,
        )
        .one().number
    },

    /** Epoch milliseconds at which the hubs last said which lists are new; 0 for never. */
    heardAt: (): number =>
      exists()
        ? (sql.exec<{ heard_at: number }>('SELECT heard_at FROM said_to_hubs').toArray()[0]
            ?.heard_at ?? 0)
        : 0,

    setHeardAt(now: number): void {
      sql.exec('UPDATE said_to_hubs SET heard_at = ?', now)
    },

    isKnown: (): boolean => has('SELECT 1 FROM known_to_hubs LIMIT 1'),

    /** @param isReady Whether the client is taken to be ready; else it has to say so. */
    setKnown(isReady: boolean): void {
      sql.exec(SCHEMA)
      sql.exec('INSERT OR REPLACE INTO known_to_hubs (one, ready) VALUES (1, ?)', isReady ? 1 : 0)
    },

    setUnknown(): void {
      if (exists()) sql.exec('DELETE FROM known_to_hubs')
    },

    /** Notes that the client is ready, where there is anything to tell it. */
    setReady(): void {
      if (exists()) sql.exec('UPDATE known_to_hubs SET ready = 1 WHERE ready = 0')
    },

    isReady: (): boolean => has('SELECT 1 FROM known_to_hubs WHERE ready = 1'),

    clear(): void {
      if (!exists()) return
      sql.exec('DELETE FROM subscriptions')
      sql.exec('DELETE FROM known_to_hubs')
    },
  }
}

/** Topics of a module by the hub that is to know of them. */
export const byHub = (module: string, topics: readonly string[]): Map<string, string[]> =>
  Map.groupBy(topics, (topic) => hubOfTopic(module, topic))

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subscriptions (
    uri TEXT PRIMARY KEY, topic TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS known_to_hubs (
    one INTEGER PRIMARY KEY CHECK (one = 1), ready INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS said_to_hubs (
    one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, heard_at INTEGER NOT NULL
  );`
