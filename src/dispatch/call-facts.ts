import type { AuditFacts } from '../audit'
import type { Caller } from '../sdk'
import type { CallLabels } from './call'
import type { CallRecord, CallStart } from './record'

/** What the record says before a call changes anything. */
export const startFacts = (labels: CallLabels, caller: Caller, start: CallStart): AuditFacts => ({
  ...factsOf(labels, caller, start),
  type: 'call_started',
  outcome: 'started',
})

/**
 * What it says of a call afterwards. The words of an error stay in the log: they may quote anything,
 * and the record is for good.
 */
export function callFacts(labels: CallLabels, caller: Caller, record: CallRecord): AuditFacts[] {
  const { outcome, durationMs, resultChars, requiredScopes } = record
  const about = factsOf(labels, caller, record)
  // One that waits for an answer is not over, and may never be.
  const type = outcome === 'input_required' ? 'call_suspended' : 'call_finished'
  const ended = { type, outcome, durationMs, resultChars } as const
  if (!requiredScopes) return [Object.assign(about, ended)]
  // Where a client asks for more next, this is what it was told to ask for.
  const detail = `needs ${requiredScopes.join(' ')}`
  return [{ ...about, type: 'access_refused', outcome, detail }, Object.assign(about, ended)]
}

const NO_SCOPES: string[] = []

function factsOf(
  labels: CallLabels,
  { principal, client, scopes }: Caller,
  { callId, module, method, tool, resource, prompt, argumentChars }: CallStart,
) {
  return {
    callId,
    subject: `${principal.kind}:${principal.id}`,
    clientId: labels.clientId,
    clientLabel: client && `${client.name} ${client.version}`,
    scopes: scopes.size === 0 ? NO_SCOPES : [...scopes],
    module,
    method,
    tool,
    resource,
    prompt,
    grantId: labels.grantId,
    session: labels.session,
    argumentChars,
  }
}
