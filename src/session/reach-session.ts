/**
 * How a request comes to its session and to the session's object: whether it is this caller's and
 * goes on, and what is said when nobody can tell.
 *
 * @module
 */
import { askAgain } from '../lib'
import { isRevision2025, ProtocolError } from '../protocol'
import type { SessionOwner } from './frames'
import { type OpenedSession, openSessionId, type SessionClaims } from './session-id'
import type { SessionPorts, SessionRequest } from './session-ports'
import { EARLY_STATE_URL, readState, type SessionState, STATE_URL } from './state'

export async function requireSession(
  { sessionId, protocolVersion, server, access }: Omit<SessionRequest, 'body'>,
  { sealer, now }: SessionPorts,
): Promise<OpenedSession> {
  if (protocolVersion !== undefined && !isRevision2025(protocolVersion)) {
    throw new ProtocolError(
      'invalid_request',
      `MCP-Protocol-Version "${protocolVersion}" is not served; send the version that ` +
        'initialize answered with.',
    )
  }
  if (sessionId === undefined) {
    throw new ProtocolError(
      'invalid_request',
      'No Mcp-Session-Id: send "initialize" first and repeat the id it answers with. A client ' +
        'of revision 2026-07-28 sends its envelope in params._meta instead.',
    )
  }
  const session = await openSessionId(sealer, sessionId, server.info.name, now())
  // A session is never proof of who is calling (H-37): it must be this caller's own. Of a public
  // module's nobody is known, and the sealed id is all there is.
  const isOwn =
    server.definition.access === 'public' ||
    (session?.principal === access.principal.id && session.client === access.client)
  if (!session || !isOwn) throw sessionGone()
  // A supported version other than the negotiated one is served as negotiated: the session is the
  // better witness, and real clients do send another (H-10).
  return session
}

/** @throws {ProtocolError} `session_gone` when it was ended, `unavailable` when nobody can tell. */
export async function requireLiving(
  session: SessionClaims,
  ports: SessionPorts,
  isReady = true,
): Promise<SessionState> {
  const url = isReady ? STATE_URL : EARLY_STATE_URL
  const ask = async () => readState(await ports.sessionObject(session).fetch(url))
  const state = await reach(ask)
  if (state.over) throw sessionGone()
  return state
}

/** Asks the object of a session. */
export async function reach<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await askAgain(ask)
  } catch (cause) {
    console.warn(JSON.stringify({ event: 'session_unreachable', detail: String(cause) }))
    throw unavailable()
  }
}

export const sessionGone = (): ProtocolError =>
  new ProtocolError(
    'session_gone',
    'This session has ended or never was; send "initialize" to open a new one.',
  )

export const unavailable = (): ProtocolError =>
  new ProtocolError('unavailable', 'The session cannot be reached right now; try again.')

/** Whose session it is: the object takes its record for nobody else. */
export const ownerOf = (
  session: SessionClaims,
  { server }: Pick<SessionRequest, 'server'>,
  { tenant }: SessionPorts,
): SessionOwner => ({
  owner: [tenant, server.info.name, session.principal, session.client].join('/'),
  expiresAt: session.expiresAt,
})

/**
 * A connection whose access has ended closes. The session ends with the last grant there was for it:
 * a token that was replaced leaves one.
 */
export const watchOf =
  (
    session: SessionClaims,
    request: Pick<SessionRequest, 'server'>,
    ports: SessionPorts,
    keeps: 'some' | 'all' = 'some',
  ) =>
  (onEnded: () => void) =>
    ports.watch(() => {
      onEnded()
      ports.waitUntil(endWithoutGrant(session, request, ports))
    }, keeps)

async function endWithoutGrant(
  session: SessionClaims,
  request: Pick<SessionRequest, 'server'>,
  ports: SessionPorts,
): Promise<void> {
  try {
    if (await ports.hasGrant()) return
    const owner = ownerOf(session, request, ports)
    await reach(() => ports.sessionObject(session).end(owner))
  } catch (cause) {
    // Nobody can use it without a token; what it keeps is dropped with its hard end.
    console.warn(JSON.stringify({ event: 'session_not_ended', detail: String(cause) }))
  }
}
