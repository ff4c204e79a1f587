/**
 * What a call goes through when it asks for input, and when it comes back with it.
 *
 * @module
 */
import { QUESTION_MS, type Suspension } from '../handler'
import { shortDigest } from '../lib'
import { ProtocolError } from '../protocol'
import type { HostedServer } from '../registry'
import type { Item } from '../sdk'
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
  const known = fingerprints.get(item)
  if (known !== undefined) return known
  const { scopes } = item
  const code = [Reflect.get(item, 'run'), Reflect.get(item, 'read')].map(String)
  const made = await shortDigest(JSON.stringify([info.version, description, scopes, code]))
  fingerprints.set(item, made)
  return made
}

/** The end of a run that waits for answers. */
export async function suspended(
  { questions, journal }: Suspension,
  shape: Shape,
  call: Circumstances,
  { callId }: CallStart,
  ports: DispatchPorts,
): Promise<Ending<never>> {
  const lacking = lackingFor(questions, call.clientCapabilities)
  if (lacking) return refuse('missing_capability', missingCapability(shape.item.name, lacking))
  const fingerprint = await fingerprintOf(call.server, shape)
  const expiresAt = Math.min(ports.now() + QUESTION_MS, journal.startedAt + CALL_LIFE_MS)
  return {
    result: {
      kind: 'input_required',
      questions,
      suspended: { callId, fingerprint, journal, expiresAt },
    },
    outcome: 'input_required',
  }
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

/** One sentence for all that can be wrong with it: who probes learns nothing. */
const unknownState = (): ProtocolError =>
  invalid(
    'Unknown or expired requestState: nothing is waiting for this answer. Call again without it.',
  )

const itemChanged = (item: string): ProtocolError =>
  invalid(
    `"${item}" has changed since it asked: tool changed, call again, without requestState. What it had done already stays done.`,
  )
