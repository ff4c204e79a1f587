import { ProtocolError } from '../protocol'
import type { Item } from '../sdk'
import type { Circumstances } from './call'
import { type Ending, refuse } from './ending'
import type { DispatchPorts } from './record'
import type { Provided } from './tool-context'

const NOTHING = { ok: true, provided: {} } as const

/** What an item gets because its `uses` asks for it, or why it cannot have it. */
export function provide(
  { uses }: Item,
  { server }: Circumstances,
  { databaseOf }: DispatchPorts,
): { ok: true; provided: Provided } | { ok: false; ending: Ending<never> } {
  if (!uses?.db) return NOTHING
  const found = databaseOf(server.info.name)
  if (found.ok) return { ok: true, provided: { db: found.database } }
  const error = new ProtocolError('not_configured', found.remedy)
  return { ok: false, ending: refuse('not_configured', error) }
}
