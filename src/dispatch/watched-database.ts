import type { Database, SqlValue, Statement } from '../sdk'
import type { RunEnd } from './run-with-deadline'

/** Statements that change nothing, however often they run. */
const READS = /^\s*(select|with|explain|pragma|values)\b/i

/**
 * A database that notes writes where they would be repeated. Only in development: it sees no more
 * than the first word of a statement, which is enough to tell an author and too little to refuse.
 */
export function watchedDatabase(database: Database, ended: RunEnd): Database {
  /** The statements of D1 themselves, which it alone takes in a batch. */
  const originals = new WeakMap<Statement, { statement: Statement; writes: boolean }>()
  const note = (writes: boolean): void => {
    if (writes) ended.noteEffect('ctx.db with a statement that writes')
  }
  const watched = (statement: Statement, writes: boolean): Statement => {
    const own: Statement = {
      bind: (...values: SqlValue[]) => watched(statement.bind(...values), writes),
      first: () => {
        note(writes)
        return statement.first()
      },
      all: () => {
        note(writes)
        return statement.all()
      },
      run: () => {
        note(writes)
        return statement.run()
      },
    }
    originals.set(own, { statement, writes })
    return own
  }
  return {
    prepare: (sql) => watched(database.prepare(sql), !READS.test(sql)),
    batch: (statements) => {
      const known = statements.map((own) => originals.get(own))
      note(known.some((one) => one?.writes))
      return database.batch(statements.map((own, index) => known[index]?.statement ?? own))
    },
  }
}
