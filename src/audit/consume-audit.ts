import { withoutCredentials } from '../lib'
import type { AuditEvents, AuditRow } from '../store'
import { AUDIT_VERSION, AuditEvent } from './audit-event'

const FIRST_RETRY_SECONDS = 10
const LONGEST_RETRY_SECONDS = 3600
/** A deploy replaces the consumer within minutes. */
const NEWER_VERSION_SECONDS = 300

/**
 * Writes one batch of the audit queue into the table. A message is a JSON array of events. An
 * event that comes again is ignored, one that is none is logged and dropped, and a table that cannot be
 * written is tried again later.
 */
export async function consumeAudit(batch: MessageBatch, table: AuditEvents): Promise<void> {
  const readable: { message: Message; rows: AuditRow[] }[] = []
  for (const message of batch.messages) {
    const events = eventsOf(message.body)
    if (events.some(isNewer)) {
      // While a deploy is under way an old consumer meets events of the new writer.
      message.retry({ delaySeconds: NEWER_VERSION_SECONDS })
      continue
    }
    const rows = events.flatMap((event) => readRow(event, message.id))
    if (rows.length > 0) readable.push({ message, rows })
    else message.ack()
  }
  try {
    await table.add(readable.flatMap(({ rows }) => rows))
    for (const { message } of readable) message.ack()
  } catch (cause) {
    const detail = withoutCredentials(String(cause))
    log('warn', { event: 'audit_not_written', messages: readable.length, detail })
    for (const { message } of readable) message.retry({ delaySeconds: retryDelay(message) })
  }
}

/** Whatever is no list counts as one thing that is no event. */
function eventsOf(body: unknown): unknown[] {
  try {
    const read: unknown = JSON.parse(String(body))
    return Array.isArray(read) ? read : [read]
  } catch {
    return [body]
  }
}

/** One row, or none for what is no event; the others of its message are not lost for it. */
function readRow(event: unknown, messageId: string): AuditRow[] {
  const read = AuditEvent.safeParse(event)
  if (read.success) return [rowOf(read.data)]
  // Where it is wrong, not what it holds: it did not come through `redact()`.
  const problems = read.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`)
  log('error', { event: 'audit_event_unreadable', id: messageId, problems })
  return []
}

const retryDelay = ({ attempts }: Message): number =>
  Math.min(FIRST_RETRY_SECONDS * 2 ** Math.min(attempts - 1, 20), LONGEST_RETRY_SECONDS)

function isNewer(body: unknown): boolean {
  const version: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, 'version') : undefined
  return typeof version === 'number' && version > AUDIT_VERSION
}

const rowOf = (event: AuditEvent): AuditRow => ({
  tenant: event.tenant,
  event_id: event.id,
  version: event.version,
  type: event.type,
  at: event.at,
  correlation_id: event.correlationId,
  call_id: event.callId ?? null,
  subject: event.subject ?? null,
  actor: event.actor ?? null,
  client_id: event.clientId ?? null,
  client_label: event.clientLabel ?? null,
  scopes: event.scopes?.join(' ') ?? null,
  module: event.module ?? null,
  method: event.method ?? null,
  tool: event.tool ?? null,
  resource: event.resource ?? null,
  prompt: event.prompt ?? null,
  grant_id: event.grantId ?? null,
  session: event.session ?? null,
  passkey: event.passkey ?? null,
  source_address: event.sourceAddress ?? null,
  user_agent: event.userAgent ?? null,
  outcome: event.outcome,
  detail: event.detail ?? null,
  duration_ms: event.durationMs ?? null,
  argument_chars: event.argumentChars ?? null,
  result_chars: event.resultChars ?? null,
  count: event.count ?? null,
})

const log = (level: 'warn' | 'error', line: object): void => console[level](JSON.stringify(line))
