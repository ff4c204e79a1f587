/**
 * Revision 2026-07-28: every request stands alone, so it goes from its envelope straight to the
 * core and no object is touched.
 *
 * @module
 */
import type { AuditWriter } from '../audit'
import {
  type Call,
  type CallNotification,
  type Circumstances,
  type DispatchResult,
  type ListPorts,
  listAtOnce,
  listOf,
  listPage,
  offers,
  openRequestState,
  type RequestStatePorts,
  type SentPage,
  sealRequestState,
} from '../dispatch'
import { type Cancelled, isObject, jsonOf } from '../lib'
import { isVisible } from '../policy'
import {
  type AnsweredAsk,
  type AnsweredMethod,
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
  type Retry,
  readAsk,
  readRetry,
  requiredScopesOf,
  scopeShortfallResult,
  spellResult,
} from '../protocol'
import type { HostedServer, ListName } from '../registry'
import type { Caller } from '../sdk'
import type { Access } from './access'
import { type CarriedAnswer, type CarrierPorts, carryCall } from './call-carrier'
import { unexpectedError } from './error-response'
import { plainJsonResponse } from './json-response'
import { answerListen, type ListenPorts } from './listen'

export interface StatelessRequest {
  http: Request
  server: HostedServer
  message: JsonRpcRequest
  meta: RequestMeta
  headers: McpHeaders
  caller: Caller
  access: Pick<Access, 'client' | 'grantId' | 'challenge' | 'shortfallStatus' | 'onlyReading'>
}

export interface StatelessPorts extends CarrierPorts, ListPorts, ListenPorts, RequestStatePorts {
  audit: AuditWriter
  correlationId: string
  origin: string
}

const REVISION = '2026-07-28'
/** How long a client may keep a list before asking again. */
const LIST_TTL_MS = 60_000

/** Answers one request. @throws {ProtocolError} which refuses the whole of it. */
export function answerStateless(
  request: StatelessRequest,
  ports: StatelessPorts,
): Response | Promise<Response> {
  const { message, headers, server } = request
  const { method, params } = message
  checkStandardHeaders(headers, message)
  if (method === 'server/discover') return resultResponse(message.id, discover(server))
  if (offers(server, method)) {
    const ask = readAsk(method, params)
    if (ask) return answerAsk(ask, request, ports)
    const list = listOf(method)
    if (list) return answerList(list, request, ports)
  }
  if (method === 'subscriptions/listen' && server.definition.push) {
    return answerListen(listenRequest(request, ports), ports)
  }
  throw new ProtocolError(
    'method_not_found',
    `Method "${method}" is not offered here in revision ${REVISION}.`,
  )
}

const listenRequest = (request: StatelessRequest, ports: StatelessPorts) => {
  const { http, server, message, caller } = request
  return {
    http,
    server,
    id: message.id,
    params: message.params,
    caller,
    circumstances: (signal: Cancelled) => circumstancesOf(request, ports, undefined, signal),
    serverMeta: serverMeta(server),
  }
}

function discover(server: HostedServer): string {
  const { instructions } = server.definition
  return JSON.stringify({
    resultType: 'complete',
    supportedVersions: REVISIONS_2026,
    capabilities: { ...server.capabilities, logging: {} },
    ...(instructions !== undefined && { instructions }),
    ...cacheHints(server, LIST_TTL_MS),
    _meta: serverMeta(server),
  })
}

function answerList(
  list: ListName,
  request: StatelessRequest,
  ports: StatelessPorts,
): Response | Promise<Response> {
  const { server, message, caller } = request
  const { cursor } = message.params
  const whole = listAtOnce(list, cursor, REVISION, server, caller)
  if (whole !== undefined) {
    return resultResponse(message.id, listJson(list, { json: whole }, server, LIST_TTL_MS))
  }
  return carry(request, ports, async (circumstances) => {
    const asked = { list, cursor, revision: REVISION, circumstances, caller } as const
    const page = await listPage(asked, ports)
    // What an author's code lists may be different the next moment.
    const ttlMs = list === 'resources' && server.listing.length > 0 ? 0 : LIST_TTL_MS
    return { status: 200, json: jsonRpcResult(message.id, listJson(list, page, server, ttlMs)) }
  })
}

function listJson(
  list: ListName,
  { json, nextCursor }: SentPage,
  server: HostedServer,
  ttlMs: number,
): string {
  const rest = JSON.stringify({
    ...(nextCursor !== undefined && { nextCursor }),
    ...cacheHints(server, ttlMs),
    _meta: serverMeta(server),
  })
  return `{"resultType":"complete","${list}":${json},${rest.slice(1)}`
}

function answerAsk(
  ask: AnsweredAsk,
  request: StatelessRequest,
  ports: StatelessPorts,
): Promise<Response> {
  const { http, server, caller } = request
  if (ask.method === 'tools/call') {
    const { tool: name, args } = ask
    const tool = server.tools.get(name)
    // A tool that does not exist for this caller must not show itself by its headers either.
    if (tool && isVisible(tool.definition, caller))
      checkHeaderParams(tool.headerParams, isObject(args) ? args : {}, http.headers)
  }
  const retry = readRetry(ask.method, request.message.params)
  return carry(request, ports, async (circumstances) => {
    const call = Object.assign(circumstances, ask)
    const holder = retry ? await enterAgain(retry, call, caller, ports) : caller
    const done = await ports.dispatch(call, holder)
    return done.kind === 'input_required'
      ? askClient(done, call, holder, request, ports)
      : answerOf(ask, done, request)
  })
}

/** Has the call go on where the client's state says. Who it goes on for. */
async function enterAgain(
  { requestState, inputResponses }: Retry,
  call: Call,
  caller: Caller,
  ports: StatelessPorts,
): Promise<Caller> {
  if (requestState === undefined) {
    call.answers = inputResponses
    return caller
  }
  const opened = await openRequestState(requestState, call, caller, ports)
  // Refused by dispatch: who may not use the item is told that first, and the record has it.
  call.reentry = opened ? { suspended: opened.suspended, answers: inputResponses } : 'unknown'
  return opened ? { ...caller, principal: opened.principal } : caller
}

/** The questions of a call, and the state to come back with. */
async function askClient(
  { questions, suspended }: Extract<DispatchResult, { kind: 'input_required' }>,
  call: Call,
  caller: Caller,
  request: StatelessRequest,
  ports: StatelessPorts,
): Promise<CarriedAnswer> {
  const requestState = await sealRequestState(suspended, call, caller, ports)
  if (requestState === undefined) return errorAnswer(request.message.id, tooManyQuestions())
  const inputRequests = Object.fromEntries(questions.map(({ key, request }) => [key, request]))
  return finished(request, { resultType: 'input_required', inputRequests, requestState })
}

/** Not `unavailable`, after which clients send the call again: it has run up to its question. */
const tooManyQuestions = (): ProtocolError =>
  new ProtocolError(
    'item_failed',
    'Too many calls of yours wait for answers. Answer some, or wait ten minutes.',
  )

/** Runs `work` with what it says on its way, and answers with what it comes to. */
function carry(
  request: StatelessRequest,
  ports: StatelessPorts,
  work: (circumstances: Circumstances) => Promise<CarriedAnswer>,
): Promise<Response> {
  const { http, message } = request
  return carryCall(
    http,
    async (outbox, signal) => {
      try {
        return await work(circumstancesOf(request, ports, outbox, signal))
      } catch (cause) {
        // A bug in the middle of a stream is still answered on it.
        const error =
          cause instanceof ProtocolError ? cause : unexpectedError(cause, ports.correlationId)
        return errorAnswer(message.id, error)
      }
    },
    ports,
  )
}

const circumstancesOf = (
  { server, message, meta, access }: StatelessRequest,
  { audit, correlationId, origin }: StatelessPorts,
  outbox: { put(json: string): void } | undefined,
  signal: Cancelled,
): Circumstances => ({
  server,
  clientCapabilities: meta.clientCapabilities,
  signal,
  logLevel: meta.logLevel,
  requestMeta: message.params._meta,
  onlyReading: access.onlyReading,
  audit,
  correlationId,
  origin,
  labels:
    access.client === ''
      ? ANONYMOUS_LABELS
      : { revision: REVISION, clientId: access.client, grantId: access.grantId },
  notify: (notification) => {
    const json = notificationOf(notification, meta)
    if (json !== undefined) outbox?.put(json)
  },
})

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
function answerOf<Method extends AnsweredMethod>(
  { method }: { method: Method },
  done: Exclude<DispatchResult<Method>, { kind: 'input_required' }>,
  request: StatelessRequest,
): CarriedAnswer {
  const { message, server } = request
  switch (done.kind) {
    case 'complete': {
      const result = spellResult(CODECS[REVISION], method, done.result)
      // How long a resource may be kept is in the result; by whom depends on its module.
      if (method === 'resources/read') Object.assign(result, cacheScope(server))
      return finished(request, result)
    }
    case 'task':
      return finished(request, { resultType: 'task', ...done.task })
    case 'error':
      if (done.error.kind === 'insufficient_scope') return shortfall(method, done.error, request)
      return errorAnswer(message.id, done.error)
    default:
      return done satisfies never
  }
}

/** @param result New, and nobody else's. */
function finished(
  { message: { id }, server }: StatelessRequest,
  result: Record<string, unknown>,
): CarriedAnswer {
  const own = result._meta
  if (isObject(own)) result._meta = { ...own, ...serverMeta(server) }
  const json = JSON.stringify(result)
  // An object, and never an empty one.
  const whole = own ? json : `${json.slice(0, -1)},"_meta":${serverMetaJson(server)}}`
  return { status: 200, json: jsonRpcResult(id, whole) }
}

const errorAnswer = (id: RequestId, error: ProtocolError): CarriedAnswer => ({
  status: error.status,
  json: jsonRpcError(id, error),
})

/** Asks for the scopes that were lacking: the model hears of it too where a result can say it. */
function shortfall(
  method: AnsweredMethod,
  error: ProtocolError,
  request: StatelessRequest,
): CarriedAnswer {
  const { access, message } = request
  const challenge = access.challenge(requiredScopesOf(error))
  const result = scopeShortfallResult(error, challenge)
  const answer =
    method === 'tools/call'
      ? finished(request, CODECS[REVISION].callResult(result))
      : errorAnswer(message.id, error)
  const headers = { 'www-authenticate': challenge }
  return { ...answer, status: access.shortfallStatus, headers }
}

const cacheHints = (server: HostedServer, ttlMs: number) => ({ ttlMs, ...cacheScope(server) })

/** What depends on the caller must stay with that caller (M-33). */
const cacheScope = ({ definition }: HostedServer) => ({
  cacheScope: definition.access === 'public' ? 'public' : 'private',
})

const serverMeta = ({ info }: HostedServer) => ({ [META.serverInfo]: serverInfo(info) })

const { serverInfo } = CODECS[REVISION]

const serverMetas = new WeakMap<HostedServer, string>()

/** The same as JSON, made once for each module. */
function serverMetaJson(server: HostedServer): string {
  const known = serverMetas.get(server)
  if (known !== undefined) return known
  const json = JSON.stringify(serverMeta(server))
  serverMetas.set(server, json)
  return json
}

const resultResponse = (id: RequestId, result: string): Response =>
  plainJsonResponse(jsonRpcResult(id, result))
