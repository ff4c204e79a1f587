/** Calls of hosted modules in the Worker's own runtime, on their own databases. @module */
import { env } from 'cloudflare:workers'
import { type Call, createDispatch, listPage } from '../../src/dispatch'
import { createSealer, emptySealerCache } from '../../src/keys'
import { ownLedgerName } from '../../src/ledger'
import type { Ask, CallToolResult } from '../../src/protocol'
import type { Caller, ServerDefinition } from '../../src/sdk'
import { moduleDatabase } from '../../src/store'
import { circumstances, host, resultOf } from '../dispatch/harness'
import { NOTHING_OUTSIDE } from '../dispatch/outside'

export interface CalledBy {
  /** The person who calls. */
  id?: string
  /** What was granted; nothing unless given. */
  scopes?: string[]
  /** The settings of the module; none unless given. */
  config?: Record<string, unknown>
}

/** A module, as one signed-in person meets it. */
export function openModule(
  definition: ServerDefinition,
  { id = 'ada', scopes = [], config = {} }: CalledBy = {},
) {
  const server = host(definition)
  const now = () => 1_800_000_000
  const announced: unknown[] = []
  const dispatch = createDispatch({
    ...NOTHING_OUTSIDE,
    announce: (_, changes) => void announced.push(...changes),
    settingsOf: () => ({ ok: true, settings: { config, secrets: [] } }),
    now: Date.now,
    started: async () => true,
    record: () => {},
    databaseOf: (module) => moduleDatabase(env, module),
    ledgerOf: (subject) =>
      env.CALL_LEDGER.get(env.CALL_LEDGER.idFromName(`default/${ownLedgerName(subject)}`)),
  })
  const secret = crypto.getRandomValues(new Uint8Array(32)).buffer
  const current = { id: 1, secret, createdAt: now(), verifiesUntil: null }
  const readRing = async () => ({ current, older: [], idSecret: secret })
  const sealer = createSealer({ tenant: 'default', readRing, now }, emptySealerCache())
  const person: Caller = {
    tenant: 'default',
    principal: { kind: 'person', id },
    client: undefined,
    scopes: new Set(scopes),
    roles: new Set(['member']),
  }

  const ask = <A extends Ask>(asked: A, caller = person) =>
    dispatch({ ...circumstances(server), ...asked } as Call & A, caller)
  return {
    person,
    /** What it has said to have changed, all of it. */
    announced,
    ask,
    read: (uri: string, caller = person) => ask({ method: 'resources/read', uri }, caller),
    get: (prompt: string, args: object) => ask({ method: 'prompts/get', prompt, args }),
    async complete(
      of: { prompt: string } | { template: string },
      argument: string,
      value: string,
      chosen: Record<string, string> = {},
    ) {
      const asked = { method: 'completion/complete', of, argument, value, chosen } as const
      return resultOf(await ask(asked)).completion
    },
    async list(cursor?: string, caller = person) {
      const about = {
        circumstances: circumstances(server),
        caller,
        revision: '2026-07-28',
      } as const
      const page = await listPage(
        { ...about, list: 'resources', cursor },
        { sealer, dispatch, now },
      )
      return { resources: JSON.parse(page.json), nextCursor: page.nextCursor }
    },
  }
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
  by: CalledBy = {},
): Promise<CallToolResult & { outcome: string }> {
  const answer = await openModule(definition, by).ask({ method: 'tools/call', tool, args })
  if (answer.kind !== 'complete') throw new Error(JSON.stringify(answer))
  return { ...answer.result, outcome: answer.outcome }
}

/** The words a model reads of a call that failed; of one that did not, its result as text. */
export const wordsOf = ({ content: [first] }: CallToolResult): string =>
  first?.type === 'text' ? first.text : ''
