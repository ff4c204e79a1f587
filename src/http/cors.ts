/**
 * Cross-origin answers for browser clients. Lists are spelled out because a wildcard does
 * not cover `Authorization`.
 *
 * @module
 */
const METHODS = 'GET, POST, DELETE, OPTIONS'
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Accept',
  'MCP-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
  'Mcp-Session-Id',
  'Last-Event-ID',
  'DPoP',
]
const EXPOSED = 'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version'
/** Browsers cap it at two hours. */
const MAX_AGE_SECONDS = '7200'

/** Headers that let the page at `origin` read an answer. */
export const corsHeaders = (origin: string): Record<string, string> => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': EXPOSED,
  vary: 'Origin',
})

/** Headers that let every page read an answer that is the same for everybody. */
export const PUBLIC_CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'Content-Type, If-None-Match',
  'access-control-expose-headers': 'ETag',
}

/** The answer to the preflight of such a document. */
export const publicPreflight = (): Response =>
  new Response(null, {
    status: 204,
    headers: { ...PUBLIC_CORS_HEADERS, 'access-control-max-age': MAX_AGE_SECONDS },
  })

/** The answer to a preflight, or to any OPTIONS: nothing behind it runs. */
export function preflight(request: Request, origin: string | undefined): Response {
  if (origin === undefined) return new Response(null, { status: 204, headers: { allow: METHODS } })
  const asked = request.headers.get('access-control-request-headers') ?? ''
  const params = asked
    .split(',')
    .map((name) => name.trim())
    // Parameter headers are named by the tools, so they are granted by name as they are asked for.
    .filter((name) => /^mcp-param-[!#$%&'*+\-.^_`|~0-9a-z]+$/i.test(name))
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(origin),
      vary: 'Origin, Access-Control-Request-Headers',
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': [...REQUEST_HEADERS, ...params].join(', '),
      'access-control-max-age': MAX_AGE_SECONDS,
    },
  })
}
