/**
 * Who is calling a module: nobody for a public one, else whoever the access token stands for.
 *
 * @module
 */
import { remembering } from '../lib'
import { type Watch, watchAccess } from '../notify'
import {
  baselineScopes,
  bearerChallenge,
  checkAccessToken,
  noteChallenge,
  resourceOf,
} from '../oauth'
import { ProtocolError } from '../protocol'
import type { HostedServer } from '../registry'
import type { Principal } from '../sdk'
import type { McpServices } from './services'

/** What a request may act as. */
export interface Access {
  principal: Principal
  /** The OAuth client; empty for a public module. */
  client: string
  /** Empty for a public module. */
  grantId: string
  scopes: ReadonlySet<string>
  roles: ReadonlySet<string>
  /**
   * The `WWW-Authenticate` value that asks for these scopes on this module. Making it is kept with
   * the grant: what its client asks for next may be a step-up.
   */
  challenge(scopes: readonly string[]): string
  /** HTTP status of a shortfall: 403, but for a client that would not read its body. */
  shortfallStatus: 200 | 403
  /** Epoch milliseconds at which it ends by itself; infinite where nobody signs in. */
  endsAt: number
  /** The switches could not be read in time, so nothing but reading is safe to allow. */
  onlyReading: boolean
}

/** A request without a token that would do. Carries the challenge of its 401 (RFC 6750 §3). */
export class AccessDenied extends ProtocolError {
  readonly challenge: string

  constructor(message: string, challenge: string) {
    super('unauthorized', message)
    this.challenge = challenge
  }
}

const NONE: ReadonlySet<string> = new Set()

/** Anybody: what each may do who calls a public module. */
export const publicAccess = (): Access => ({
  principal: { kind: 'anonymous', id: crypto.randomUUID() },
  client: '',
  grantId: '',
  scopes: NONE,
  roles: NONE,
  endsAt: Number.POSITIVE_INFINITY,
  onlyReading: false,
  challenge: noChallenge,
  shortfallStatus: 403,
})

/** No tool of a public module asks for scopes. */
const noChallenge = (): string => ''

/** @throws {AccessDenied} without a valid token for exactly this module. */
export async function requireAccess(
  request: Request,
  server: HostedServer,
  services: McpServices,
): Promise<Access> {
  const { accessTokenCache, accessTokens, origin } = services
  const token = bearerToken(request)
  const control = await services.control()
  const resource = resourceOf(origin, server.info.name)
  const grant =
    token === undefined
      ? undefined
      : await checkAccessToken(token, resource, control, accessTokenCache, accessTokens)
  if (!grant) {
    // Asking without a token is how every client begins, and is nothing to tell.
    if (token !== undefined) {
      const module = server.info.name
      services.audit.write({ type: 'access_refused', module, outcome: 'invalid_token' })
    }
    throw denied(token !== undefined, request, server, origin)
  }
  return {
    principal: { kind: 'person', id: grant.userId },
    client: grant.clientId,
    grantId: grant.grantId,
    scopes: grant.scopes,
    roles: grant.roles,
    endsAt: grant.expiresAt * 1000,
    onlyReading: control.freshness === 'stale',
    shortfallStatus: isChatGpt(grant.clientId) ? 200 : 403,
    challenge: (scopes) => {
      services.waitUntil(noteChallenge(grant, scopes, accessTokens))
      const path = pathOf(request)
      return bearerChallenge({ origin, path, scopes, error: 'insufficient_scope' })
    },
  }
}

/**
 * Watches the access of a request for as long as something of it goes on: a stream, a long call.
 * Nobody's is watched where nobody signs in.
 */
export const watchOf =
  (request: Request, server: HostedServer, access: Access, services: McpServices): WatchStart =>
  (onEnded, keeps = 'some') =>
    access.client === ''
      ? { stop: () => undefined }
      : watchAccess({
          person: access.principal.id,
          endsAt: access.endsAt,
          hub: () => services.hubOf(access.principal.id),
          onEnded,
          async isAllowed() {
            services.rereadControl()
            try {
              const now = await requireAccess(request, server, services)
              return keeps === 'some' || hasAll(now, access)
            } catch (cause) {
              // What cannot be told now is told by the next who looks.
              return !(cause instanceof AccessDenied)
            }
          },
        })

/**
 * @param keeps What must be left of the access: `some`, for what was decided when it began, or
 *   `all` of it, for a stream that goes on deciding what it shows.
 */
export type WatchStart = (onEnded: () => void, keeps?: 'some' | 'all') => Watch

const hasAll = (now: Access, { scopes, roles }: Access): boolean =>
  [...scopes].every((scope) => now.scopes.has(scope)) && [...roles].every((it) => now.roles.has(it))

/**
 * ChatGPT starts a step-up from the body of a result, which it reads from a 200 only. Its id is a
 * document on its own domain, verified when the grant was made, so nobody else passes for it.
 */
const isChatGpt = remembering((clientId) => {
  const url = URL.parse(clientId)
  return url?.protocol === 'https:' && url.hostname === 'chatgpt.com'
})

/** From the header and nowhere else: an address ends up in logs and histories. */
function bearerToken(request: Request): string | undefined {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]
}

const pathOf = ({ url }: Request): string => new URL(url).pathname

function denied(
  hadToken: boolean,
  request: Request,
  server: HostedServer,
  origin: string,
): AccessDenied {
  const message = hadToken
    ? 'The access token is not valid for this module, or not any more. Sign in again.'
    : `Module "${server.info.name}" needs a signed-in caller: send an access token.`
  return new AccessDenied(
    message,
    bearerChallenge({
      origin,
      path: pathOf(request),
      scopes: baselineScopes(server),
      ...(hadToken && { error: 'invalid_token', description: 'expired, revoked or not for here' }),
    }),
  )
}
