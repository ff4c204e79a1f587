import type { Context } from 'hono'
import { ProtocolError } from '../protocol'
import type { AppEnv } from './app-env'
import { errorPage, mcpErrorResponse, oauthErrorResponse } from './error-response'
import { isMcpPath, isOAuthPath, isPublicDocument } from './paths'

/** Programs are answered in the terms of what they asked, people with a page. */
export const refuse = (c: Context<AppEnv>, error: ProtocolError): Response => {
  // First: a server card is below the endpoint and none of it.
  if (isOAuthPath(c.req.path) || isPublicDocument(c.req.path)) return oauthErrorResponse(error)
  return isMcpPath(c.req.path) ? mcpErrorResponse(error, null) : errorPage(error)
}

/** What there is to say of an address where nothing is. */
export function nothingAt(c: Context<AppEnv>): ProtocolError {
  if (!isMcpPath(c.req.path)) {
    return new ProtocolError('unknown_module', `There is no page at "${c.req.path}".`)
  }
  // With a session header a 404 would make a 2025 client throw its session away (H-35).
  const kind = c.req.header('mcp-session-id') === undefined ? 'unknown_module' : 'invalid_request'
  const [, module] = /^\/+([^/]+)/.exec(c.req.path) ?? []
  const endpoint = `${c.get('admission').ownOrigin}/${module}/mcp`
  return new ProtocolError(kind, `Nothing is served at "${c.req.path}"; did you mean ${endpoint}?`)
}
