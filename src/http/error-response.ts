/**
 * Turns errors into responses: the only place that knows status codes and headers of failures.
 *
 * @module
 */
import { type NoticeView, pageHeaders, renderNoticePage } from '../console'
import { withoutCredentials } from '../lib'
import { oauthError } from '../oauth'
import { jsonRpcError, ProtocolError, type ProtocolErrorKind, type RequestId } from '../protocol'

/** An error on an MCP path: always a JSON-RPC body, or a 2026 client would fall back (D-04). */
export function mcpErrorResponse(error: ProtocolError, id: RequestId | null): Response {
  return new Response(jsonRpcError(id, error), {
    status: error.status,
    headers: { 'content-type': 'application/json', ...headersFor(error.kind) },
  })
}

/** The same for a program that asks for a token or registers (RFC 6749 §5.2). */
export const oauthErrorResponse = ({ kind, message, status }: ProtocolError): Response =>
  oauthError(oauthCodeOf(kind), message, status)

function oauthCodeOf(kind: ProtocolErrorKind): string {
  if (kind === 'internal_error') return 'server_error'
  return kind === 'unavailable' ? 'temporarily_unavailable' : 'invalid_request'
}

/** The same for whoever opened a page in a browser. */
export function errorPage(error: ProtocolError): Response {
  const html = renderNoticePage({ message: error.message, ...pageTextFor(error) })
  return new Response(html, {
    status: error.status,
    headers: { ...headersFor(error.kind), ...pageHeaders() },
  })
}

/**
 * Our own bug: the caller gets an id to quote, the log gets the rest.
 *
 * @param requestId The request's correlation id, where there is one yet.
 */
export function unexpectedError(
  cause: unknown,
  requestId: string = crypto.randomUUID(),
): ProtocolError {
  const said = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  const detail = withoutCredentials(said)
  console.error(JSON.stringify({ event: 'unexpected_error', requestId, detail }))
  return new ProtocolError(
    'internal_error',
    `Something failed inside the platform. Quote ${requestId} to its operator.`,
    { requestId },
  )
}

/** An error as it is answered: a bug of ours is none that its caller can understand. */
export const errorOf = (cause: unknown, correlationId: string): ProtocolError =>
  cause instanceof ProtocolError ? cause : unexpectedError(cause, correlationId)

function headersFor(kind: ProtocolErrorKind): Record<string, string> {
  const common = { 'cache-control': 'no-store' }
  return kind === 'method_not_allowed' ? { ...common, allow: 'GET, POST, DELETE, OPTIONS' } : common
}

function pageTextFor({ kind }: ProtocolError): Omit<NoticeView, 'message'> {
  switch (kind) {
    case 'not_configured':
      return {
        title: 'Almost there: name your origin',
        remedy:
          'Add `PUBLIC_ORIGIN = "https://…"` under `[vars]` in `wrangler.toml`, with the address ' +
          'you see above, and run `npm run deploy` again.',
      }
    case 'forbidden':
      return { title: 'Not served here' }
    case 'unknown_module':
      return { title: 'No such page', action: { label: 'See the modules', href: '/' } }
    default:
      return { title: 'Something went wrong' }
  }
}
