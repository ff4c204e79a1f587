/**
 * Revision 2026-07-28: every request stands alone, so it goes from its envelope straight to the
 * core and no object is touched.
 *
 * @module
 */
import type { AuditWriter } from '../audit'
import type { Call, CallNotification, Dispatch, DispatchResult } from '../dispatch'
import { isObject, jsonOf } from '../lib'
import { isVisible } from '../policy'
import {
  CODECS,
  checkHeaderParams,
  checkStandardHeaders,
  type JsonRpcRequest,
  jsonRpcError,
  jsonRpcNotification,
  jsonRpcResult,
  type McpHeaders,
  META,
  ProtocolError,
  REVISIONS_2026,
  type RequestId,
  type RequestMeta,
  requiredScopesOf,
  scopeShortfallResult,
} from '../protocol'
import type { HostedServer } from '../registry'
import type { Caller } from '../sdk'
import type { Access } from './access'
import { type CarriedAnswer, type CarrierPorts, carryCall } from './call-carrier'
import { unexpectedError } from './error-response'

export interface StatelessRequest {
  http: Request
  server: HostedServer
  message: JsonRpcRequest
  meta: RequestMeta
  headers: McpHeaders
  caller: Caller
  access: Pick<Access, 'client' | 'grantId' | 'challenge' | 'shortfallStatus' | 'onlyReading'>
}

export interface StatelessPorts extends CarrierPorts {
  dispatch: Dispatch
  audit: AuditWriter
  correlationId: string
}

const REVISION = '2026-07-28'
/** How long a client may keep a list before asking again. */
const LIST_TTL_MS = 60_000

/** Answers one request. @throws {ProtocolError} which refuses the whole of it. */
export function answerStateless(
  request: StatelessRequest,
  ports: StatelessPorts,
): Response | Promise<Response> {
  const { message, headers } = request
  checkStandardHeaders(headers, message)
  switch (message.method) {
    case 'server/discover':
      return resultResponse(message.id, discover(request.server))
    case 'tools/list':
      return resultResponse(message.id, listTools(request))
    case 'tools/call':
      return callTool(request, ports)
    default:
      throw new ProtocolError(
        'method_not_found',
        `Method "${message.method}" is not offered here in revision ${REVISION}.`,
      )
  }
}

function discover(server: HostedServer): string {
  const { instructions } = server.definition
  return JSON.stringify({
    resultType: 'complete',
    supportedVersions: REVISIONS_2026,
    capabilities: { tools: {}, logging: {} },
    ...(instructions !== undefined && { instructions }),
    ...cacheHints(server),
    _meta: serverMeta(server),
  })
}

function listTools({ server, message, caller }: StatelessRequest): string {
  if (message.params.cursor !== undefined) {
    throw new ProtocolError('invalid_params', 'Unknown cursor; the list fits on one page.')
  }
  const rest = JSON.stringify({ ...cacheHints(server), _meta: serverMeta(server) })
  const tools = server.toolsJson(REVISION, caller.roles)
  return `{"resultType":"complete","tools":${tools},${rest.slice(1)}`
}

async function callTool(request: StatelessRequest, ports: StatelessPorts): Promise<Response> {
  const { http, server, message, meta, caller, access } = request
  const { name, arguments: args } = message.params
  if (typeof name !== 'string') {
    throw new ProtocolError('invalid_params', 'tools/call needs the name of a tool in params.name.')
  }
  const tool = server.tools.get(name)
  // A tool that does not exist for this caller must not show itself by its headers either.
  if (tool && isVisible(tool.definition, caller))
    checkHeaderParams(tool.headerParams, isObject(args) ? args : {}, http.headers)

  return carryCall(
    http,
    async (outbox, signal) => {
      const call: Call = {
        server,
        tool: name,
        args,
        clientCapabilities: meta.clientCapabilities,
        signal,
        logLevel: meta.logLevel,
        onlyReading: access.onlyReading,
        audit: ports.audit,
        correlationId: ports.correlationId,
        labels:
          access.client === ''
            ? ANONYMOUS_LABELS
            : { revision: REVISION, clientId: access.client, grantId: access.grantId },
        notify: (notification) => {
          const json = notificationOf(notification, meta)
          if (json !== undefined) outbox.put(json)
        },
      }
      try {
        return answerOf(await ports.dispatch(call, caller), request)
      } catch (cause) {
        // A bug in the middle of a stream is still answered on it.
        const error = unexpectedError(cause, ports.correlationId)
        return answerOf({ kind: 'error', error }, request)
      }
    },
    ports,
  )
}

const ANONYMOUS_LABELS = { revision: REVISION }

/** What a call says on its way, as text; undefined for what nobody asked to hear. */
function notificationOf(said: CallNotification, meta: RequestMeta): string | undefined {
  if (said.type === 'log') {
    const { level, data, logger } = said
    return jsonRpcNotification('notifications/message', { level, data: jsonOf(data), logger })
  }
  if (meta.progressToken === undefined) return undefined
  const { type: _, ...progress } = said
  return jsonRpcNotification('notifications/progress', {
    progressToken: meta.progressToken,
    ...progress,
  })
}

/** The JSON-RPC response to a finished call, in the shapes of this revision. */
function answerOf(
  done: DispatchResult,
  { message: { id }, server, access }: StatelessRequest,
): CarriedAnswer {
  switch (done.kind) {
    case 'complete': {
      const result = CODECS[REVISION].callResult(done.result)
      const own = done.result._meta
      result._meta = own ? { ...own, ...serverMeta(server) } : serverMeta(server)
      return { status: 200, json: jsonRpcResult(id, JSON.stringify(result)) }
    }
    case 'input_required': {
      const { inputRequests, requestState } = done
      const result = { resultType: 'input_required', inputRequests, requestState }
      const json = JSON.stringify({ ...result, _meta: serverMeta(server) })
      return { status: 200, json: jsonRpcResult(id, json) }
    }
    case 'task': {
      const result = { resultType: 'task', ...done.task, _meta: serverMeta(server) }
      return { status: 200, json: jsonRpcResult(id, JSON.stringify(result)) }
    }
    case 'error': {
      if (done.error.kind === 'insufficient_scope') {
        const challenge = access.challenge(requiredScopesOf(done.error))
        const shortfall = scopeShortfallResult(done.error, challenge)
        const _meta = { ...shortfall._meta, ...serverMeta(server) }
        const result = { ...CODECS[REVISION].callResult(shortfall), _meta }
        return {
          status: access.shortfallStatus,
          headers: { 'www-authenticate': challenge },
          json: jsonRpcResult(id, JSON.stringify(result)),
        }
      }
      return { status: done.error.status, json: jsonRpcError(id, done.error) }
    }
    default:
      return done satisfies never
  }
}

/** What depends on the caller must stay with that caller (M-33). */
const cacheHints = ({ definition }: HostedServer) => ({
  ttlMs: LIST_TTL_MS,
  cacheScope: definition.access === 'public' ? 'public' : 'private',
})

const serverMeta = ({ info }: HostedServer) => ({ [META.serverInfo]: serverInfo(info) })

const { serverInfo } = CODECS[REVISION]

const resultResponse = (id: RequestId, result: string): Response =>
  new Response(jsonRpcResult(id, result), {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
