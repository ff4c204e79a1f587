import { withoutCredentials } from '../lib'
import type { Caller } from '../sdk'
import type { CallLabels } from './call'
import type { CallRecord } from './record'

/** One line per call: who, what, how it went. Arguments and results stay out of logs. */
export function logCall(
  correlationId: string,
  traceId: string | undefined,
  labels: CallLabels,
  { tenant, principal, client }: Caller,
  record: CallRecord,
): void {
  // Spelt out: with spreads, making this object costs more than writing it down. What is undefined
  // is not written.
  console.log(
    JSON.stringify({
      event: 'call',
      correlationId,
      traceId,
      callId: record.callId,
      module: record.module,
      method: record.method,
      tool: record.tool,
      resource: record.resource,
      prompt: record.prompt,
      argumentChars: record.argumentChars,
      outcome: record.outcome,
      readOnly: record.readOnly,
      durationMs: record.durationMs,
      resultChars: record.resultChars,
      requiredScopes: record.requiredScopes,
      detail: record.detail,
      revision: labels.revision,
      clientId: labels.clientId,
      grantId: labels.grantId,
      session: labels.session,
      tenant,
      principal: `${principal.kind}:${principal.id}`,
      // Its own words, and nobody has looked at them yet.
      client: client && withoutCredentials(client.name),
      clientVersion: client && withoutCredentials(client.version),
    } satisfies Record<keyof CallRecord | keyof CallLabels | LineField, unknown>),
  )
}

type LineField =
  | 'event'
  | 'correlationId'
  | 'traceId'
  | 'tenant'
  | 'principal'
  | 'client'
  | 'clientVersion'
