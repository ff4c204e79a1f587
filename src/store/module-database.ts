import type { Database, ServerDefinition } from '../sdk'
import { databaseBinding, databaseBlock } from './module-name'
import { isDatabase } from './schema-check'

/** A module's own database, or what to do when the Worker has none for it: a sentence and the lines to add. */
export function moduleDatabase(
  env: object,
  module: string,
): { ok: true; database: Database } | { ok: false; remedy: string } {
  const name = databaseBinding(module)
  const binding: unknown = Reflect.get(env, name)
  if (isDatabase(binding)) return { ok: true, database: binding }
  const what = binding === undefined ? 'does not exist' : 'is not a D1 database'
  const problem = `Module "${module}" uses a database, but the binding ${name} ${what}.`
  return { ok: false, remedy: `${problem} Add to wrangler.toml:\n${databaseBlock(module)}` }
}

/** The binding of the platform's own database. */
export const PLATFORM_DATABASE = 'DB'

/** The databases that requests to a module come to need: who may call is in the platform's own. */
export const databasesBehind = ({ name, access, uses }: ServerDefinition): string[] => [
  ...(access === 'public' ? [] : [PLATFORM_DATABASE]),
  ...(uses.db ? [databaseBinding(name)] : []),
]
