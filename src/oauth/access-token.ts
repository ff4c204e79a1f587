/**
 * The check every request with a token passes: made here, not expired, for this very resource, and
 * not taken back. The records are the truth; what an isolate remembers of them is void as soon as
 * the switches say that something about the person has changed.
 *
 * @module
 */
import type { Control } from '../control'
import { askAgain } from '../lib'
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
  /** What its client was last told to ask for as well, and when: epoch seconds. */
  challenged?: { scopes: string; at: number }
}

export interface AccessTokenPorts {
  /**
   * The provider's record of a token, by user and hash, for a call to a resource; undefined when
   * there is none.
   */
  useToken(userId: string, tokenHash: string, resource: string): Promise<string | undefined>
  /** Keeps with a grant that its client was told to ask for these scopes. */
  noteChallenge(userId: string, grantId: string, scopes: string[]): Promise<void>
  isUserId(userId: string): Promise<boolean>
  /** What the person is in this tenant; undefined when they are gone. */
  roleOf(userId: string): Promise<string | undefined>
  /** Seconds since the epoch. */
  now(): number
}

/** What one isolate remembers of the tokens it has seen; plain values. */
export interface AccessTokenCache {
  /** By hash, each with the epoch of the switches it was read under: they say when it is void. */
  grants: Map<string, { grant: AccessGrant; epoch: number }>
  /**
   * Hashes of the tokens of this moment, for a token in use is sent with every call. The tokens
   * themselves are kept no longer than that, for whatever reads memory might find them.
   */
  hashes: Map<string, string>
  /** Epoch seconds since which `hashes` has been filled. */
  hashedSince: number
}

export const emptyAccessTokenCache = (): AccessTokenCache => ({
  grants: new Map(),
  hashes: new Map(),
  hashedSince: 0,
})

const MAX_CACHED = 5000
const MAX_HASHES = 100
const HASHES_SECONDS = 2

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
  const now = ports.now()
  const tokenHash = recentHash(cache, token, now) ?? (await hashNow(cache, token))
  const known = recall(cache, tokenHash, control)
  const grant = known ?? (await readGrant(token, tokenHash, resource, ports))
  if (!grant || grant.expiresAt <= now) {
    cache.grants.delete(tokenHash)
    return undefined
  }
  if (grant.resource !== resource) return undefined
  if (!known) remember(cache, tokenHash, { grant, epoch: control.epoch })
  return grant
}

/** A client that goes on calling is noted again after this. */
const NOTE_AGAIN_SECONDS = 60

/**
 * Notes that the client of a grant was told to ask for these scopes, so that the step-up which may
 * follow is known for one. Best effort: without it an old grant stays beside the new one.
 */
export async function noteChallenge(
  grant: AccessGrant,
  scopes: readonly string[],
  { noteChallenge: note, now }: AccessTokenPorts,
): Promise<void> {
  const challenged = { scopes: scopes.join(' '), at: now() }
  const { scopes: last, at = 0 } = grant.challenged ?? {}
  if (last === challenged.scopes && at + NOTE_AGAIN_SECONDS > challenged.at) return
  grant.challenged = challenged
  try {
    await note(grant.userId, grant.grantId, [...scopes])
  } catch (cause) {
    console.warn(JSON.stringify({ event: 'challenge_not_noted', detail: String(cause) }))
  }
}

function recentHash(cache: AccessTokenCache, token: string, now: number): string | undefined {
  if (now - cache.hashedSince >= HASHES_SECONDS || cache.hashes.size >= MAX_HASHES) {
    cache.hashes.clear()
    cache.hashedSince = now
  }
  return cache.hashes.get(token)
}

async function hashNow({ hashes }: AccessTokenCache, token: string): Promise<string> {
  const hash = await sha256(token)
  hashes.set(token, hash)
  return hash
}

/** What was read before, unless something about its person has changed since. */
function recall(cache: AccessTokenCache, tokenHash: string, control: Control) {
  const known = cache.grants.get(tokenHash)
  if (!known) return undefined
  const { grant, epoch } = known
  if (!control.isCut({ person: grant.userId, epoch })) return grant
  cache.grants.delete(tokenHash)
  return undefined
}

async function readGrant(
  token: string,
  tokenHash: string,
  askedResource: string,
  { useToken, isUserId, roleOf }: AccessTokenPorts,
): Promise<AccessGrant | undefined> {
  const [userId = '', grantId = '', secret, ...rest] = token.split(':')
  if (secret === undefined || rest.length > 0 || !(await isUserId(userId))) return undefined
  const [record, role] = await Promise.all([
    // A deploy resets their objects while new isolates have yet to read every token.
    askAgain(() => useToken(userId, tokenHash, askedResource)),
    roleOf(userId),
  ])
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
  { grants }: AccessTokenCache,
  hash: string,
  entry: { grant: AccessGrant; epoch: number },
): void {
  const [oldest] = grants.keys()
  if (grants.size >= MAX_CACHED && oldest !== undefined) grants.delete(oldest)
  grants.set(hash, entry)
}
