/**
 * First path segments the platform serves or will serve itself. A module can take none of them, so
 * that a later version never breaks a connector URL.
 */
export const RESERVED_SEGMENTS: ReadonlySet<string> = new Set([
  'account',
  'admin',
  'api',
  'approvals',
  'assets',
  'audit',
  'authorize',
  'callback',
  'connect',
  'consent',
  'console',
  'docs',
  'health',
  'healthz',
  'login',
  'logout',
  'mcp',
  'modules',
  'oauth',
  'operator',
  'policy',
  'register',
  'revoke',
  'setup',
  'sign-in',
  'sign-out',
  'static',
  'status',
  'token',
  'well-known',
])

/** `/<module>/mcp`, and whatever else only somebody who means it can have asked for. */
export const isMcpPath = (pathname: string): boolean => /^\/+[^/]+\/+mcp(?:\/|$)/.test(pathname)

/** The module whose endpoint a request is for, as it spells it; undefined for any other address. */
export function endpointModule(url: string): string | undefined {
  const name = /^https?:\/\/[^/?#]+\/([^/?#]+)\/mcp\/?(?:[?#]|$)/.exec(url)?.[1]
  if (!name?.includes('%')) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return name // no module is called that either
  }
}

/** Documents about the modules that any web page may read; see `routes/listing.ts`. */
export const isPublicDocument = (pathname: string): boolean =>
  pathname === '/.well-known/ai-catalog.json' ||
  /^\/[^/]+\/(?:mcp\/server-card|server\.json)$/.test(pathname)

/** Where programs of any kind ask for a token or an id: not in JSON-RPC, and never for a page. */
export const isOAuthPath = (pathname: string): boolean =>
  pathname === '/token' || pathname === '/register'
