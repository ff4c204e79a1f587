/**
 * The storage the OAuth provider sees: shaped like the KV namespace it was written for, and behind
 * it the objects and the table that each kind of key needs. One is made per request, because it
 * gathers what a token request decides and commits it in one piece.
 *
 * | key | home |
 * | --- | --- |
 * | `client:<id>` | D1 |
 * | `grant:<user>:<grant>`, `token:<user>:<grant>:<hash>` | `UserGrants` |
 * | `transaction:<hash>` | `AuthTransactions` |
 * | `client-assertion-jti:<hash>` | `ReplayGuard` |
 *
 * @module
 */
import type { AuditOrigin } from '../audit'
import type { AuthTransactions } from './auth-transactions'
import { type EndingCause, RULES } from './grant-endings'
import { REFRESH_TOKEN_SECONDS } from './lifetimes'
import type { ReplayGuard } from './replay-guard'
import type { GrantCommit, GrantOpening, UserGrants } from './user-grants'

/** A registered client as the provider writes it, `record` being its own JSON. */
export interface ClientStore {
  get(clientId: string): Promise<string | undefined>
  put(clientId: string, record: string, expiresAt: number | undefined): Promise<void>
  delete(clientId: string): Promise<void>
}

export interface StoragePorts {
  tenant: string
  /** Where the request came from. */
  auditOrigin: AuditOrigin
  clients: ClientStore
  grantsOf(userId: string): DurableObjectStub<UserGrants>
  transaction(hash: string): DurableObjectStub<AuthTransactions>
  replayGuard(name: string): DurableObjectStub<ReplayGuard>
  /** Whether this platform made the user id; checked before its object is woken. */
  isUserId(userId: string): Promise<boolean>
  /** Whether that person is still there. What they granted is void without them. */
  isPerson(userId: string): Promise<boolean>
  /** Seconds since the epoch. */
  now(): number
}

/** Thrown into the provider when a transaction that can be used once has been used before. */
export class TransactionConsumedError extends Error {
  override readonly name = 'TransactionConsumedError'
}

interface PutOptions {
  /** Seconds from now. */
  expirationTtl?: number
  /** Epoch seconds. */
  expiration?: number
  metadata?: unknown
}

/** One grant, opened by this request. */
interface OpenGrant {
  userId: string
  grantId: string
  opening: GrantOpening
}

/** A grant as events name it; what is not known of it any more is left out. */
export interface GrantFacts {
  userId: string
  grantId: string
  clientId?: string
  /** Of the token just issued, or else of the whole grant. */
  scopes?: string[]
  /** Resource indicator. */
  resource?: string
}

/** What the storage has to know of a request to the token endpoint. */
export interface StorageRequest {
  /** Hash of the refresh token in it, if there is one. */
  presentedHash?: string | undefined
  /** Assertion ids it has claimed, kept over its attempts. */
  claimed?: Set<string>
  /** Why a grant ends that the provider deletes: its code came again, unless it was revoked. */
  ending?: EndingCause | undefined
}

export class ProviderStorage {
  readonly #ports: StoragePorts
  readonly #presentedHash: string | undefined
  readonly #claimed: Set<string>
  #open: OpenGrant | undefined
  readonly #ending: EndingCause
  #commit: GrantCommit | undefined

  constructor(ports: StoragePorts, request: StorageRequest = {}) {
    this.#ports = ports
    this.#presentedHash = request.presentedHash
    this.#claimed = request.claimed ?? new Set()
    this.#ending = request.ending ?? RULES.codeReused(ports.auditOrigin)
  }

  /** What this request found where its grant should be; undefined when it never looked. */
  get opening(): GrantOpening | undefined {
    return this.#open?.opening
  }

  /** The grant this request worked on. */
  get grant(): { userId: string; grantId: string } | undefined {
    const { owner, grantId } = this.#commit ?? {}
    if (this.#open || !owner || grantId === undefined) return this.#open
    return { userId: owner.userId, grantId }
  }

  /** The same grant with what this request learned of it. */
  get facts(): GrantFacts | undefined {
    const { grant, opening } = this
    if (!grant) return undefined
    const { userId, grantId } = grant
    const issued = this.#commit?.tokens.at(-1)
    if (issued) return { userId, grantId, ...factsOfToken(issued.value) }
    if (opening?.kind === 'found') return { userId, grantId, ...factsOfGrant(opening.record) }
    if (!opening || opening.kind === 'none') return { userId, grantId }
    const { clientId } = opening
    const resource = opening.kind === 'reused' ? { resource: opening.resource } : {}
    return { userId, grantId, clientId, ...resource }
  }

  /** Whether the provider deleted the grant: revoked, or its code came a second time. */
  get revoked(): boolean {
    return this.#commit !== undefined && 'ended' in this.#commit.record
  }

  /** Whether the provider took back an access token, leaving its grant as it was. */
  get tookToken(): boolean {
    return this.#commit !== undefined && this.#commit.deletedTokens.length > 0
  }

  /**
   * Writes what was decided. False when the grant has changed since it was opened: then nothing
   * has been written, and the request is to be done again.
   */
  async flush(more: Pick<GrantCommit, 'used' | 'consent'> = {}): Promise<boolean> {
    const commit = this.#commit
    if (!commit) return true
    const { grantsOf, now } = this.#ports
    return grantsOf(commit.owner.userId).commit({ ...commit, ...more }, now())
  }

  async get(key: string, options?: { type?: string } | string): Promise<unknown> {
    const text = await this.#read(key)
    if (text === undefined) return null
    const type = typeof options === 'string' ? options : options?.type
    return type === 'json' ? JSON.parse(text) : text
  }

  async getWithMetadata(key: string, options?: { type?: string }): Promise<unknown> {
    return { value: await this.get(key, options), metadata: null, cacheStatus: null }
  }

  async put(key: string, value: string, options: PutOptions = {}): Promise<void> {
    const { expirationTtl, expiration } = options
    const now = this.#ports.now()
    // A grant or token without an end would outlive every promise made about it.
    const expiresAt = expiration ?? now + (expirationTtl ?? REFRESH_TOKEN_SECONDS)
    const { kind, parts } = splitKey(key)
    switch (kind) {
      case 'client': {
        const end = expirationTtl === undefined ? undefined : expiresAt
        return this.#ports.clients.put(parts.join(':'), value, end)
      }
      case 'grant': {
        const commit = await this.#grantCommit(parts)
        commit.record = { value, expiresAt }
        return
      }
      case 'token': {
        const commit = await this.#grantCommit(parts)
        commit.tokens.push({ id: parts[2] ?? '', value, expiresAt })
        return
      }
      case 'transaction':
        return this.#ports.transaction(parts[0] ?? '').put(value, expiresAt)
      default:
        return // an assertion id: reading it has claimed it
    }
  }

  async delete(key: string): Promise<void> {
    const { kind, parts } = splitKey(key)
    switch (kind) {
      case 'client':
        return this.#ports.clients.delete(parts.join(':'))
      case 'grant': {
        const commit = await this.#grantCommit(parts)
        commit.record = { ended: this.#ending }
        return
      }
      case 'token': {
        const commit = await this.#grantCommit(parts)
        commit.deletedTokens.push(parts[2] ?? '')
        return
      }
      case 'transaction': {
        const taken = await this.#ports.transaction(parts[0] ?? '').consume(this.#ports.now())
        if (!taken) throw new TransactionConsumedError('this transaction has been used already')
        return
      }
      default:
        return
    }
  }

  /**
   * The provider lists a grant's tokens to delete them one by one; deleting the grant takes them
   * along, so there is never anything left to name.
   */
  async list(): Promise<{ keys: []; list_complete: true }> {
    return { keys: [], list_complete: true }
  }

  async #read(key: string): Promise<string | undefined> {
    const { kind, parts } = splitKey(key)
    const now = this.#ports.now()
    switch (kind) {
      case 'client':
        return this.#ports.clients.get(parts.join(':'))
      case 'grant': {
        const open = await this.#openGrant(parts)
        return open?.kind === 'found' ? withoutPreviousToken(open.record) : undefined
      }
      case 'token': {
        const [userId = '', , id = ''] = parts
        if (!(await this.#ports.isUserId(userId))) return undefined
        return this.#ports.grantsOf(userId).token(id, now)
      }
      case 'transaction':
        return this.#ports.transaction(parts[0] ?? '').get(now)
      case 'client-assertion-jti': {
        const id = parts[0] ?? ''
        if (this.#claimed.has(id)) return undefined // by an earlier attempt of this very request
        const fresh = await this.#ports
          .replayGuard(id.slice(0, 2))
          .claim(id, now, now + ASSERTION_SECONDS)
        if (!fresh) return '1'
        this.#claimed.add(id)
        return undefined
      }
      default:
        return undefined
    }
  }

  async #openGrant([userId = '', grantId = '']: string[]): Promise<GrantOpening | undefined> {
    if (this.#open?.userId === userId && this.#open.grantId === grantId) return this.#open.opening
    const { isUserId, isPerson, grantsOf, now, auditOrigin } = this.#ports
    if (!(await isUserId(userId)) || !(await isPerson(userId))) return undefined
    const stub = grantsOf(userId)
    const opening = await stub.open(grantId, this.#presentedHash, now(), auditOrigin)
    this.#open = { userId, grantId, opening }
    return opening
  }

  /** The commit this request is gathering; made on the first write. */
  async #grantCommit([userId = '', grantId = '']: string[]): Promise<GrantCommit> {
    if (this.#commit) return this.#commit
    const opening = await this.#openGrant([userId, grantId])
    const found = opening?.kind === 'found' ? opening : undefined
    const commit: GrantCommit = {
      owner: { tenant: this.#ports.tenant, userId },
      grantId,
      version: found?.version ?? 0,
      // Issuing or deleting a token leaves the grant as it was. Without one there is a new record.
      record: found
        ? { value: found.record, expiresAt: expiryOf(found.record) }
        : { ended: this.#ending },
      tokens: [],
      deletedTokens: [],
    }
    this.#commit = commit
    return commit
  }
}

/** The provider takes no assertion that lives longer; the rest is allowance for clocks. */
const ASSERTION_SECONDS = 3600 + 120

function splitKey(key: string): { kind: string; parts: string[] } {
  const [kind = '', ...parts] = key.split(':')
  return { kind, parts }
}

/**
 * The provider would take the previous refresh token until the next is first used. Here a used
 * token is either replayed or a theft, and the object has decided which before the record gets out.
 */
function withoutPreviousToken(record: string): string {
  const {
    previousRefreshTokenId: _id,
    previousRefreshTokenWrappedKey: _key,
    ...rest
  } = JSON.parse(record) as Record<string, unknown> // the provider's own JSON object
  return JSON.stringify(rest)
}

// The provider's own records, both of them.
function factsOfToken(record: string) {
  const token = JSON.parse(record) as {
    audience?: string | string[]
    scope?: string[]
    grant: { clientId: string; scope: string[] }
  }
  const [resource] = [token.audience ?? []].flat()
  return {
    clientId: token.grant.clientId,
    scopes: token.scope ?? token.grant.scope,
    ...(resource !== undefined && { resource }),
  }
}

function factsOfGrant(record: string) {
  const { clientId, scope, resource } = JSON.parse(record) as {
    clientId: string
    scope: string[]
    resource?: string
  }
  return { clientId, scopes: scope, ...(resource !== undefined && { resource }) }
}

function expiryOf(record: string): number {
  const { expiresAt, createdAt } = JSON.parse(record) as { expiresAt?: number; createdAt: number }
  return expiresAt ?? createdAt + 600 // a code that nobody has redeemed yet
}
