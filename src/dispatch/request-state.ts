/**
 * `requestState` of 2026-07-28: the call that waits, sealed, in the hands of its client. It is bound
 * to whoever was asked and to what they asked for, with its arguments; the seal itself binds it to the
 * tenant and to this use. Being sealed, it can still be sent again and again while it lives: what must
 * happen once is kept in the caller's ledger, never in here.
 *
 * @module
 */
import type { Journal } from '../handler'
import type { Sealer } from '../keys'
import type { CallLedger } from '../ledger'
import { askAgain, canonicalJson, shortDigest, utf8 } from '../lib'
import { type AskedMethod, ProtocolError } from '../protocol'
import type { Caller, Principal } from '../sdk'
import type { Call, SuspendedCall } from './call'

/** Longer journals stay in the ledger: the state travels to the client and back. */
const MAX_SEALED_JOURNAL_BYTES = 8 * 1024
/** Far more than the state of the longest journal that is sealed. */
const MAX_STATE_CHARS = 32 * 1024

export interface RequestStatePorts {
  sealer: Sealer
  /** A fresh stub of what is kept for a principal, by `kind:id`. */
  ledgerOf(subject: string): Pick<DurableObjectStub<CallLedger>, 'keepJournal' | 'readJournal'>
  /** Seconds since the epoch. */
  now(): number
}

/** The parts in the order in which they are sealed. */
type Sealed = [
  layout: 1,
  module: string,
  method: AskedMethod,
  /** The name of a tool or prompt, the address of a resource. */
  item: string,
  argumentsDigest: string,
  principalKind: Principal['kind'],
  principalId: string,
  client: string,
  callId: string,
  fingerprint: string,
  /** Epoch milliseconds. */
  expiresAt: number,
  journal: Journal | null,
  /** Of the journal, where it stays in the ledger. */
  handle: string | null,
]

/**
 * Seals a call that waits. Undefined when its journal is long and there is no room for it.
 *
 * @throws {ProtocolError} `item_failed` when the ledger cannot be reached: what the call has done by
 *   then stays done, so it must not look like one that was not begun.
 */
export async function sealRequestState(
  suspended: SuspendedCall,
  call: Call,
  { principal }: Caller,
  { sealer, ledgerOf, now }: RequestStatePorts,
): Promise<string | undefined> {
  const { callId, fingerprint, journal, expiresAt } = suspended
  const json = JSON.stringify(journal)
  const isLong = utf8(json).length > MAX_SEALED_JOURNAL_BYTES
  const handle = isLong
    ? await reach(
        () => ledgerOf(subjectOf(principal)).keepJournal(callId, json, expiresAt, now() * 1000),
        notKept,
      )
    : null
  if (handle === undefined) return undefined
  const { item, sent } = askedOf(call)
  const sealed: Sealed = [
    1,
    call.server.info.name,
    call.method,
    item,
    await shortDigest(sent),
    principal.kind,
    principal.id,
    call.labels.clientId ?? '',
    callId,
    fingerprint,
    expiresAt,
    isLong ? null : journal,
    handle,
  ]
  return sealer.seal('request-state', sealed)
}

/**
 * The call that waits behind a state, and who it waits for; undefined when it is none that this
 * caller got for exactly this call: forged, foreign and expired look alike. An anonymous caller is
 * whoever the state says, for nothing else tells who they are.
 *
 * @throws {ProtocolError} `unavailable` when the ledger cannot be reached.
 */
export async function openRequestState(
  state: string,
  call: Call,
  { principal }: Caller,
  { sealer, ledgerOf, now }: RequestStatePorts,
): Promise<{ suspended: SuspendedCall; principal: Principal } | undefined> {
  const opened =
    state.length <= MAX_STATE_CHARS ? await sealer.open('request-state', state) : undefined
  if (!Array.isArray(opened) || opened[0] !== 1) return undefined
  // What opens with this purpose and layout is what `sealRequestState` sealed.
  const [, module, method, item, digest, kind, id, client, callId, ...rest] = opened as Sealed
  const [fingerprint, expiresAt, sealedJournal, handle] = rest
  const asked = askedOf(call)
  const isTheirs =
    kind === principal.kind &&
    (kind === 'anonymous' || id === principal.id) &&
    client === (call.labels.clientId ?? '')
  const isThis =
    module === call.server.info.name &&
    method === call.method &&
    item === asked.item &&
    digest === (await shortDigest(asked.sent))
  if (!isTheirs || !isThis || expiresAt <= now() * 1000) return undefined
  const holder: Principal = { kind, id }
  const journal =
    sealedJournal ?? (await spilled(callId, handle, () => ledgerOf(subjectOf(holder))))
  return journal && { suspended: { callId, fingerprint, journal, expiresAt }, principal: holder }
}

async function spilled(
  callId: string,
  handle: string | null,
  ledger: () => ReturnType<RequestStatePorts['ledgerOf']>,
): Promise<Journal | undefined> {
  if (handle === null) return undefined
  const json = await reach(() => ledger().readJournal(callId, handle), notReadNow)
  return json === undefined ? undefined : (JSON.parse(json) as Journal) // as it was kept
}

async function reach<T>(ask: () => Promise<T>, refusal: () => ProtocolError): Promise<T> {
  try {
    return await askAgain(ask)
  } catch (cause) {
    console.warn(JSON.stringify({ event: 'journal_unreachable', detail: String(cause) }))
    throw refusal()
  }
}

const notKept = (): ProtocolError =>
  new ProtocolError(
    'item_failed',
    'This call has to ask something, and what it has come to cannot be kept right now. What it had ' +
      'done already stays done; call again in a few seconds.',
  )

const notReadNow = (): ProtocolError =>
  new ProtocolError(
    'unavailable',
    'What this call has come to cannot be read right now. Send the same answer again in a few seconds.',
  )

const subjectOf = ({ kind, id }: Principal): string => `${kind}:${id}`

/** What a call is about, and all that came with it in one spelling: clients may order fields anew. */
function askedOf(call: Call): { item: string; sent: string } {
  switch (call.method) {
    case 'tools/call':
      return { item: call.tool, sent: canonicalJson(call.args ?? {}) }
    case 'prompts/get':
      return { item: call.prompt, sent: canonicalJson(call.args ?? {}) }
    case 'resources/read':
      return { item: call.uri, sent: '' }
    case 'completion/complete':
    case 'resources/list':
      throw new Error(`${call.method} never waits for input`)
    default:
      return call satisfies never
  }
}
