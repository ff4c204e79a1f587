/**
 * Whether the databases are as new as this version of the Worker. A deployment replaces the code at
 * once and applies migrations before or after it; in between, and for as long as somebody forgets,
 * statements would fail one by one, or worse, not fail.
 *
 * @module
 */
import { NEWEST_MIGRATIONS } from './newest-migrations'

/** While a database is behind, it is asked at most this often per isolate. */
const ASK_AGAIN_MS = 1000

export interface SchemaCheck {
  /**
   * What is behind, as a sentence that says what to do; undefined when nothing is. A promise only
   * until the databases have been found up to date: they are asked once per isolate then, for a
   * schema never goes back.
   */
  problem(env: object, bindings: readonly string[]): Promise<string | undefined> | undefined
}

export interface SchemaCheckOptions {
  /** Milliseconds. */
  now(): number
  /** What its operator does about it. */
  remedy: string
  newest?: Readonly<Record<string, string>>
}

/** Keep one per isolate: it is the memory of what was found. */
export function createSchemaCheck({
  now,
  remedy,
  newest = NEWEST_MIGRATIONS,
}: SchemaCheckOptions): SchemaCheck {
  const upToDate = new Set<string>()
  const lastBehindAt = new Map<string, number>()

  const isBehind = async (env: object, binding: string): Promise<boolean> => {
    if (now() - (lastBehindAt.get(binding) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) return true
    const found = await hasMigration(env, binding, newest[binding])
    if (found === 'yes') upToDate.add(binding)
    if (found === 'no') lastBehindAt.set(binding, now())
    return found === 'no'
  }

  return {
    problem(env, bindings) {
      if (bindings.every((binding) => upToDate.has(binding))) return undefined
      const unknown = bindings.filter((binding) => !upToDate.has(binding))
      return (async () => {
        for (const binding of unknown) {
          if (!(await isBehind(env, binding))) continue
          return `The database ${binding} lacks the migration ${newest[binding]}, which this version of the platform needs. ${remedy}`
        }
        return undefined
      })()
    },
  }
}

/** What its operator does about a database that is behind. */
export const schemaRemedy = (local: boolean): string =>
  local
    ? 'Start it again: `npm start` applies it.'
    : 'Its operator applies it with `npm run deploy`, or with `npm run migrate -- --remote`.'

/** As wrangler records it. */
async function hasMigration(
  env: object,
  binding: string,
  name: string | undefined,
): Promise<'yes' | 'no' | 'unknown'> {
  const database: unknown = Reflect.get(env, binding)
  // No migrations, or no database: somebody else's sentence.
  if (name === undefined || !isDatabase(database)) return 'yes'
  try {
    const row = await database
      .prepare('SELECT 1 FROM d1_migrations WHERE name = ?')
      .bind(name)
      .first()
    return row ? 'yes' : 'no'
  } catch (error) {
    if (error instanceof Error && /no such table: d1_migrations/.test(error.message)) return 'no'
    // D1 does not answer. Whoever needs it will find out, and whoever does not need not wait.
    return 'unknown'
  }
}

/** A variable or another kind of binding may carry the name by mistake. */
export const isDatabase = (binding: unknown): binding is D1Database =>
  typeof binding === 'object' && binding !== null && 'prepare' in binding && 'batch' in binding
