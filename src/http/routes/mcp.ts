/**
 * The endpoint of a module, `/<module>/mcp`. Order: token, method, media types, body, era, module,
 * headers, then one of the two eras.
 *
 * @module
 */
import { readBody, remembering } from '../../lib'
import { type Classified, classify, ProtocolError, readMcpHeaders } from '../../protocol'
import type { HostedServer } from '../../registry'
import { answerSession, type SessionReply } from '../../session'
import { AccessDenied, publicAccess, requireAccess } from '../access'
import { mcpErrorResponse, unexpectedError } from '../error-response'
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
    const { registry, dispatch, sealer, config, now, audit, correlationId } = services
    const server = registry.get(moduleName)
    const access =
      server?.definition.access === 'public'
        ? publicAccess()
        : server && (await requireAccess(request, server, services))
    checkMethod(request, server, moduleName)
    checkMediaTypes(request)
    const headers = readMcpHeaders(request.headers)
    classified = classify(await readJson(request), headers)
    if (classified.era === 'unknown') throw classified.error
    const session2025 = classified.era === '2025' ? headers.sessionId : undefined
    if (!server || !access) throw unknownModule(moduleName, session2025)

    const { tenant, jurisdiction } = config
    if (classified.era === '2025') {
      const body = 'batch' in classified ? classified.batch : classified.message
      const { sessionId, protocolVersion } = headers
      const signal = neverAborted()
      const asked = { server, body, sessionId, protocolVersion, access, signal }
      const ports = { sealer, dispatch, audit, correlationId, tenant, jurisdiction, now }
      // In 2025 a client that goes away has not cancelled (H-52): the call runs to its end.
      const answering = answerSession(asked, ports)
      services.waitUntil(answering.catch(() => undefined))
      return replyResponse(await answering, access.shortfallStatus)
    }
    // A notification is taken and, since 2026-07-28 defines none over HTTP, nothing follows.
    if (!('meta' in classified)) return replyResponse({ json: undefined }, 403)
    const { message, meta } = classified
    const { principal, scopes, roles } = access
    const caller = { tenant, principal, client: meta.clientInfo, scopes, roles }
    const asked = { http: request, server, message, meta, headers, caller, access }
    return await answerStateless(asked, services)
  } catch (cause) {
    const error =
      cause instanceof ProtocolError ? cause : unexpectedError(cause, services.correlationId)
    const response = mcpErrorResponse(error, idFor(classified))
    if (error instanceof AccessDenied) response.headers.set('www-authenticate', error.challenge)
    return response
  }
}

/** A 2025 client cancels with a notification; until those reach running calls, nothing does. */
const neverAborted = (): AbortSignal => new AbortController().signal

function checkMethod(request: Request, server: HostedServer | undefined, moduleName: string): void {
  if (request.method === 'POST') return
  if (!server) {
    throw unknownModule(moduleName, request.headers.get('mcp-session-id') ?? undefined)
  }
  throw new ProtocolError(
    'method_not_allowed',
    `${request.method} is not offered on this endpoint; MCP messages are sent with POST.`,
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

async function readJson(request: Request): Promise<unknown> {
  const body = await readBody(request, MAX_BODY_BYTES).catch(() => {
    // A sender that breaks off is no bug of ours, and nobody may be left to answer.
    throw new ProtocolError('parse_error', 'The body broke off.')
  })
  if (!body.ok) {
    if (body.reason === 'not_utf8') throw new ProtocolError('parse_error', 'The body is not UTF-8.')
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
  const { json, sessionId, shortfall } = reply
  const headers = {
    ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
    ...(shortfall !== undefined && { 'www-authenticate': shortfall }),
  }
  if (json === undefined) return new Response(null, { status: 202, headers })
  return new Response(json, {
    status: shortfall === undefined ? 200 : shortfallStatus,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })
}

/** The id to answer with, where one could be read. */
function idFor(classified: Classified | undefined) {
  if (classified === undefined) return null
  if (classified.era === 'unknown') return classified.id
  if ('batch' in classified) return null
  return classified.message.kind === 'request' ? classified.message.id : null
}
