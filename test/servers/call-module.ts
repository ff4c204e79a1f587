/** One call of a hosted module in the Worker's own runtime, on the module's own database. @module */
import { env } from 'cloudflare:workers'
import { createDispatch } from '../../src/dispatch'
import type { CallToolResult } from '../../src/protocol'
import { createRegistry } from '../../src/registry'
import type { ServerDefinition } from '../../src/sdk'
import { moduleDatabase } from '../../src/store'
import { circumstances } from '../dispatch/harness'
import { NOTHING_OUTSIDE } from '../dispatch/outside'

export interface CalledBy {
  /** The person who calls. */
  id?: string
  /** What was granted; nothing unless given. */
  scopes?: string[]
}

/**
 * Calls a tool as a signed-in person.
 *
 * @throws {Error} when the call does not even reach the tool, as for lack of a scope.
 */
export async function callModule(
  definition: ServerDefinition,
  tool: string,
  args: unknown,
  { id = 'ada', scopes = [] }: CalledBy = {},
): Promise<CallToolResult & { outcome: string }> {
  const server = createRegistry([definition]).get(definition.name)
  if (!server) throw new Error('the registry lost its only module')
  const dispatch = createDispatch({
    ...NOTHING_OUTSIDE,
    now: Date.now,
    started: async () => true,
    record: () => {},
    databaseOf: (module) => moduleDatabase(env, module),
  })
  const answer = await dispatch(
    { ...circumstances(server), method: 'tools/call', tool, args },
    {
      tenant: 'default',
      principal: { kind: 'person', id },
      client: undefined,
      scopes: new Set(scopes),
      roles: new Set(['member']),
    },
  )
  if (answer.kind !== 'complete') throw new Error(JSON.stringify(answer))
  return { ...answer.result, outcome: answer.outcome }
}
