/**
 * What a client finds before it has a token: the protected resource's document (RFC 9728) and the
 * authorization server's (RFC 8414, OpenID Connect Discovery 1.0 §3, which some clients try first).
 *
 * @module
 */
import type { HostedServer } from '../registry'
import { baselineScopes, METADATA_PREFIX } from './resources'

/**
 * The document of one module. `resource` repeats the URL the client asked about to the letter:
 * clients compare it with what their user typed, slash at the end included.
 */
export function protectedResourceMetadata(
  server: HostedServer,
  origin: string,
  askedPath: string,
): Record<string, unknown> {
  return {
    resource: `${origin}${askedPath}`,
    // Exactly one, on the same host: some clients read no more.
    authorization_servers: [origin],
    scopes_supported: baselineScopes(server),
    bearer_methods_supported: ['header'],
    resource_name: server.info.title ?? server.info.name,
  }
}

/** The part of `/.well-known/oauth-protected-resource/<module>/mcp` that names the resource. */
export function resourcePathOf(pathname: string): { module: string; path: string } | undefined {
  if (!pathname.startsWith(`${METADATA_PREFIX}/`)) return undefined
  const path = pathname.slice(METADATA_PREFIX.length)
  const module = /^\/([^/]+)\/mcp\/?$/.exec(path)?.[1]
  return module === undefined ? undefined : { module, path }
}

/** The `WWW-Authenticate` value of a 401 or 403 (RFC 6750 §3, RFC 9728 §5.1). */
export function bearerChallenge(options: {
  origin: string
  /** Path of the endpoint as the client wrote it. */
  path: string
  scopes: readonly string[]
  error?: 'invalid_token' | 'insufficient_scope'
  description?: string
}): string {
  const { origin, path, scopes, error, description } = options
  const parameters = [
    error && `error="${error}"`,
    description && `error_description="${description.replaceAll(/["\\]/g, "'")}"`,
    scopes.length > 0 && `scope="${scopes.join(' ')}"`,
    `resource_metadata="${origin}${METADATA_PREFIX}${path}"`,
  ]
  return `Bearer ${parameters.filter((parameter) => parameter).join(', ')}`
}

/** Paths at which clients look for the authorization server's document (RFC 8414 §3, OIDC §4). */
export function isServerMetadataPath(pathname: string): boolean {
  return (
    /^\/\.well-known\/(oauth-authorization-server|openid-configuration)(\/[^/]+\/mcp\/?)?$/.test(
      pathname,
    ) || /^\/[^/]+\/mcp\/\.well-known\/openid-configuration$/.test(pathname)
  )
}
