import * as z from 'zod'

/** What the record knows to have happened. Names are kept for good: operators search by them. */
export const AUDIT_EVENT_TYPES = [
  'client_registered',
  'client_refused',
  'signed_in',
  'sign_in_failed',
  'signed_out',
  'setup_used',
  'passkey_added',
  'passkey_removed',
  'consent_allowed',
  'consent_denied',
  'grant_issued',
  'token_refreshed',
  'refresh_reused',
  'grant_revoked',
  'grant_expired',
  'access_token_revoked',
  'access_refused',
  'call_started',
  'call_suspended',
  'call_finished',
  'records_dropped',
] as const

export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number]

/** Raised when a field changes its meaning; a field that is only added leaves it as it is. */
export const AUDIT_VERSION = 1

const word = (max: number) => z.string().min(1).max(max)
const amount = z.int().nonnegative()

/**
 * One thing that happened. Written once and never changed; what does not apply is left out. Every
 * value has been through `redact()`.
 */
export const AuditEvent = z.object({
  version: z.literal(AUDIT_VERSION),
  /** Random: however often an event is delivered, it is recorded once. */
  id: z.uuid(),
  type: z.enum(AUDIT_EVENT_TYPES),
  /** Epoch milliseconds: a call and what follows from it are often less than a second apart. */
  at: amount,
  tenant: word(63),
  /** One per HTTP request; `cf-ray` where Cloudflare gave one. */
  correlationId: word(64),
  /** One per call: a request of 2025-03-26 can carry several. */
  callId: word(64).optional(),
  /** Whose doing or whose grant it is, as `kind:id`; absent where nobody is known. */
  subject: word(160).optional(),
  /** Who acted, where it was not the subject: `client`, or `platform` by a rule of its own. */
  actor: word(160).optional(),
  clientId: word(512).optional(),
  /** What the client calls itself. Anybody can claim any name. */
  clientLabel: word(120).optional(),
  scopes: z.array(word(100)).max(32).optional(),
  module: word(32).optional(),
  /** The MCP method of a call, such as `tools/call`. */
  method: word(40).optional(),
  tool: word(64).optional(),
  /** Name of a resource or of a template, never an address: that may say whose it is. */
  resource: word(64).optional(),
  prompt: word(64).optional(),
  grantId: word(64).optional(),
  /** 128 bits of the SHA-256 of the session id, base64url: enough to tell sessions apart. */
  session: word(22).optional(),
  /** The same of a passkey's id: which one a person came in by, added or removed. */
  passkey: word(22).optional(),
  sourceAddress: word(45).optional(),
  userAgent: word(200).optional(),
  outcome: word(40),
  /** Why, in a word or two of the platform's own; never what somebody sent. */
  detail: word(200).optional(),
  durationMs: amount.optional(),
  /** Length of the arguments as JSON, and of the result, in UTF-16 code units. */
  argumentChars: amount.optional(),
  resultChars: amount.optional(),
  /** How many more of its kind were left out before this one, or dropped. */
  count: amount.optional(),
})
export type AuditEvent = z.output<typeof AuditEvent>

/** Where a request came from: the same for everything that happens in it. */
export interface AuditOrigin {
  tenant: string
  correlationId: string
  sourceAddress: string | undefined
  userAgent: string | undefined
}

/** What a room has to say of an event; the writer adds the rest. */
export type AuditFacts = Omit<AuditEvent, 'version' | 'id' | 'at' | keyof AuditOrigin>
