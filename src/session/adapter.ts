/**
 * The 2025 rim: turns messages of the three revisions with a handshake into calls of the core, and
 * results back: as plain JSON while a call is quick and silent, else on a stream.
 *
 * @module
 */
import type { AuditWriter } from '../audit'
import type { Jurisdiction } from '../config'
import {
  type CallNotification,
  type CallOutcome,
  type Circumstances,
  changeOf,
  type ListPorts,
  listAtOnce,
  listOf,
  listPage,
  mayHear,
  offers,
} from '../dispatch'
import { askAgain, Cancellation, isObject, jsonOf, Outbox, startTimer } from '../lib'
import { readNotice, topicOf } from '../notify'
import {
  type AnsweredAsk,
  type AnsweredMethod,
  CODECS,
  isRevision2025,
  type JsonRpcMessage,
  type JsonRpcRequest,
  jsonRpcError,
  jsonRpcNotification,
  jsonRpcResult,
  LOG_LEVELS,
  type LogLevel,
  NEWEST_2025,
  type Params,
  ProtocolError,
  type RequestId,
  type Results,
  type Revision2025,
  type RevisionCodec,
  readAsk,
  readMessage,
  requiredScopesOf,
  scopeShortfallResult,
  spellResult,
} from '../protocol'
import type { HostedServer, ListName } from '../registry'
import type { Caller, Principal } from '../sdk'
import { type Answered, type Asking, askClient, readEntry, reentryOf, type Said } from './asking'
import { packCapabilities, unpackCapabilities } from './client-capabilities'
import { readEventId } from './event-id'
import { PART_CHARS, type SessionOwner } from './frames'
import { type AdoptedCall, listen } from './listener'
import type { McpSession } from './mcp-session'
import { mintSessionId, type OpenedSession, openSessionId, type SessionClaims } from './session-id'
import { EARLY_STATE_URL, readState, type SessionState, STATE_URL } from './state'
import {
  ALONE_MS,
  cannotAsk,
  type StreamedCall,
  type StreamOptions,
  streamCall,
  takeOverCall,
} from './streamed-call'
import { substitute } from './substitute'

export interface SessionPorts extends ListPorts {
  audit: AuditWriter
  /** A fresh stub of a session's object: a crash breaks the old ones for good. */
  sessionObject(session: SessionClaims): SessionObject
  waitUntil(work: Promise<unknown>): void
  /** Logs a bug of ours, and makes what its client is told of it. */
  unexpected(cause: unknown): ProtocolError
  /** Watches whether what this request opened may go on, with `some` or `all` of its access left. */
  watch(onEnded: () => void, keeps?: 'some' | 'all'): { stop(): void }
  /** Whether the session's person still has its client let in. */
  hasGrant(): Promise<boolean>
  /**
   * What this request may act as by now.
   *
   * @throws {ProtocolError} when it may not any more.
   */
  currentAccess(): Promise<SessionAccess>
  correlationId: string
  /** The platform's own origin as this client reaches it. */
  origin?: string
  tenant: string
  jurisdiction: Jurisdiction | undefined
}

/** One POST of a 2025 client, its body read and classified. */
export interface SessionRequest {
  server: HostedServer
  /** One message, or the elements of an array. */
  body: JsonRpcMessage | JsonRpcMessage[]
  sessionId: string | undefined
  /** The `MCP-Protocol-Version` header. */
  protocolVersion: string | undefined
  /** Who is calling now; a new anonymous principal when nobody signed in. */
  access: SessionAccess
}

/** The object of a session, as far as requests use it. */
export type SessionObject = Pick<
  DurableObjectStub<McpSession>,
  'setLogLevel' | 'subscribe' | 'unsubscribe' | 'cancel' | 'answer' | 'end' | 'fetch'
>

/** What a request may act as, and how it is told that this is not enough. */
export interface SessionAccess {
  principal: Principal
  /** The OAuth client; empty for a public module. */
  client: string
  /** Empty for a public module. */
  grantId: string
  scopes: ReadonlySet<string>
  roles: ReadonlySet<string>
  onlyReading: boolean
  /** The `WWW-Authenticate` value that asks for these scopes. */
  challenge(scopes: readonly string[]): string
}

/** What to answer: JSON text, an event stream, or nothing but 202. */
export interface SessionReply {
  /** Set on the answer to `initialize`. */
  sessionId?: string
  /** One JSON-RPC message or an array of them; undefined means accepted without an answer. */
  json?: string | undefined
  stream?: ReadableStream<Uint8Array>
  /** The challenge to send along when the one call asked for lacks a scope. */
  shortfall?: string
}

const MAX_BATCH = 50
/** What a call may say before anybody takes it; notifications are hints, and more is dropped. */
const MAX_UNSAID_CHARS = 2 * 1024 * 1024
/** Of each, beside its characters. */
const MESSAGE_CHARS = 200
/** A call that stays silent for as long is answered on a stream. */
const SILENT_MS = 1000
/** More than the longest chain of promises a call passes when none of them waits. */
const QUICK_TURNS = 60

/**
 * Answers one POST.
 *
 * @throws {ProtocolError} where the whole request is refused rather than one message in it:
 *   `invalid_request` without a session id, `session_gone` for an id that is not ours or over,
 *   `unavailable` when nobody can tell.
 */
export async function answerSession(
  request: SessionRequest,
  ports: SessionPorts,
): Promise<SessionReply> {
  const { body } = request
  if (!Array.isArray(body) && body.kind === 'request' && body.method === 'initialize') {
    return initialize(body, request, ports)
  }
  const session = await requireSession(request, ports)
  if (Array.isArray(body)) checkBatch(body, session.revision)
  const messages = Array.isArray(body) ? body : [body]
  const { logLevel } = await requireLiving(session, ports, messages.some(isOfReadyClient))
  await cancelOthers(messages, session, request, ports)
  const requests = messages.filter((message) => message.kind === 'request')
  if (requests.length < messages.length) {
    await passAnswers(messages, { request, ports, session, logLevel })
  }
  if (requests.length === 0) return { json: undefined }

  const context = contextOf({ request, ports, session, logLevel })
  if (requests.length > 1) context.askingRefused = askedInArray()
  const running = requests.map((message) => ({ id: message.id, body: run(message, context) }))
  const answers = await quickly(running, context, silenceFor(requests, request.server))
  if (!answers) {
    const stream = await promote(running, requests, context)
    if (stream) return { stream }
    refuseAsking(context)
  }
  const said = answers ?? (await Promise.all(running.map(({ body }) => body)))
  const json = said.filter((answer) => answer !== undefined)
  if (Array.isArray(body)) return { json: json.length > 0 ? `[${json.join(',')}]` : undefined }
  const { shortfall } = context
  return shortfall === undefined ? { json: json[0] } : { json: json[0], shortfall }
}

/** Answers a GET: a stream of notices, or what is missing of the stream `lastEventId` is from. */
export async function listenToSession(
  request: Omit<SessionRequest, 'body'> & { lastEventId: string | undefined },
  ports: SessionPorts,
): Promise<ReadableStream<Uint8Array>> {
  const { lastEventId } = request
  const session = await requireSession(request, ports)
  const from = lastEventId === undefined ? undefined : readEventId(lastEventId)
  if (lastEventId !== undefined && !from) {
    throw new ProtocolError('invalid_request', 'Last-Event-ID is none that this session gave out.')
  }
  const listening = await listen({
    object: () => ports.sessionObject(session),
    session: ownerOf(session, request, ports),
    from,
    primes: CODECS[session.revision].primesStreams,
    adopt: (call) => adopt(call, { request, ports, session, logLevel: undefined }),
    mayHear(text) {
      const notice = readNotice(text)
      // What is no notice belongs to the client whatever it may read by now.
      return !notice || mayHear(notice, request.server, request.access)
    },
    waitUntil: ports.waitUntil,
    watch: watchOf(session, request, ports, 'all'),
  })
  if (listening.ok) return listening.body
  switch (listening.reason) {
    case 'over':
      throw sessionGone()
    case 'gone':
      throw new ProtocolError(
        'invalid_request',
        'What followed that event is no longer kept. Send the request again, if it may be repeated.',
      )
    // Clients come back after an error or a cancellation too, and only this keeps them from trying
    // again every second.
    case 'cancelled':
      throw new ProtocolError('method_not_allowed', 'That request was cancelled; nothing follows.')
    case 'ended':
      throw new ProtocolError('method_not_allowed', 'That was the last event; nothing follows.')
    case 'unreachable':
    case 'superseded':
    case 'taken':
      // The last two are said to those who had a call or a stream before.
      throw unavailable()
    default:
      return listening.reason satisfies never
  }
}

/** Answers a DELETE: the session is over, everywhere and for good. */
export async function endSession(
  request: Omit<SessionRequest, 'body'>,
  ports: SessionPorts,
): Promise<void> {
  const session = await requireSession(request, ports)
  await requireLiving(session, ports)
  const owner = ownerOf(session, request, ports)
  await reach(() => ports.sessionObject(session).end(owner))
}

interface Served {
  request: Omit<SessionRequest, 'body'>
  ports: SessionPorts
  session: OpenedSession
  logLevel: LogLevel | undefined
}

interface Context extends Served {
  codec: RevisionCodec
  outbox: Outbox<Said>
  /** Set where no question can be asked: what a call that has one is told. */
  askingRefused?: ProtocolError
  /** What the call asked last, here or in another Worker, and what came back. */
  answered?: Answered
  /** Set by a call that lacks a scope. */
  shortfall?: string
  /** How far the client has heard an earlier run of the call come; it must not go back (H-70). */
  progressHeard?: number | undefined
  /** One for each request that runs, by its id as JSON. */
  cancellations: Map<string, Cancellation>
}

const contextOf = (served: Served): Context => ({
  ...served,
  codec: CODECS[served.session.revision],
  outbox: new Outbox(MAX_UNSAID_CHARS, sizeOf),
  cancellations: new Map(),
})

/** A question is no hint: it has room whatever was said before. */
const sizeOf = (said: Said): number => (typeof said === 'string' ? said.length + MESSAGE_CHARS : 0)

/** Runs one request. Undefined when its client has cancelled it: then nothing is said (H-71). */
async function run(message: JsonRpcRequest, context: Context): Promise<string | undefined> {
  const cancellation = new Cancellation()
  context.cancellations.set(JSON.stringify(message.id), cancellation)
  const said = await answer(message, context, cancellation).catch((cause: unknown) =>
    // A bug is answered too: its client would wait for ever. Nobody waits for what was stopped.
    cancellation.aborted && cause === cancellation.reason
      ? undefined
      : jsonRpcError(message.id, context.ports.unexpected(cause)),
  )
  return isCancelled(cancellation) ? undefined : said
}

/** Marks a cancellation as the client's own, which nobody wants to be answered. */
const CANCELLED = 'CancelledByClient'

const isCancelled = ({ reason }: Cancellation): boolean =>
  reason instanceof DOMException && reason.name === CANCELLED

/** All answers, unless that takes long or something is said before. */
async function quickly(
  running: { body: Promise<string | undefined> }[],
  { outbox, ports }: Pick<Context, 'outbox' | 'ports'>,
  silentMs: number,
): Promise<(string | undefined)[] | undefined> {
  let answers: (string | undefined)[] | undefined
  const all = Promise.all(running.map(({ body }) => body)).then((settled) => {
    answers = settled
  })
  for (let turn = 0; turn < QUICK_TURNS && !answers && outbox.isEmpty; turn++) await undefined
  if (!answers && outbox.isEmpty) {
    // A client that goes away has not cancelled (H-52): what takes its time runs to its end.
    ports.waitUntil(all)
    const silence = startTimer(silentMs)
    await Promise.race([all, outbox.notEmpty(), silence.over])
    silence.stop()
  }
  // What was said on the way is owed before the answer.
  return outbox.isEmpty ? answers : undefined
}

/** How long these may be silent; one that gives up its connection early needs a stream early. */
const silenceFor = ([only]: JsonRpcRequest[], server: HostedServer): number =>
  Math.min(SILENT_MS, (only && toolOf(only, server)?.pollAfterMs) ?? SILENT_MS)

async function promote(
  running: StreamedCall['answers'],
  requests: JsonRpcRequest[],
  context: Context,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const { request, codec } = context
  const [first, ...more] = requests
  const only = more.length === 0 ? first : undefined
  const tool = only && toolOf(only, request.server)
  const message = only && isRepeatable(only, request.server) ? messageText(only) : undefined
  const call = {
    ...callOf(running, context),
    key: crypto.randomUUID(),
    fence: 1,
    ...(message !== undefined && message.length <= PART_CHARS && { message }),
  }
  return streamCall(call, {
    ...streamOptions(context),
    primes: codec.primesStreams,
    pollAfterMs: codec.primesStreams ? tool?.pollAfterMs : undefined,
  })
}

/** Has every question of these calls answered with an error: nobody would take the answer. */
function refuseAsking(context: Context): void {
  const error = cannotAsk()
  context.askingRefused = error
  for (const said of context.outbox.take()) if (typeof said !== 'string') said.giveUp(error)
}

const askedInArray = (): ProtocolError =>
  new ProtocolError(
    'item_failed',
    'This call has to ask something. Send it alone, not in an array.',
  )

/**
 * Runs a call whose runner is gone. Who may do what is judged by who asks for it now: by what their
 * token lets them do by now, for its connection may be much older than the call.
 */
async function adopt(
  { key, fence, message, progress, resumes }: AdoptedCall,
  served: Served,
  options: Pick<StreamOptions, 'isAlone' | 'aloneMs'> = {},
): Promise<void> {
  // Whoever cannot ask cannot run it either, and the object finds somebody else.
  const { session, ports } = served
  const living = await requireLiving(session, ports).catch(() => undefined)
  const access = await ports.currentAccess().catch(() => undefined)
  if (!living || !access) return
  const { logLevel } = living
  const request = { ...served.request, access }
  const context = { ...contextOf({ request, ports, session, logLevel }), progressHeard: progress }
  const about = { key, fence }
  const how = { ...streamOptions(context), primes: false, ...options }
  if (resumes?.[0] !== undefined) {
    await takeOverCall({ ...resumed(resumes[0], context), ...about }, how)
    return
  }
  const read = readMessage(JSON.parse(message))
  if (!read.ok || read.message.kind !== 'request') return
  const running = [{ id: read.message.id, body: run(read.message, context) }]
  await takeOverCall({ ...callOf(running, context), ...about }, how)
}

/** A call that goes on once the object has told what with: only then is it this runner's. */
function resumed(id: RequestId, context: Context) {
  const body = Promise.withResolvers<string | undefined>()
  return {
    ...callOf([{ id, body: body.promise }], context),
    resume(entry: string, answers: ReadonlyMap<string, string>) {
      context.answered = readEntry(entry, answers)
      body.resolve(run({ kind: 'request', ...context.answered.entry.message }, context))
    },
  }
}

const callOf = (answers: StreamedCall['answers'], { outbox, cancellations }: Context) => ({
  answers,
  outbox,
  cancel(id: RequestId, reason: string | undefined) {
    const why = new DOMException(reason ?? 'The client has cancelled the request', CANCELLED)
    cancellations.get(JSON.stringify(id))?.abort(why)
  },
  abandon(reason: unknown) {
    for (const cancellation of cancellations.values()) cancellation.abort(reason)
  },
})

const streamOptions = ({ request, ports, session }: Context) => ({
  object: () => ports.sessionObject(session),
  session: ownerOf(session, request, ports),
  waitUntil: ports.waitUntil,
  watch: watchOf(session, request, ports),
})

/**
 * A connection whose access has ended closes. The session ends with the last grant there was for it:
 * a token that was replaced leaves one.
 */
const watchOf =
  (
    session: SessionClaims,
    request: Pick<SessionRequest, 'server'>,
    ports: SessionPorts,
    keeps: 'some' | 'all' = 'some',
  ) =>
  (onEnded: () => void) =>
    ports.watch(() => {
      onEnded()
      ports.waitUntil(endWithoutGrant(session, request, ports))
    }, keeps)

async function endWithoutGrant(
  session: SessionClaims,
  request: Pick<SessionRequest, 'server'>,
  ports: SessionPorts,
): Promise<void> {
  try {
    if (await ports.hasGrant()) return
    const owner = ownerOf(session, request, ports)
    await reach(() => ports.sessionObject(session).end(owner))
  } catch (cause) {
    // Nobody can use it without a token; what it keeps is dropped with its hard end.
    console.warn(JSON.stringify({ event: 'session_not_ended', detail: String(cause) }))
  }
}

const messageText = ({ id, method, params }: JsonRpcRequest): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

const toolOf = ({ method, params }: JsonRpcRequest, server: HostedServer) =>
  method === 'tools/call' && typeof params.name === 'string'
    ? server.tools.get(params.name)?.definition
    : undefined

/** Whether running a request twice does no harm: whatever is no tool only reads. */
function isRepeatable(message: JsonRpcRequest, server: HostedServer): boolean {
  if (message.method !== 'tools/call') return true
  const { readOnlyHint, idempotentHint } = toolOf(message, server)?.annotations ?? {}
  return readOnlyHint === true || idempotentHint === true
}

/** Passes on what a client cancels: the request may run in any isolate. */
async function cancelOthers(
  messages: JsonRpcMessage[],
  session: SessionClaims,
  request: SessionRequest,
  ports: SessionPorts,
): Promise<void> {
  for (const message of messages) {
    if (message.kind !== 'notification' || message.method !== 'notifications/cancelled') continue
    const { requestId, reason } = message.params
    // What names no request is ignored, as one that names a finished request is (H-71).
    if (typeof requestId !== 'string' && typeof requestId !== 'number') continue
    if (String(requestId).length > MAX_CANCELLED_ID_LENGTH) continue
    const said = typeof reason === 'string' ? reason.slice(0, MAX_REASON_LENGTH) : undefined
    const owner = ownerOf(session, request, ports)
    const telling = reach(() => ports.sessionObject(session).cancel(owner, requestId, said))
    // Its sender may not wait for an answer.
    ports.waitUntil(telling.catch(() => undefined))
    await telling
  }
}

const MAX_REASON_LENGTH = 300
/** Ids are a few characters; what is noted of a stranger's must not be more than that. */
const MAX_CANCELLED_ID_LENGTH = 256

/** Passes on what a client answers, and goes on with a call that nobody else goes on with. */
async function passAnswers(messages: JsonRpcMessage[], served: Served): Promise<void> {
  const { request, ports, session } = served
  for (const message of messages) {
    if (message.kind !== 'response' || !isQuestionId(message.id)) continue
    const answer = JSON.stringify(message.outcome)
    if (answer.length > PART_CHARS) {
      throw invalidRequest(`an answer to a question has at most ${PART_CHARS} characters`)
    }
    const { id } = message
    const object = () => ports.sessionObject(session)
    const owner = ownerOf(session, request, ports)
    const { over, ready } = await reach(() => object().answer(owner, id, answer))
    if (over) throw sessionGone()
    if (ready === undefined) continue
    const startedAt = Date.now()
    const goOn = (call: AdoptedCall) =>
      adopt(call, served, { isAlone: true, aloneMs: ALONE_MS - (Date.now() - startedAt) })
    const standIn = { object, session: owner, key: ready, adopt: goOn, aloneMs: ALONE_MS }
    ports.waitUntil(substitute(standIn))
  }
}

/** Answers to anything else, such as a ping that was never sent, are nobody's. */
const isQuestionId = (id: RequestId): id is string => typeof id === 'string' && UUID.test(id)

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @throws {ProtocolError} `session_gone` when it was ended, `unavailable` when nobody can tell. */
async function requireLiving(
  session: SessionClaims,
  ports: SessionPorts,
  isReady = true,
): Promise<SessionState> {
  const url = isReady ? STATE_URL : EARLY_STATE_URL
  const ask = async () => readState(await ports.sessionObject(session).fetch(url))
  const state = await reach(ask)
  if (state.over) throw sessionGone()
  return state
}

/** Whether a message says that its client has `initialize` behind it: a ping does not (H-22). */
const isOfReadyClient = (message: JsonRpcMessage): boolean =>
  message.kind !== 'request' || message.method !== 'ping'

/** Asks the object of a session. */
async function reach<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await askAgain(ask)
  } catch (cause) {
    console.warn(JSON.stringify({ event: 'session_unreachable', detail: String(cause) }))
    throw unavailable()
  }
}

const sessionGone = (): ProtocolError =>
  new ProtocolError(
    'session_gone',
    'This session has ended or never was; send "initialize" to open a new one.',
  )

const unavailable = (): ProtocolError =>
  new ProtocolError('unavailable', 'The session cannot be reached right now; try again.')

/** Whose session it is: the object takes its record for nobody else. */
const ownerOf = (
  session: SessionClaims,
  { server }: Pick<SessionRequest, 'server'>,
  { tenant }: SessionPorts,
): SessionOwner => ({
  owner: [tenant, server.info.name, session.principal, session.client].join('/'),
  expiresAt: session.expiresAt,
})

async function initialize(
  { id, params }: JsonRpcRequest,
  { server, access }: SessionRequest,
  { sealer, jurisdiction, now }: SessionPorts,
): Promise<SessionReply> {
  const asked = params.protocolVersion
  if (typeof asked !== 'string') {
    const error = new ProtocolError('invalid_params', 'initialize needs params.protocolVersion.')
    return { json: jsonRpcError(id, error) }
  }
  // An unknown version is no error: the client hears what we offer and decides (H-20).
  const revision = isRevision2025(asked) ? asked : NEWEST_2025
  const clientInfo = isObject(params.clientInfo) ? params.clientInfo : {}
  const claims = {
    module: server.info.name,
    principal: access.principal.id,
    client: access.client,
    revision,
    capabilities: packCapabilities(
      CODECS[revision].clientCapabilities(isObject(params.capabilities) ? params.capabilities : {}),
    ),
    clientName: textOf(clientInfo.name),
    clientVersion: textOf(clientInfo.version),
    jurisdiction,
  }
  return {
    sessionId: await mintSessionId(sealer, claims, now()),
    json: jsonRpcResult(id, offerOf(server, revision)),
  }
}

const offers2025 = new WeakMap<HostedServer, Map<Revision2025, string>>()

/** The result of `initialize`, which is the same for everybody. */
function offerOf(server: HostedServer, revision: Revision2025): string {
  const known = offers2025.get(server) ?? new Map<Revision2025, string>()
  const text = known.get(revision)
  if (text !== undefined) return text
  const { instructions } = server.definition
  const made = JSON.stringify({
    protocolVersion: revision,
    capabilities: { ...server.capabilities, logging: {} },
    serverInfo: CODECS[revision].serverInfo(server.info),
    ...(instructions !== undefined && { instructions }),
  })
  offers2025.set(server, known.set(revision, made))
  return made
}

async function requireSession(
  { sessionId, protocolVersion, server, access }: Omit<SessionRequest, 'body'>,
  { sealer, now }: SessionPorts,
): Promise<OpenedSession> {
  if (protocolVersion !== undefined && !isRevision2025(protocolVersion)) {
    throw new ProtocolError(
      'invalid_request',
      `MCP-Protocol-Version "${protocolVersion}" is not served; send the version that ` +
        'initialize answered with.',
    )
  }
  if (sessionId === undefined) {
    throw new ProtocolError(
      'invalid_request',
      'No Mcp-Session-Id: send "initialize" first and repeat the id it answers with. A client ' +
        'of revision 2026-07-28 sends its envelope in params._meta instead.',
    )
  }
  const session = await openSessionId(sealer, sessionId, server.info.name, now())
  // A session is never proof of who is calling (H-37): it must be this caller's own. Of a public
  // module's nobody is known, and the sealed id is all there is.
  const isOwn =
    server.definition.access === 'public' ||
    (session?.principal === access.principal.id && session.client === access.client)
  if (!session || !isOwn) throw sessionGone()
  // A supported version other than the negotiated one is served as negotiated: the session is the
  // better witness, and real clients do send another (H-10).
  return session
}

function checkBatch(batch: JsonRpcMessage[], revision: Revision2025): void {
  if (revision !== '2025-03-26') {
    throw invalidRequest(`revision ${revision} has no arrays; send one message per request`)
  }
  if (batch.length > MAX_BATCH) throw invalidRequest(`an array holds at most ${MAX_BATCH} messages`)
  if (batch.some((message) => message.kind === 'request' && message.method === 'initialize')) {
    throw invalidRequest('initialize is sent alone, not in an array')
  }
}

/** The JSON of one answer. Errors of a request are answers like any other in 2025. */
async function answer(
  message: JsonRpcRequest,
  context: Context,
  cancellation: Cancellation,
): Promise<string> {
  const { id } = message
  try {
    return jsonRpcResult(id, await resultOf(message, context, cancellation))
  } catch (error) {
    if (error instanceof ProtocolError) {
      return jsonRpcError(id, error, context.codec.errorCode(error))
    }
    throw error
  }
}

/** The JSON of one result. @throws {ProtocolError} */
async function resultOf(
  message: JsonRpcRequest,
  context: Context,
  cancellation: Cancellation,
): Promise<string> {
  const { method, params } = message
  const { server } = context.request
  if (method === 'ping') return '{}'
  if (method === 'logging/setLevel') return setLogLevel(params, context)
  if (server.capabilities.resources?.subscribe) {
    if (method === 'resources/subscribe') return subscribe(message, context, cancellation)
    if (method === 'resources/unsubscribe') return unsubscribe(params, context)
  }
  if (offers(server, method)) {
    const ask = readAsk(method, params)
    if (ask) return JSON.stringify(await runAsk(ask, message, context, cancellation))
    const list = listOf(method)
    if (list) return listItems(list, params, context, cancellation)
  }
  throw new ProtocolError('method_not_found', `Method "${method}" is not offered here.`)
}

async function setLogLevel(
  { level }: Params,
  { request, session, ports }: Context,
): Promise<string> {
  const known = LOG_LEVELS.find((it) => it === level)
  if (known === undefined) {
    throw new ProtocolError('invalid_params', `level must be one of ${LOG_LEVELS.join(', ')}.`)
  }
  const owner = ownerOf(session, request, ports)
  await reach(() => ports.sessionObject(session).setLogLevel(owner, known))
  return '{}'
}

/**
 * Subscribes to what the caller can read, which is tried: only the code behind it knows whether it
 * would show this caller anything, and that something has changed is a secret too.
 */
async function subscribe(
  message: JsonRpcRequest,
  context: Context,
  cancellation: Cancellation,
): Promise<string> {
  const { request, session, ports } = context
  const uri = uriOf(message.params)
  await runAsk({ method: 'resources/read', uri }, message, context, cancellation)
  const { principal } = callerOf(session, request, ports.tenant)
  const change = changeOf(request.server, uri, principal.id)
  if (!change) throw new ProtocolError('internal_error', 'This resource cannot be subscribed to.')
  const topic = await topicOf(change)
  const owner = ownerOf(session, request, ports)
  const { full } = await reach(() => ports.sessionObject(session).subscribe(owner, { uri, topic }))
  if (full) {
    throw new ProtocolError(
      'invalid_params',
      'This session has as many subscriptions as it may; unsubscribe from one first.',
    )
  }
  return '{}'
}

async function unsubscribe(params: Params, { request, session, ports }: Context): Promise<string> {
  const uri = uriOf(params)
  const owner = ownerOf(session, request, ports)
  await reach(() => ports.sessionObject(session).unsubscribe(owner, uri))
  return '{}'
}

/** @throws {ProtocolError} `invalid_params` */
function uriOf(params: Params): string {
  const ask = readAsk('resources/read', params)
  return ask?.method === 'resources/read' ? ask.uri : ''
}

async function listItems(
  list: ListName,
  params: Params,
  context: Context,
  cancellation: Cancellation,
): Promise<string> {
  const { request, ports, session } = context
  const { cursor } = params
  const { revision } = session
  const caller = callerOf(session, request, ports.tenant)
  const whole = listAtOnce(list, cursor, revision, request.server, caller)
  if (whole !== undefined) return `{"${list}":${whole}}`
  const circumstances = circumstancesOf(params, context, cancellation)
  const { json, nextCursor } = await listPage(
    { list, cursor, revision, circumstances, caller },
    ports,
  )
  const rest = nextCursor === undefined ? '' : `,"nextCursor":${JSON.stringify(nextCursor)}`
  return `{"${list}":${json}${rest}}`
}

async function runAsk(
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

const circumstancesOf = (
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

function callerOf(
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

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const invalidRequest = (problem: string): ProtocolError =>
  new ProtocolError('invalid_request', `Refused: ${problem}.`)
