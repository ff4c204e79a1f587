/**
 * What a hub keeps in SQLite: which sessions listen for what, whom a change has still to be told,
 * what has changed a moment ago, and which lists the newest version of a module has. Knows no
 * sockets, and makes its tables with the first row.
 *
 * @module
 */
import { hasTable } from '../store'
import { LIST_TOPICS, type ListPrints, type ListTopic, type Published } from './topics'

/** How long a change is remembered for those whose socket broke. */
export const REMEMBER_MS = 120_000
const MAX_REMEMBERED = 5000
/** Of one topic, and of these those of one principal; the sessions that came first go first. */
const MAX_SESSIONS = 20_000
const MAX_SESSIONS_OF_ONE = 200

export interface Listener {
  session: string
  /** Rises each time the session says that it listens. */
  since: number
}

export interface FanOut extends Published {
  id: number
  /** The last session that was told. */
  after: string
}

/** Which word of a session this is, and whose session. */
export interface SessionWord {
  /** Rises from one to the next: two of them may overtake each other on their way. */
  number: number
  /** Its principal; empty for nobody known. */
  holder: string
}

/** A list that is not what clients were told last. */
export interface NewList {
  module: string
  list: ListTopic
  print: string
}

/** @param coolMs How far apart two changes of one list are told that versions bring. */
export function hubRecord({ sql }: DurableObjectStorage, coolMs: number) {
  let isThere: boolean | undefined
  const exists = (): boolean => {
    isThere ??= hasTable(sql, 'listeners')
    return isThere
  }
  const open = (): void => {
    if (exists()) return
    sql.exec(SCHEMA)
    isThere = true
  }
  if (exists()) renew(sql)

  const has = (query: string, ...values: SqlStorageValue[]): boolean =>
    exists() && sql.exec(query, ...values).toArray().length > 0

  return {
    /** Notes that a session wants to hear of these. */
    addListener(session: string, topics: readonly string[], { number, holder }: SessionWord): void {
      open()
      for (const topic of topics) {
        sql.exec(
          `INSERT INTO listeners (topic, session, number, holder, since) VALUES (?1, ?2, ?3, ?4,
              (SELECT coalesce(max(since), 0) + 1 FROM listeners WHERE topic = ?1))
            ON CONFLICT DO UPDATE SET
              since = excluded.since, number = max(number, excluded.number)`,
          topic,
          session,
          number,
          holder,
        )
        if (holder !== '') {
          sql.exec(
            `DELETE FROM listeners WHERE topic = ?1 AND holder = ?2 AND since <=
              (SELECT since FROM listeners WHERE topic = ?1 AND holder = ?2
                ORDER BY since DESC LIMIT 1 OFFSET ?3)`,
            topic,
            holder,
            MAX_SESSIONS_OF_ONE,
          )
        }
        sql.exec(
          `DELETE FROM listeners WHERE topic = ?1 AND since <=
            (SELECT max(since) FROM listeners WHERE topic = ?1) - ?2`,
          topic,
          MAX_SESSIONS,
        )
      }
    },

    /** Unless the session has said later that it wants to hear of it. */
    removeListener(session: string, topics: readonly string[], number: number): void {
      if (!exists()) return
      for (const topic of topics) {
        sql.exec(
          'DELETE FROM listeners WHERE topic = ? AND session = ? AND number <= ?',
          topic,
          session,
          number,
        )
      }
    },

    /** One that listens no more, unless it has said meanwhile that it does. */
    dropListener(topic: string, { session, since }: Listener): void {
      sql.exec(
        'DELETE FROM listeners WHERE topic = ? AND session = ? AND since = ?',
        topic,
        session,
        since,
      )
    },

    /** Keeps a change for whoever is away. True when there are sessions to be told. */
    addChange({ topic, text }: Published, isVersion: boolean, now: number): boolean {
      open()
      sql.exec('DELETE FROM recent WHERE at < ?', now - REMEMBER_MS)
      sql.exec(
        'INSERT OR REPLACE INTO recent (topic, at, is_version) VALUES (?, ?, ?)',
        topic,
        now,
        isVersion ? 1 : 0,
      )
      if (isVersion) {
        sql.exec('INSERT OR REPLACE INTO brought (topic, at) VALUES (?, ?)', topic, now)
      }
      sql.exec(
        `DELETE FROM recent WHERE topic IN
          (SELECT topic FROM recent ORDER BY at DESC LIMIT -1 OFFSET ?)`,
        MAX_REMEMBERED,
      )
      const listens = sql.exec('SELECT 1 FROM listeners WHERE topic = ? LIMIT 1', topic).toArray()
      if (listens.length === 0) return false
      // One that is under way begins again: it tells everybody, and the same.
      sql.exec('DELETE FROM fan_outs WHERE topic = ?', topic)
      sql.exec("INSERT INTO fan_outs (topic, text, after) VALUES (?, ?, '')", topic, text)
      return true
    },

    /** Which of these changed in the last so many milliseconds. */
    changedWithin: (topics: readonly string[], milliseconds: number, now: number): string[] =>
      topics.filter((topic) =>
        has('SELECT 1 FROM recent WHERE topic = ? AND at >= ?', topic, now - milliseconds),
      ),

    /** Which of these another version has brought in the last so many milliseconds, however many. */
    broughtWithin: (topics: readonly string[], milliseconds: number, now: number): string[] =>
      topics.filter((topic) =>
        has('SELECT 1 FROM brought WHERE topic = ? AND at >= ?', topic, now - milliseconds),
      ),

    /** Keeps which lists another version has brought. */
    keepPrints(prints: Partial<ListPrints>): void {
      open()
      for (const [list, print] of Object.entries(prints)) {
        sql.exec('INSERT OR REPLACE INTO prints (list, print) VALUES (?, ?)', list, print)
      }
    },

    /** Of these, what the version has that brought them last. */
    printsOf(topics: readonly string[]): Partial<ListPrints> {
      if (topics.length === 0 || !exists()) return {}
      const rows = sql.exec<{ list: string; print: string }>('SELECT list, print FROM prints')
      const kept = rows.toArray().filter(({ list }) => topics.includes(list))
      return Object.fromEntries(kept.map(({ list, print }) => [list, print]))
    },

    nextFanOut(): FanOut | undefined {
      if (!exists()) return undefined
      return sql
        .exec<{ id: number; topic: string; text: string; after: string }>(
          'SELECT id, topic, text, after FROM fan_outs ORDER BY id LIMIT 1',
        )
        .toArray()[0]
    },

    /** The next sessions to be told, in the order of their ids. */
    listenersAfter({ topic, after }: FanOut, limit: number): Listener[] {
      return sql
        .exec<{ session: string; since: number }>(
          `SELECT session, since FROM listeners WHERE topic = ? AND session > ?
            ORDER BY session LIMIT ?`,
          topic,
          after,
          limit,
        )
        .toArray()
    },

    /** How far it has come; undefined for the end. One that was begun again is another. */
    advance({ id }: FanOut, after: string | undefined): void {
      if (after === undefined) sql.exec('DELETE FROM fan_outs WHERE id = ?', id)
      else sql.exec('UPDATE fan_outs SET after = ? WHERE id = ?', after, id)
    },

    /** Notes which lists an isolate serves. */
    setLists(prints: Readonly<Record<string, ListPrints>>): void {
      open()
      for (const [module, lists] of Object.entries(prints)) {
        for (const list of LIST_TOPICS) {
          sql.exec(
            // The first version of all is news to nobody.
            `INSERT INTO lists (module, list, told, latest, told_at) VALUES (?1, ?2, ?3, ?3, 0)
              ON CONFLICT DO UPDATE SET latest = excluded.latest WHERE latest <> excluded.latest`,
            module,
            list,
            lists[list],
          )
        }
      }
    },

    /**
     * Lists that differ from what was told last, where that is long enough ago: while a deployment
     * is under way, isolates of two versions start by turns.
     */
    newLists(now: number): NewList[] {
      if (!exists()) return []
      return sql
        .exec<{ module: string; list: string; print: string }>(
          'SELECT module, list, latest AS print FROM lists WHERE told <> latest AND told_at <= ?',
          now - coolMs,
        )
        .toArray()
        .map(({ list, ...rest }) => ({ ...rest, list: list as ListTopic })) // as `setLists` wrote it
    },

    setTold({ module, list, print }: NewList, now: number): void {
      sql.exec(
        'UPDATE lists SET told = ?, told_at = ? WHERE module = ? AND list = ?',
        print,
        now,
        module,
        list,
      )
    },

    /** When there is something to do next: fan-outs at once, lists when they may be told again. */
    due(now: number): number | undefined {
      if (!exists()) return undefined
      if (this.nextFanOut()) return now
      const { at } = sql
        .exec<{ at: number | null }>('SELECT min(told_at) AS at FROM lists WHERE told <> latest')
        .one()
      return at === null ? undefined : Math.max(at + coolMs, now)
    },
  }
}

/** What an earlier version of us wrote lacks tables and columns of this one. */
function renew(sql: SqlStorage): void {
  const hasColumns = sql
    .exec("SELECT 1 FROM pragma_table_info('listeners') WHERE name = 'number'")
    .toArray()
  if (hasColumns.length === 0) {
    sql.exec(`
    ALTER TABLE listeners ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE listeners ADD COLUMN holder TEXT NOT NULL DEFAULT '';`)
  }
  sql.exec(SCHEMA)
}

/** A deployment can be taken back, so what an earlier version writes and reads has to stay. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS recent (
    topic TEXT PRIMARY KEY, at INTEGER NOT NULL, is_version INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS brought (topic TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS recent_by_age ON recent (at);
  CREATE TABLE IF NOT EXISTS prints (list TEXT PRIMARY KEY, print TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS fan_outs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, text TEXT NOT NULL,
    after TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS lists (
    module TEXT NOT NULL, list TEXT NOT NULL, told TEXT NOT NULL, latest TEXT NOT NULL,
    told_at INTEGER NOT NULL, PRIMARY KEY (module, list)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS listeners (
    topic TEXT NOT NULL, session TEXT NOT NULL, since INTEGER NOT NULL,
    number INTEGER NOT NULL DEFAULT 0, holder TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (topic, session)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS listeners_by_age ON listeners (topic, since);
  CREATE INDEX IF NOT EXISTS listeners_by_holder ON listeners (topic, holder, since);`
