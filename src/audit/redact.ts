/**
 * What may stand in the record. Every field has a rule: a shape it must have, or it is left out,
 * and a length. Fields without a rule do not exist, so nothing reaches the record by being passed
 * along.
 *
 * @module
 */
import { remembering, withoutCredentials } from '../lib'
import { AUDIT_VERSION, type AuditEvent, type AuditFacts, type AuditOrigin } from './audit-event'

/** A name of ours or of a standard; anything else in its place is not the name it should be. */
const NAMES = {
  correlationId: /^[\w-]{8,64}$/,
  callId: /^[\w-]{8,64}$/,
  subject: /^(anonymous|person|machine):[\w.:-]{1,140}$/,
  actor: /^(client|platform|(person|machine):[\w.:-]{1,140})$/,
  clientId: /^[\x21-\x7e]{1,512}$/,
  module: /^[a-z][a-z0-9-]{0,31}$/,
  method: /^[a-z]{1,20}\/[a-z]{1,19}$/,
  tool: /^[\w.-]{1,64}$/,
  resource: /^[\w.-]{1,64}$/,
  prompt: /^[\w.-]{1,64}$/,
  grantId: /^[\w-]{1,64}$/,
  session: /^[\w-]{22}$/,
  passkey: /^[\w-]{22}$/,
  sourceAddress: /^[0-9a-fA-F.:]{2,45}$/,
  outcome: /^[a-z_]{1,40}$/,
} as const

/** Text from outside is shown to operators: cut to length, no controls, nothing like a credential. */
const TEXT_LENGTHS = { clientLabel: 120, userAgent: 200, detail: 200 } as const

const SCOPE = /^[a-z0-9_:.-]{1,100}$/i
const MAX_SCOPES = 32

/**
 * The event that these facts make: the only way one comes to be. Pure.
 *
 * @param id 128 random bits, base64url.
 * @param at Epoch milliseconds.
 */
export function redact(
  facts: AuditFacts,
  origin: AuditOrigin,
  { id, at }: { id: string; at: number },
): AuditEvent {
  const { type, clientLabel, detail, scopes } = facts
  const { tenant, userAgent } = origin
  return {
    version: AUDIT_VERSION,
    id,
    type,
    at,
    tenant,
    correlationId: named('correlationId', origin.correlationId) ?? 'unknown',
    callId: named('callId', facts.callId),
    subject: named('subject', facts.subject),
    actor: named('actor', facts.actor),
    clientId: named('clientId', facts.clientId),
    clientLabel: clientLabel === undefined ? undefined : labelText(clientLabel),
    scopes: scopes?.filter((scope) => SCOPE.test(scope)).slice(0, MAX_SCOPES),
    module: named('module', facts.module),
    method: named('method', facts.method),
    tool: named('tool', facts.tool),
    resource: named('resource', facts.resource),
    prompt: named('prompt', facts.prompt),
    grantId: named('grantId', facts.grantId),
    session: named('session', facts.session),
    passkey: named('passkey', facts.passkey),
    sourceAddress: named('sourceAddress', origin.sourceAddress),
    userAgent: userAgent === undefined ? undefined : agentText(userAgent),
    outcome: named('outcome', facts.outcome) ?? 'unknown',
    detail: detail === undefined ? undefined : plainText(detail, TEXT_LENGTHS.detail),
    durationMs: amount(facts.durationMs),
    argumentChars: amount(facts.argumentChars),
    resultChars: amount(facts.resultChars),
    count: amount(facts.count),
    // Undefined is absent: an event is only ever read as JSON.
  } satisfies { [Field in keyof AuditEvent]-?: AuditEvent[Field] | undefined } as AuditEvent
}

const named = (field: keyof typeof NAMES, value: string | undefined): string | undefined =>
  value !== undefined && NAMES[field].test(value) ? value : undefined

// Controls, and marks that change the direction of what follows: both can fake a line of a log.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu

function plainText(value: string, max: number): string | undefined {
  // Cut generously first: the patterns need not read a megabyte that somebody sent as a name.
  const text = withoutCredentials(value.slice(0, 4 * max).replace(UNPRINTABLE, ' ')).trim()
  if (text === '') return undefined
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`
}

// Both say the same in one call after another.
const labelText = remembering((value) => plainText(value, TEXT_LENGTHS.clientLabel))
const agentText = remembering((value) => plainText(value, TEXT_LENGTHS.userAgent))

const amount = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? Math.max(0, Math.round(value)) : undefined
