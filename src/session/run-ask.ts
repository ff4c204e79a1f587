/**
 * One call of the core for a request of a 2025 client: in the session's terms on the way in, in those
 * of its revision on the way out.
 *
 * @module
 */
import type { CallNotification, CallOutcome, Circumstances } from '../dispatch'
import { type Cancellation, isObject, jsonOf } from '../lib'
import {
  type AnsweredAsk,
  type AnsweredMethod,
  type JsonRpcRequest,
  jsonRpcNotification,
  type Params,
  ProtocolError,
  type Results,
  type RevisionCodec,
  requiredScopesOf,
  scopeShortfallResult,
  spellResult,
} from '../protocol'
import type { Caller } from '../sdk'
import { type Asking, askClient, reentryOf } from './asking'
import { unpackCapabilities } from './client-capabilities'
import type { Context } from './context'
import type { SessionClaims } from './session-id'
import type { SessionAccess, SessionRequest } from './session-ports'

export async function runAsk(
  ask: AnsweredAsk,
  message: JsonRpcRequest,
  context: Context,
  cancellation: Cancellation,
): Promise<Record<string, unknown>> {
  const { answered, ports, session, codec } = context
  // Between a question and its answer, what the person may do can have changed.
  if (answered) context.request = { ...context.request, access: await ports.currentAccess() }
  const circumstances = circumstancesOf(message.params, context, cancellation)
  const call = Object.assign(circumstances, ask)
  if (answered) call.reentry = reentryOf(answered)
  const done = await ports.dispatch(call, callerOf(session, context.request, ports.tenant))
  switch (done.kind) {
    case 'complete':
      return complete(ask, done, codec)
    case 'input_required':
      context.answered = await askClient(done, message, codec, putIn(context), cancellation)
      return runAsk(ask, message, context, cancellation)
    case 'task':
      throw new ProtocolError('internal_error', 'This call became a task, which is not offered.')
    case 'error':
      return failed(ask, done.error, context)
    default:
      return done satisfies never
  }
}

/** Puts a question after what the call has said so far. */
const putIn = (context: Context) => (asking: Asking) => {
  if (context.askingRefused) throw context.askingRefused
  context.outbox.put(asking)
}

/** What a 2025 client is told of an error. @throws {ProtocolError} the error, where no result can. */
function failed(ask: AnsweredAsk, error: ProtocolError, context: Context): Record<string, unknown> {
  const { request, codec } = context
  if (error.kind === 'insufficient_scope') {
    context.shortfall = request.access.challenge(requiredScopesOf(error))
    if (ask.method === 'tools/call') {
      return codec.callResult(scopeShortfallResult(error, context.shortfall))
    }
  }
  // A code of 2026 means nothing here; the model can still be told what the client lacks.
  if (error.kind === 'missing_client_capability' && ask.method === 'tools/call') {
    return codec.callResult({ content: [{ type: 'text', text: error.message }], isError: true })
  }
  throw error
}

/** The result a 2025 client sees. @throws {ProtocolError} */
function complete<Method extends AnsweredMethod>(
  { method }: { method: Method },
  { result, outcome }: { result: Results[Method]; outcome: CallOutcome },
  codec: RevisionCodec,
): Record<string, unknown> {
  const spelled = spellResult(codec, method, result)
  const [first] = 'content' in result ? result.content : []
  if (outcome !== 'invalid_input' || first?.type !== 'text') return spelled
  return codec.callResult(codec.invalidInput(first.text))
}

export const circumstancesOf = (
  params: Params,
  { request, ports, session, logLevel, outbox, progressHeard = Number.NEGATIVE_INFINITY }: Context,
  signal: Cancellation,
): Circumstances => ({
  server: request.server,
  clientCapabilities: unpackCapabilities(session.capabilities),
  signal,
  session,
  logLevel: logLevel ?? DEFAULT_LOG_LEVEL,
  requestMeta: params._meta,
  notify: (said: CallNotification) => {
    if (said.type === 'progress' && said.progress <= progressHeard) return
    const json = notificationOf(said, params)
    if (json !== undefined) outbox.put(json)
  },
  onlyReading: request.access.onlyReading,
  audit: ports.audit,
  correlationId: ports.correlationId,
  origin: ports.origin,
  labels: {
    revision: session.revision,
    ...labelsOf(request.access),
    session: session.label,
  },
})

/** What a client that never asked hears of (H-72 leaves it to the server). */
const DEFAULT_LOG_LEVEL = 'info'

/** What a call says on its way, as text; undefined for progress that nobody asked for (H-70). */
function notificationOf(said: CallNotification, { _meta }: Params): string | undefined {
  if (said.type === 'log') {
    const { level, data, logger } = said
    const params = { level, data: jsonOf(data), ...(logger !== undefined && { logger }) }
    return jsonRpcNotification('notifications/message', params)
  }
  const progressToken = isObject(_meta) ? _meta.progressToken : undefined
  if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return undefined
  const { type: _, ...progress } = said
  return jsonRpcNotification('notifications/progress', { progressToken, ...progress })
}

const labelsOf = ({ client, grantId }: SessionAccess) =>
  client === '' ? {} : { clientId: client, grantId }

export function callerOf(
  { principal, clientName, clientVersion }: SessionClaims,
  { access, server }: Omit<SessionRequest, 'body'>,
  tenant: string,
): Caller {
  return {
    tenant,
    principal:
      server.definition.access === 'public'
        ? { kind: 'anonymous', id: principal }
        : access.principal,
    client: clientName === '' ? undefined : { name: clientName, version: clientVersion },
    scopes: access.scopes,
    roles: access.roles,
  }
}
