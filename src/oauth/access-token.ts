/**
 * The check every request with a token passes: made here, not expired, for this very resource, and
 * not taken back. The records are the truth; what an isolate remembers of them is void as soon as
 * the switches say that something about the person or the client has changed.
 *
 * @module
 */
import type { Control } from '../control'
import { sha256 } from './authorization-server'
import { canonicalResource } from './resources'

/** What a token stands for. */
export interface AccessGrant {
  userId: string
  clientId: string
  grantId: string
  scopes: ReadonlySet<string>
  roles: ReadonlySet<string>
  /** Canonical resource indicator the token is for. */
  resource: string
  /** Epoch seconds. */
  expiresAt: number
}

export interface AccessTokenPorts {
  /** The provider's record of a token, by user and hash; undefined when there is none. */
  readToken(userId: string, tokenHash: string): Promise<string | undefined>
  isUserId(userId: string): Promise<boolean>
  /** What the person is in this tenant; undefined when they are gone. */
  roleOf(userId: string): Promise<string | undefined>
  /** Seconds since the epoch. */
  now(): number
}

/**
 * Tokens one isolate has seen, by hash, each with the epoch of the switches it was read under: they
 * say when it has to be read again.
 */
export type AccessTokenCache = Map<string, { grant: AccessGrant; epoch: number }>

const MAX_CACHED = 5000

/**
 * The grant behind a bearer token, or undefined: whoever probes gets one answer for all reasons.
 *
 * @param resource The canonical resource indicator of the module that was asked for.
 */
export async function checkAccessToken(
  token: string,
  resource: string,
  control: Control,
  cache: AccessTokenCache,
  ports: AccessTokenPorts,
): Promise<AccessGrant | undefined> {
  const tokenHash = await sha256(token)
  const grant = recall(cache, tokenHash, control) ?? (await readGrant(token, tokenHash, ports))
  if (!grant || grant.expiresAt <= ports.now()) {
    cache.delete(tokenHash)
    return undefined
  }
  remember(cache, tokenHash, { grant, epoch: control.epoch })
  return grant.resource === resource ? grant : undefined
}

/** What was read before, unless something about its person or client has changed since. */
function recall(cache: AccessTokenCache, tokenHash: string, control: Control) {
  const known = cache.get(tokenHash)
  if (!known) return undefined
  const { grant, epoch } = known
  if (!control.isCut({ person: grant.userId, client: grant.clientId, epoch })) return grant
  cache.delete(tokenHash)
  return undefined
}

async function readGrant(
  token: string,
  tokenHash: string,
  { readToken, isUserId, roleOf }: AccessTokenPorts,
): Promise<AccessGrant | undefined> {
  const [userId = '', grantId = '', secret, ...rest] = token.split(':')
  if (secret === undefined || rest.length > 0 || !(await isUserId(userId))) return undefined
  const [record, role] = await Promise.all([readToken(userId, tokenHash), roleOf(userId)])
  if (record === undefined || role === undefined) return undefined
  const stored = JSON.parse(record) as {
    expiresAt: number
    audience: string | string[]
    scope?: string[]
    grant: { clientId: string; scope: string[] }
  } // the provider's own record
  const [audience = ''] = [stored.audience].flat()
  return {
    userId,
    grantId,
    clientId: stored.grant.clientId,
    scopes: new Set(stored.scope ?? stored.grant.scope),
    roles: new Set([role]),
    resource: canonicalResource(audience),
    expiresAt: stored.expiresAt,
  }
}

function remember(
  cache: AccessTokenCache,
  hash: string,
  entry: { grant: AccessGrant; epoch: number },
): void {
  if (cache.has(hash)) return
  const [oldest] = cache.keys()
  if (cache.size >= MAX_CACHED && oldest !== undefined) cache.delete(oldest)
  cache.set(hash, entry)
}
