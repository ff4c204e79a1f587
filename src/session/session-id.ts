import type { Jurisdiction } from '../config'
import { PURPOSES, type Sealer } from '../keys'
import { encodeBase64Url, shortDigest } from '../lib'
import { isRevision2025, type Revision2025 } from '../protocol'

/**
 * What an `Mcp-Session-Id` says once opened. Sealing all of it means that `initialize` writes
 * nothing, and that a forged, foreign or expired id is refused without waking an object.
 */
export interface SessionClaims {
  /** 128 random bits: names the session's object. */
  id: string
  module: string
  principal: string
  /** The OAuth client; empty for a public module. */
  client: string
  revision: Revision2025
  /** See `packCapabilities`. */
  capabilities: number
  clientName: string
  clientVersion: string
  jurisdiction: Jurisdiction | undefined
  /** Epoch seconds. */
  issuedAt: number
  expiresAt: number
}

/** A session whose id was opened. */
export interface OpenedSession extends SessionClaims {
  /** Tells sessions apart in records, where an id has no place: a digest of it. */
  label: string
}

/** Longer labels are cut: the id travels with every request. */
const MAX_LABEL_LENGTH = 64

/** Seals a new session. The hard expiry is the purpose's; nothing prolongs it. */
export async function mintSessionId(
  sealer: Sealer,
  session: Omit<SessionClaims, 'id' | 'issuedAt' | 'expiresAt'>,
  nowSeconds: number,
): Promise<string> {
  return sealer.seal('session', [
    encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))),
    session.module,
    session.principal,
    session.client,
    session.revision,
    session.capabilities,
    session.clientName.slice(0, MAX_LABEL_LENGTH),
    session.clientVersion.slice(0, MAX_LABEL_LENGTH),
    session.jurisdiction ?? '',
    nowSeconds,
    nowSeconds + PURPOSES.session,
  ])
}

/**
 * Ids this isolate has opened: what an id says never changes, and it is over before its key is.
 * Ids that open nothing are not kept, so nobody can fill it with them.
 */
const known = new WeakMap<Sealer, Map<string, OpenedSession>>()
const MAX_KNOWN = 1000

/**
 * The session behind an id, or undefined when it is forged, of another tenant or module, or over:
 * whoever probes learns nothing from the difference.
 */
export async function openSessionId(
  sealer: Sealer,
  sessionId: string,
  module: string,
  nowSeconds: number,
): Promise<OpenedSession | undefined> {
  const session = known.get(sealer)?.get(sessionId) ?? (await open(sealer, sessionId))
  return session?.module === module && session.expiresAt > nowSeconds ? session : undefined
}

async function open(sealer: Sealer, sessionId: string): Promise<OpenedSession | undefined> {
  const opened = await sealer.open('session', sessionId)
  if (!Array.isArray(opened)) return undefined
  const claims = fromTuple(opened)
  if (!isRevision2025(claims.revision)) return undefined // sealed by a newer version of us
  const session = { ...claims, label: await shortDigest(sessionId) }
  const sessions = known.get(sealer) ?? new Map<string, OpenedSession>()
  if (sessions.size >= MAX_KNOWN) sessions.clear()
  known.set(sealer, sessions.set(sessionId, session))
  return session
}

function fromTuple(tuple: unknown[]): SessionClaims {
  const [id, module, principal, client, revision, capabilities, clientName, clientVersion] = tuple
  const [jurisdiction, issuedAt, expiresAt] = tuple.slice(8)
  return {
    id,
    module,
    principal,
    client,
    revision,
    capabilities,
    clientName,
    clientVersion,
    jurisdiction: jurisdiction === '' ? undefined : jurisdiction,
    issuedAt,
    expiresAt,
  } as SessionClaims // only `mintSessionId` can have sealed it, and this is its order
}
