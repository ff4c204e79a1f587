/**
 * What a call goes through when it asks for input, and when it comes back with it.
 *
 * @module
 */
import { type OpenQuestion, QUESTION_MS, type Suspension } from '../handler'
import { shortDigest } from '../lib'
import { ProtocolError } from '../protocol'
import type { HostedServer } from '../registry'
import type { Caller, Item, Principal } from '../sdk'
import type { Circumstances } from './call'
import { lackingFor } from './client-questions'
import { type Ending, refuse } from './ending'
import { invalid } from './errors'
import { CALL_LIFE_MS } from './linear-run'
import type { CallStart, DispatchPorts } from './record'

/** What of an item decides whether a run of it goes on from a journal. */
export interface Shape {
  item: Item
  /** As lists show it. */
  description: object
}

const fingerprints = new WeakMap<object, string>()

/** Tells an item from what it becomes by a change of its module: what is shown of it and its code. */
export async function fingerprintOf(
  { info }: HostedServer,
  { item, description }: Shape,
): Promise<string> {
  // Made anew wherever a module is hosted, unlike the item.
  const known = fingerprints.get(description)
  if (known !== undefined) return known
  const { scopes } = item
  const code = [Reflect.get(item, 'run'), Reflect.get(item, 'read')].map(String)
  const made = await shortDigest(JSON.stringify([info.version, description, scopes, code]))
  fingerprints.set(description, made)
  return made
}

/** The end of a run that waits for answers. */
export async function suspended(
  { questions, journal }: Suspension,
  shape: Shape,
  call: Circumstances,
  { principal }: Caller,
  { callId }: CallStart,
  ports: DispatchPorts,
): Promise<Ending<never>> {
  const lacking = lackingFor(questions, call.clientCapabilities)
  if (lacking) return refuse('missing_capability', missingCapability(shape.item.name, lacking))
  const fingerprint = await fingerprintOf(call.server, shape)
  const expiresAt = Math.min(ports.now() + QUESTION_MS, journal.startedAt + CALL_LIFE_MS)
  const opened = questions.some(opensPage)
    ? await withLinks(questions, call, principal, expiresAt, ports)
    : questions
  if (!opened) return refuse('missing_person', missingPerson(shape.item.name))
  return {
    result: {
      kind: 'input_required',
      questions: opened,
      suspended: { callId, fingerprint, journal, expiresAt },
    },
    outcome: 'input_required',
  }
}

const opensPage = ({ request }: OpenQuestion): boolean =>
  request.method === 'elicitation/create' && request.params.mode === 'url'

/** Pages by way of a link that opens for the caller alone; undefined where nobody is known (M-77). */
async function withLinks(
  questions: readonly OpenQuestion[],
  { server, origin }: Circumstances,
  { kind, id }: Principal,
  expiresAt: number,
  { questionLink }: DispatchPorts,
): Promise<readonly OpenQuestion[] | undefined> {
  if (kind !== 'person') return undefined
  const module = server.info.name
  const linked = questions.map(async ({ key, request }): Promise<OpenQuestion> => {
    if (request.method !== 'elicitation/create' || request.params.mode !== 'url') {
      return { key, request }
    }
    const page = { personId: id, module, url: request.params.url, expiresAt }
    const params = { ...request.params, url: await questionLink(origin, page) }
    return { key, request: { method: 'elicitation/create', params } }
  })
  return Promise.all(linked)
}

/** What keeps a call from going on where it was suspended; undefined when nothing does. */
export async function reentryProblem(
  shape: Shape,
  { server, reentry }: Circumstances,
  { now }: DispatchPorts,
): Promise<Ending<never> | undefined> {
  if (reentry === undefined) return undefined
  if (reentry === 'unknown' || reentry.suspended.expiresAt <= now()) {
    return refuse('unknown_state', unknownState())
  }
  const { fingerprint } = reentry.suspended
  if (fingerprint === (await fingerprintOf(server, shape))) return undefined
  return refuse('item_changed', itemChanged(shape.item.name))
}

/** @param required Shaped like MCP's ClientCapabilities. */
export const missingCapability = (item: string, required: Record<string, unknown>): ProtocolError =>
  new ProtocolError(
    'missing_client_capability',
    `"${item}" needs a client that declares: ${Object.keys(required).join(', ')}.`,
    { requiredCapabilities: required },
  )

const missingPerson = (item: string): ProtocolError =>
  new ProtocolError(
    'item_failed',
    `"${item}" has a page opened, which takes a person who is signed in here.`,
  )

/** One sentence for all that can be wrong with it: who probes learns nothing. */
const unknownState = (): ProtocolError =>
  invalid(
    'Unknown or expired requestState: nothing is waiting for this answer. Call again without it.',
  )

const itemChanged = (item: string): ProtocolError =>
  invalid(
    `"${item}" has changed since it asked: tool changed, call again, without requestState. What it had done already stays done.`,
  )
