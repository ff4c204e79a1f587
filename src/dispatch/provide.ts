import { ProtocolError } from '../protocol'
import type { Database, Injection, Item, ModuleCache, States, Uses } from '../sdk'
import type { Circumstances } from './call'
import { type Ending, refuse } from './ending'
import type { DispatchPorts } from './record'

/** What an item gets because its `uses` asks for it. */
export interface Provided {
  db?: Database
  config?: Readonly<Record<string, unknown>>
  cache?: ModuleCache
  state?: Record<string, States<unknown, unknown>>
}

/** What one run may use beside what every run has. */
export interface Provision {
  provided: Provided
  /** What its run makes for itself of what it uses. */
  uses?: Uses | undefined
  /** For `ctx.fetch` and nothing else. */
  secrets: readonly Injection[]
}

/** The one that nothing need be done with. */
export const NONE: Provided = Object.freeze({})
const NOTHING = { ok: true, provision: { provided: NONE, secrets: [] } } as const

/** What an item gets, or why it cannot have it. */
export function provide(
  { uses }: Item,
  { server }: Circumstances,
  { databaseOf, settingsOf }: DispatchPorts,
): { ok: true; provision: Provision } | { ok: false; ending: Ending<never> } {
  if (uses === undefined && !server.hasSettings) return NOTHING
  const provision: Provision = { provided: {}, uses, secrets: [] }
  if (server.hasSettings) {
    const found = settingsOf(server)
    if (!found.ok) return notConfigured(found.remedy)
    provision.secrets = found.settings.secrets
    if (uses?.config) provision.provided.config = found.settings.config
  }
  if (uses?.db) {
    const found = databaseOf(server.info.name)
    if (!found.ok) return notConfigured(found.remedy)
    provision.provided.db = found.database
  }
  return { ok: true, provision }
}

function notConfigured(remedy: string): { ok: false; ending: Ending<never> } {
  const error = new ProtocolError('not_configured', remedy)
  return { ok: false, ending: refuse('not_configured', error) }
}
