/**
 * The endpoint of a module, `/<module>/mcp`. Order: token, method, media types, body, era, module,
 * headers, then one of the two eras.
 *
 * @module
 */
import { type ReadBody, readBody, remembering, SSE_HEADERS } from '../../lib'
import {
  type Classified,
  classify,
  type McpHeaders,
  ProtocolError,
  readMcpHeaders,
  requireEra,
  trimmed,
} from '../../protocol'
import type { HostedServer } from '../../registry'
import {
  answerSession,
  endSession,
  listenToSession,
  type SessionPorts,
  type SessionReply,
} from '../../session'
import { type Access, AccessDenied, publicAccess, requireAccess, watchOf } from '../access'
import { mcpErrorResponse, unexpectedError } from '../error-response'
import { JSON_HEADERS, plainJsonResponse } from '../json-response'
import type { McpServices } from '../services'
import { answerStateless } from '../stateless'

const MAX_BODY_BYTES = 4 * 1024 * 1024

/** Answers every verb on a module's endpoint; never rejects. */
export async function serveMcp(
  request: Request,
  moduleName: string,
  services: McpServices,
): Promise<Response> {
  let classified: Classified | undefined
  try {
    const { registry, config } = services
    const server = registry.get(moduleName)
    const access =
      server?.definition.access === 'public'
        ? publicAccess()
        : server && (await requireAccess(request, server, services))
    const headers = readMcpHeaders(request.headers)
    if (request.method !== 'POST') {
      if (!server || !access) throw unknownModule(moduleName, headers.sessionId)
      return await answerOtherVerb(request, headers, { server, access }, services)
    }
    checkMediaTypes(request)
    classified = classify(parseBody(await readBody(request, MAX_BODY_BYTES)), headers)
    if (server) requireEra(classified, server.definition.eras, headers)
    if (classified.era === 'unknown') throw classified.error
    const session2025 = classified.era === '2025' ? headers.sessionId : undefined
    if (!server || !access) throw unknownModule(moduleName, session2025)

    const { tenant } = config
    if (classified.era === '2025') {
      const body = 'batch' in classified ? classified.batch : classified.message
      const asked = { ...sessionOf(headers, server, access), body }
      const ports = sessionPorts(request, server, access, services)
      return replyResponse(await answerSession(asked, ports), access.shortfallStatus)
    }
    // A notification is taken and, since 2026-07-28 defines none over HTTP, nothing follows.
    if (!('meta' in classified)) return replyResponse({ json: undefined }, 403)
    const { message, meta } = classified
    const { principal, scopes, roles } = access
    const caller = { tenant, principal, client: meta.clientInfo, scopes, roles }
    const asked = { http: request, server, message, meta, headers, caller, access }
    const watch = watchOf(request, server, access, services)
    return await answerStateless(asked, { ...services, watch })
  } catch (cause) {
    const error =
      cause instanceof ProtocolError ? cause : unexpectedError(cause, services.correlationId)
    const response = mcpErrorResponse(error, idFor(classified))
    if (error instanceof AccessDenied) response.headers.set('www-authenticate', error.challenge)
    return response
  }
}

const sessionOf = (
  { sessionId, protocolVersion }: McpHeaders,
  server: HostedServer,
  access: Access,
) => ({ server, sessionId, protocolVersion, access })

const sessionPorts = (
  request: Request,
  server: HostedServer,
  access: Access,
  services: McpServices,
): SessionPorts => {
  const { sealer, dispatch, audit, correlationId, config, sessionObject, waitUntil, now } = services
  const { tenant, jurisdiction } = config
  return {
    sealer,
    dispatch,
    audit,
    correlationId,
    origin: services.origin,
    sessionObject,
    unexpected: (cause) => unexpectedError(cause, correlationId),
    watch: watchOf(request, server, access, services),
    async currentAccess() {
      if (access.client === '') return access
      services.rereadControl()
      return requireAccess(request, server, services)
    },
    hasGrant: () => services.hasGrant(access.principal.id, access.client, server),
    waitUntil,
    tenant,
    jurisdiction,
    now,
  }
}

/** GET and DELETE are for sessions; nobody else has a use for them. */
async function answerOtherVerb(
  request: Request,
  headers: McpHeaders,
  { server, access }: { server: HostedServer; access: Access },
  services: McpServices,
): Promise<Response> {
  const asked = sessionOf(headers, server, access)
  const ports = sessionPorts(request, server, access, services)
  const { method } = request
  // A session of before its era was switched off is of no use either.
  const inSession = headers.sessionId !== undefined && server.definition.eras.includes('2025')
  if (inSession && method === 'DELETE') {
    await endSession(asked, ports)
    return new Response(null, { status: 204 })
  }
  const lastEventId = trimmed(request.headers.get('last-event-id'))
  // A module that never says anything of its own still owes the rest of a call's stream (H-56).
  const hasStream = server.definition.push || lastEventId !== undefined
  if (inSession && method === 'GET' && hasStream) {
    if (!acceptsStream(request.headers.get('accept') ?? '*/*')) {
      throw new ProtocolError('not_acceptable', 'Accept must allow text/event-stream.')
    }
    const stream = await listenToSession({ ...asked, lastEventId }, ports)
    return new Response(stream, { headers: SSE_HEADERS })
  }
  if (inSession && method === 'GET') {
    throw new ProtocolError(
      'method_not_allowed',
      'This module says nothing of its own accord, so there is no stream to listen to. Messages ' +
        'are sent with POST, and their responses come with it.',
    )
  }
  // Connector URLs get pasted into browsers too.
  const page =
    method === 'GET' ? ` Its page for people is ${services.origin}/${server.info.name}.` : ''
  throw new ProtocolError(
    'method_not_allowed',
    method === 'GET' || method === 'DELETE'
      ? `${method} is for the session an Mcp-Session-Id names; there is nothing else to ${method === 'GET' ? 'listen to' : 'end'} here. MCP messages are sent with POST.${page}`
      : `${method} is not offered on this endpoint; MCP messages are sent with POST.`,
  )
}

function checkMediaTypes({ headers }: Request): void {
  if (!isJson(headers.get('content-type') ?? '')) {
    throw new ProtocolError(
      'unsupported_media_type',
      'Send the message as Content-Type: application/json.',
    )
  }
  const accept = headers.get('accept')
  // No header at all accepts anything (RFC 9110 §12.5.1).
  if (accept !== null && !acceptsBoth(accept)) {
    throw new ProtocolError(
      'not_acceptable',
      'Accept must allow both application/json and text/event-stream.',
    )
  }
}

const isJson = remembering((contentType) => /^\s*application\/json\s*(;|$)/i.test(contentType))

const acceptsBoth = remembering(
  (accept) => accepts(accept, 'application', 'json') && accepts(accept, 'text', 'event-stream'),
)

const acceptsStream = remembering((accept) => accepts(accept, 'text', 'event-stream'))

function accepts(accept: string, type: string, subtype: string): boolean {
  return accept.split(',').some((range) => {
    const [name = '', ...parameters] = range
      .toLowerCase()
      .split(';')
      .map((part) => part.trim())
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) return false
    return name === '*/*' || name === `${type}/*` || name === `${type}/${subtype}`
  })
}

/** @throws {ProtocolError} `parse_error`, `body_too_large` */
function parseBody(body: ReadBody): unknown {
  if (!body.ok) {
    if (body.reason === 'not_utf8') throw new ProtocolError('parse_error', 'The body is not UTF-8.')
    // A sender that breaks off is no bug of ours, and nobody may be left to answer.
    if (body.reason === 'broken') throw new ProtocolError('parse_error', 'The body broke off.')
    throw new ProtocolError('body_too_large', `A message is at most ${MAX_BODY_BYTES} bytes.`)
  }
  try {
    return JSON.parse(body.text)
  } catch {
    throw new ProtocolError('parse_error', 'The body is not JSON.')
  }
}

/** With a session header a 404 would make a 2025 client throw its session away (H-35). */
function unknownModule(name: string, sessionId: string | undefined): ProtocolError {
  const message = `There is no module "${name}" here. The home page at / lists those there are.`
  return new ProtocolError(sessionId === undefined ? 'unknown_module' : 'invalid_request', message)
}

function replyResponse(reply: SessionReply, shortfallStatus: number): Response {
  const { json, sessionId, shortfall, stream } = reply
  if (stream) return new Response(stream, { headers: SSE_HEADERS })
  if (json === undefined) return new Response(null, { status: 202 })
  if (shortfall !== undefined) {
    const headers = { ...JSON_HEADERS, 'www-authenticate': shortfall }
    return new Response(json, { status: shortfallStatus, headers })
  }
  const response = plainJsonResponse(json)
  if (sessionId !== undefined) response.headers.set('mcp-session-id', sessionId)
  return response
}

/** The id to answer with, where one could be read. */
function idFor(classified: Classified | undefined) {
  if (classified === undefined) return null
  if (classified.era === 'unknown') return classified.id
  if ('batch' in classified) return null
  return classified.message.kind === 'request' ? classified.message.id : null
}
