/** What every JSON answer on an MCP path says of itself. */
export const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' }

// Made once: the runtime copies a Headers object faster than it reads a record of texts.
const PLAIN: ResponseInit = { headers: new Headers(JSON_HEADERS) }

/** An answer with 200 and nothing to say but its body. */
export const plainJsonResponse = (json: string): Response => new Response(json, PLAIN)
