/**
 * The 2025 rim: turns messages of the three revisions with a handshake into calls of the core, and
 * results back. Answers are plain JSON for now: what a call says on its way is dropped, and no
 * capability is declared that would need a stream.
 *
 * @module
 */
import type { AuditWriter } from '../audit'
import type { Jurisdiction } from '../config'
import type { Dispatch, DispatchResult } from '../dispatch'
import type { Sealer } from '../keys'
import { isObject, shortDigest } from '../lib'
import {
  CODECS,
  isRevision2025,
  type JsonRpcMessage,
  type JsonRpcRequest,
  NEWEST_2025,
  type Params,
  ProtocolError,
  type RequestId,
  type Revision2025,
  type RevisionCodec,
  requiredScopesOf,
  scopeShortfallResult,
} from '../protocol'
import type { HostedServer } from '../registry'
import type { Caller, Principal } from '../sdk'
import { packCapabilities, unpackCapabilities } from './client-capabilities'
import { mintSessionId, openSessionId, type SessionClaims } from './session-id'

export interface SessionPorts {
  sealer: Sealer
  dispatch: Dispatch
  audit: AuditWriter
  correlationId: string
  tenant: string
  jurisdiction: Jurisdiction | undefined
  /** Seconds since the epoch. */
  now(): number
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
  signal: AbortSignal
}

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

/** What to answer: JSON text, or nothing but 202. */
export interface SessionReply {
  /** Set on the answer to `initialize`. */
  sessionId?: string
  /** One JSON-RPC message or an array of them; undefined means accepted without an answer. */
  json: string | undefined
  /** The challenge to send along when the one call asked for lacks a scope. */
  shortfall?: string
}

const MAX_BATCH = 50

/**
 * Answers one POST.
 *
 * @throws {ProtocolError} where the whole request is refused rather than one message in it:
 *   `invalid_request` without a session id, `session_gone` for an id that is not ours.
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
  const context: Context = { request, ports, session, codec: CODECS[session.revision] }
  if (!Array.isArray(body)) {
    if (body.kind !== 'request') return { json: undefined }
    const json = await answer(body, context)
    return context.shortfall === undefined ? { json } : { json, shortfall: context.shortfall }
  }
  checkBatch(body, session.revision)
  const requests = body.filter((message) => message.kind === 'request')
  const answers = await Promise.all(requests.map((message) => answer(message, context)))
  return { json: answers.length > 0 ? `[${answers.join(',')}]` : undefined }
}

interface Context {
  request: SessionRequest
  ports: SessionPorts
  session: SessionClaims
  codec: RevisionCodec
  /** Set by a call that lacks a scope. */
  shortfall?: string
}

async function initialize(
  { id, params }: JsonRpcRequest,
  { server, access }: SessionRequest,
  { sealer, jurisdiction, now }: SessionPorts,
): Promise<SessionReply> {
  const asked = params.protocolVersion
  if (typeof asked !== 'string') {
    const error = new ProtocolError('invalid_params', 'initialize needs params.protocolVersion.')
    return { json: errorJson(id, error) }
  }
  // An unknown version is no error: the client hears what we offer and decides (H-20).
  const revision = isRevision2025(asked) ? asked : NEWEST_2025
  const clientInfo = isObject(params.clientInfo) ? params.clientInfo : {}
  const claims = {
    module: server.info.name,
    principal: access.principal.id,
    client: access.client,
    revision,
    capabilities: packCapabilities(params.capabilities),
    clientName: textOf(clientInfo.name),
    clientVersion: textOf(clientInfo.version),
    jurisdiction,
  }
  const { instructions } = server.definition
  const result = {
    protocolVersion: revision,
    capabilities: { tools: {} },
    serverInfo: CODECS[revision].serverInfo(server.info),
    ...(instructions !== undefined && { instructions }),
  }
  return {
    sessionId: await mintSessionId(sealer, claims, now()),
    json: resultJson(id, JSON.stringify(result)),
  }
}

async function requireSession(
  { sessionId, protocolVersion, server, access }: SessionRequest,
  { sealer, now }: SessionPorts,
): Promise<SessionClaims> {
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
  if (!session || !isOwn) {
    throw new ProtocolError(
      'session_gone',
      'This session has ended or never was; send "initialize" to open a new one.',
    )
  }
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
async function answer({ id, method, params }: JsonRpcRequest, context: Context): Promise<string> {
  try {
    switch (method) {
      case 'ping':
        return resultJson(id, '{}')
      case 'tools/list':
        return resultJson(id, listTools(params, context))
      case 'tools/call':
        return resultJson(id, JSON.stringify(await callTool(params, context)))
      default:
        throw new ProtocolError('method_not_found', `Method "${method}" is not offered here.`)
    }
  } catch (error) {
    if (error instanceof ProtocolError) return errorJson(id, error)
    throw error
  }
}

function listTools({ cursor }: Params, { request, codec }: Context): string {
  if (cursor !== undefined) {
    throw new ProtocolError('invalid_params', 'Unknown cursor; the list fits on one page.')
  }
  return `{"tools":${request.server.toolsJson(codec.revision, request.access.roles)}}`
}

async function callTool(params: Params, context: Context) {
  const { request, ports, session, codec } = context
  if (typeof params.name !== 'string') {
    throw new ProtocolError('invalid_params', 'tools/call needs the name of a tool in params.name.')
  }
  const call = {
    server: request.server,
    tool: params.name,
    args: params.arguments,
    clientCapabilities: unpackCapabilities(session.capabilities),
    signal: request.signal,
    onlyReading: request.access.onlyReading,
    audit: ports.audit,
    correlationId: ports.correlationId,
    labels: {
      revision: session.revision,
      ...labelsOf(request.access),
      session: await shortDigest(request.sessionId ?? ''),
    },
  }
  const done = await ports.dispatch(call, callerOf(session, request, ports.tenant))
  if (done.kind === 'error' && done.error.kind === 'insufficient_scope') {
    context.shortfall = request.access.challenge(requiredScopesOf(done.error))
    return codec.callResult(scopeShortfallResult(done.error, context.shortfall))
  }
  return codec.callResult(resultOf(done, codec))
}

const labelsOf = ({ client, grantId }: SessionAccess) =>
  client === '' ? {} : { clientId: client, grantId }

/** The result a 2025 client sees. @throws {ProtocolError} */
function resultOf(done: DispatchResult, codec: RevisionCodec) {
  switch (done.kind) {
    case 'complete': {
      const [first] = done.result.content
      if (done.outcome !== 'invalid_input' || first?.type !== 'text') return done.result
      return codec.invalidInput(first.text)
    }
    case 'error':
      // A code of 2026 means nothing here; the model can still be told what the client lacks.
      if (done.error.kind === 'missing_client_capability') {
        return { content: [{ type: 'text' as const, text: done.error.message }], isError: true }
      }
      throw done.error
    case 'input_required':
    case 'task':
      throw new ProtocolError('internal_error', 'This call needs a stream, which is not offered.')
    default:
      return done satisfies never
  }
}

function callerOf(
  { principal, clientName, clientVersion }: SessionClaims,
  { access, server }: SessionRequest,
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

const resultJson = (id: RequestId, result: string): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`

function errorJson(id: RequestId, { code, message, data }: ProtocolError): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...(data && { data }) } })
}

const invalidRequest = (problem: string): ProtocolError =>
  new ProtocolError('invalid_request', `Refused: ${problem}.`)
