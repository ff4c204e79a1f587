/**
 * The OAuth 2.1 authorization server: `@cloudflare/workers-oauth-provider` over strongly consistent
 * storage, with what it leaves to us around it: audience spelling, one-time refresh with a grace,
 * reuse detection, registration that keeps what it can.
 *
 * @module
 */
import { OAuthAuthorizationServer, type OAuthHelpers } from '@cloudflare/workers-oauth-provider'
import type { ClientDomains } from '../config'
import { withDocumentFetch } from '../egress'
import { aeadOpen, aeadSeal, decodeBase64Url, deriveAeadKey, isObject, utf8 } from '../lib'
import type { Registry } from '../registry'
import { faultOfDocumentId, isDocumentId } from './client-url'
import type { EndingCause } from './grant-endings'
import { ACCESS_TOKEN_SECONDS, CLIENT_SECONDS, REFRESH_TOKEN_SECONDS } from './lifetimes'
import { PLAYGROUND_CLIENT_ID } from './playground-client'
import { type GrantFacts, ProviderStorage, type StoragePorts } from './provider-storage'
import { canonicalResource, protectedResources, resourceFromScopes } from './resources'

/** A commit loses only to another one on the same grant; a handful of rounds settles any crowd. */
const MAX_ATTEMPTS = 12

/** Something that operators must hear of, as it happens. */
export type OAuthEvent = GrantFacts &
  (
    | { type: 'token_issued'; grantType: string }
    /** A refresh token came again within its grace, and was answered with the same successor. */
    | { type: 'token_replayed' }
    /** It came again later: the grant has ended. */
    | { type: 'refresh_reused' }
    /** For another reason; the object that kept it has recorded which. */
    | { type: 'grant_ended' }
    | { type: 'access_token_revoked' }
  )

export interface AuthorizationServerPorts extends StoragePorts {
  registry: Registry
  /** The platform's own origin; also the issuer. */
  origin: string
  waitUntil(work: Promise<unknown>): void
  /** Called, and awaited, before the answer that reports the event leaves. */
  report(event: OAuthEvent): Promise<void>
  /** Whose clients may come with a document for an id. */
  clientDomains: ClientDomains
}

// Per origin and isolate: the options are the same for every request, and checking them is not
// free. Plain configuration, nothing of any request.
const servers = new Map<string, OAuthAuthorizationServer>()

/** @param refreshes Whether access may outlive its token; that of the playground may not. */
function serverFor(
  { registry, origin }: AuthorizationServerPorts,
  refreshes = true,
): OAuthAuthorizationServer {
  const key = `${refreshes} ${origin}`
  const known = servers.get(key)
  if (known) return known
  const resources = protectedResources(registry, origin)
  const scopes = [...resources.values()].flatMap(({ definition }) => Object.keys(definition.scopes))
  const server = new OAuthAuthorizationServer({
    issuer: origin,
    // The provider wants at least one; a platform of public modules only issues no token for it.
    resources: resources.size > 0 ? [...resources.keys()] : [`${origin}/mcp`],
    authorizeEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    clientRegistrationEndpoint: `${origin}/register`,
    scopesSupported: [...scopes, 'offline_access'],
    accessTokenTTL: ACCESS_TOKEN_SECONDS,
    refreshTokenTTL: refreshes ? REFRESH_TOKEN_SECONDS : 0,
    ...(refreshes && { refreshTokenIdleTTL: REFRESH_TOKEN_SECONDS }),
    clientRegistrationTTL: CLIENT_SECONDS,
    clientIdMetadataDocumentEnabled: true,
    allowPrivateUseRedirectUris: true,
    cookiePrefix: '__Host-quayside-',
    onError: () => undefined,
  })
  servers.set(key, server)
  return server
}

/** The interactive half: parse a request, ask for consent, issue a code. */
export function authorizationApi(ports: AuthorizationServerPorts): {
  helpers: OAuthHelpers
  storage: ProviderStorage
} {
  const storage = new ProviderStorage(ports)
  const helpers = serverFor(ports).getOAuthApi(environment(storage))
  return { storage, helpers: fetchingDocuments(helpers) }
}

/**
 * An authorization request with its `resource` in canonical spelling, inferred from its scopes when
 * it names none.
 */
export function withCanonicalResource(request: Request, ports: AuthorizationServerPorts): Request {
  const url = new URL(request.url)
  normalizeResource(url.searchParams, ports)
  return new Request(url, request)
}

/** `GET` of the metadata document, whatever well-known path it was asked at. */
export async function serverMetadata(ports: AuthorizationServerPorts): Promise<object> {
  const url = `${ports.origin}/.well-known/oauth-authorization-server`
  const response = await run(new Request(url), new ProviderStorage(ports), ports)
  const document = (await response.json()) as Record<string, unknown> // the provider's own
  return { ...document, protected_resources: undefined }
}

/**
 * The token endpoint: code exchange, refresh, and revocation (RFC 7009), which the provider serves
 * at the same address. Every answer is `no-store`.
 */
export async function tokenEndpoint(
  request: Request,
  body: string,
  ports: AuthorizationServerPorts,
): Promise<Response> {
  const form = new URLSearchParams(body)
  const repeated = [...form.keys()].find((name) => form.getAll(name).length > 1)
  if (repeated !== undefined) {
    return oauthError('invalid_request', `Parameter "${repeated}" must not be repeated.`)
  }
  const clientId = clientIdOf(request, form)
  if (clientId !== undefined && isDocumentId(clientId)) {
    const fault = faultOfDocumentId(clientId, ports.clientDomains)
    if (fault) return unknownClient(DOCUMENT_FAULTS[fault], request)
    const refused = await refuseMadeUp(form, ports)
    if (refused) return refused
  }
  // An assertion may stand without the id of its client. The provider must not read another one out
  // of it than was checked here.
  if (form.has('client_assertion')) form.set('client_id', clientId ?? '')
  if (form.has('resource')) form.set('resource', canonicalResource(form.get('resource') ?? ''))
  const refreshing = form.get('grant_type') === 'refresh_token'
  // In a request without a grant type it is revoked (RFC 7009).
  const presented = refreshing
    ? form.get('refresh_token')
    : form.get('grant_type')
      ? null
      : form.get('token')
  const presentedHash = presented === null ? undefined : await sha256(presented)
  const ending = form.get('grant_type') ? undefined : byClient(ports)
  const claimed = new Set<string>()

  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const storage = new ProviderStorage(ports, { presentedHash, claimed, ending })
    const { url, headers } = request
    const provided = new Request(url, { method: 'POST', headers, body: form.toString() })
    const response = await run(provided, storage, ports, clientId !== PLAYGROUND_CLIENT_ID)

    const { opening, facts } = storage
    if (opening?.kind === 'replay' && !refreshing) {
      await revokeUsed(storage, opening.clientId, clientId, ports)
      return noStore(response)
    }
    if (opening?.kind === 'replay' && presented !== null) {
      const replayed = await replay(opening, presented, clientId)
      if (replayed) {
        if (facts) await ports.report({ type: 'token_replayed', ...facts })
        return replayed
      }
    }
    if (opening?.kind === 'reused' && facts) {
      await ports.report({ type: 'refresh_reused', ...facts })
      return noStore(response)
    }
    const issued = response.ok && refreshing ? await response.clone().text() : undefined
    const used =
      issued !== undefined && presented !== null && presentedHash !== undefined
        ? { hash: presentedHash, replay: await sealReplay(presented, issued, clientId ?? '') }
        : undefined
    if (!(await storage.flush({ used }))) continue // somebody else was faster: look again
    if (storage.tookToken && clientId === PLAYGROUND_CLIENT_ID && facts) {
      // Nothing is left of a grant that lived by this one token.
      await ports.grantsOf(facts.userId).end([facts.grantId], byClient(ports))
    }
    await reportOutcome(storage, form, response, ports)
    return noStore(response)
  }
  return oauthError('temporarily_unavailable', 'Too many requests for this grant; retry.', 429)
}

/** Registers a client (RFC 7591). `body` is the parsed JSON. */
export async function registerClient(
  metadata: Record<string, unknown>,
  ports: AuthorizationServerPorts,
): Promise<Response> {
  const provided = new Request(`${ports.origin}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  })
  return noStore(await run(provided, new ProviderStorage(ports), ports))
}

/** An error of the token or registration endpoint (RFC 6749 §5.2). */
export function oauthError(error: string, description: string, status = 400): Response {
  // The characters an error_description may have: neither quotes nor what somebody sent.
  const error_description = description.replaceAll(/["\\]/g, "'").replaceAll(/[^ -~]/g, '?')
  return Response.json(
    { error, error_description },
    { status, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } },
  )
}

const environment = (storage: ProviderStorage): Cloudflare.Env =>
  // The provider asks its environment for this one binding and nothing else.
  ({ OAUTH_KV: storage }) as unknown as Cloudflare.Env

function run(
  request: Request,
  storage: ProviderStorage,
  ports: AuthorizationServerPorts,
  refreshes = true,
) {
  const context = {
    waitUntil: (work: Promise<unknown>) => ports.waitUntil(work),
    passThroughOnException: () => undefined,
    props: {},
  } as unknown as ExecutionContext // all of it that the provider's own endpoints use
  return withDocumentFetch(() =>
    serverFor(ports, refreshes).fetch(request, environment(storage), context),
  )
}

/** Looking at a request for authorization is looking at its client, who may be a document. */
const fetchingDocuments = (helpers: OAuthHelpers): OAuthHelpers =>
  new Proxy(helpers, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => withDocumentFetch(() => Reflect.apply(value, target, args))
    },
  })

function normalizeResource(query: URLSearchParams, ports: AuthorizationServerPorts): void {
  const resources = protectedResources(ports.registry, ports.origin)
  const asked = query.getAll('resource')
  if (asked.length > 1) return // the provider refuses several
  const [value] = asked
  if (value !== undefined) {
    query.set('resource', canonicalResource(value))
    return
  }
  const scopes = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
  const inferred = resourceFromScopes(scopes, resources)
  if (inferred !== undefined) query.set('resource', inferred)
}

/**
 * The answer to a request that speaks of no person of ours, or undefined. Given before a client's
 * document is fetched: nobody unknown makes the platform fetch what they like.
 */
async function refuseMadeUp(
  form: URLSearchParams,
  { isUserId }: AuthorizationServerPorts,
): Promise<Response | undefined> {
  const grantType = form.get('grant_type') || undefined
  const name = presentedAs(grantType)
  if (name === undefined) {
    return oauthError('unsupported_grant_type', `Grant type "${grantType}" is not supported.`)
  }
  const presented = form.get(name)
  if (!presented) return oauthError('invalid_request', `Parameter "${name}" is missing.`)
  if (await isUserId(presented.split(':')[0] ?? '')) return undefined
  // Taking back what is none of ours has succeeded (RFC 7009 §2.2).
  if (grantType === undefined) return noStore(new Response(''))
  return oauthError('invalid_grant', `"${name}" was not issued here, or has ended.`)
}

/** The parameter that carries what a request is about. */
function presentedAs(grantType: string | undefined): string | undefined {
  switch (grantType) {
    case 'authorization_code':
      return 'code'
    case 'refresh_token':
      return 'refresh_token'
    case undefined:
      return 'token' // a revocation
    default:
      return undefined
  }
}

/** With a challenge for who tried the Authorization header (RFC 6749 §5.2). */
function unknownClient(problem: string, { headers }: Request): Response {
  const response = oauthError('invalid_client', problem, 401)
  if (headers.has('authorization')) response.headers.set('www-authenticate', 'Basic realm="OAuth"')
  return response
}

const DOCUMENT_FAULTS = {
  unreachable: 'The client id is not an address that can be fetched.',
  untrusted: 'Clients of this domain are not let in here.',
}

const byClient = ({ auditOrigin }: AuthorizationServerPorts): EndingCause => ({
  type: 'grant_revoked',
  actor: 'client',
  detail: 'revoked by its client',
  origin: auditOrigin,
})

async function reportOutcome(
  storage: ProviderStorage,
  form: URLSearchParams,
  response: Response,
  ports: AuthorizationServerPorts,
): Promise<void> {
  const { facts } = storage
  if (!facts) return
  const grantType = form.get('grant_type') || null
  if (storage.revoked) {
    await ports.report({ type: 'grant_ended', ...facts })
  } else if (storage.tookToken) {
    await ports.report({ type: 'access_token_revoked', ...facts })
  } else if (response.ok && grantType !== null) {
    await ports.report({ type: 'token_issued', ...facts, grantType })
  }
}

/**
 * Ends the grant of a refresh token that was used moments ago. To the provider it is a token of
 * nobody, but its client may never have received the one that came after it.
 */
async function revokeUsed(
  { facts }: ProviderStorage,
  owner: string,
  asking: string | undefined,
  ports: AuthorizationServerPorts,
): Promise<void> {
  // The provider opens a grant only once its client has proved who it is.
  if (!facts || asking !== owner) return
  await ports.grantsOf(facts.userId).end([facts.grantId], byClient(ports))
  await ports.report({ type: 'grant_ended', ...facts })
}

/**
 * The successor a used refresh token was exchanged for, for the client that did so. It can only be
 * opened with the token itself, so the object that keeps it cannot read it.
 */
async function replay(
  { clientId, replay }: { clientId: string; replay: ArrayBuffer },
  presented: string,
  asking: string | undefined,
): Promise<Response | undefined> {
  if (asking !== clientId) return undefined
  const key = await deriveAeadKey(utf8(presented), 'quayside/1/refresh-replay')
  const body = await aeadOpen(key, new Uint8Array(replay), utf8(clientId))
  if (!body) return undefined
  return new Response(body, {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      pragma: 'no-cache',
    },
  })
}

async function sealReplay(presented: string, body: string, clientId: string): Promise<ArrayBuffer> {
  const key = await deriveAeadKey(utf8(presented), 'quayside/1/refresh-replay')
  return (await aeadSeal(key, utf8(body), utf8(clientId))).buffer
}

/** The client a token request speaks for, before anything about it is believed. */
function clientIdOf(request: Request, form: URLSearchParams): string | undefined {
  const basic = /^Basic\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (basic !== undefined) {
    try {
      return decodeURIComponent(atob(basic).split(':')[0] ?? '')
    } catch {
      return undefined
    }
  }
  // An empty parameter counts as none (RFC 6749 §3.2).
  return form.get('client_id') || assertionIssuer(form.get('client_assertion'))
}

function assertionIssuer(assertion: string | null): string | undefined {
  try {
    const payload = decodeBase64Url((assertion ?? '').split('.')[1] ?? '')
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload))
    return isObject(claims) && typeof claims.iss === 'string' ? claims.iss : undefined
  } catch {
    return undefined
  }
}

/** Hex SHA-256, as the provider names tokens. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX[byte]
  return text
}

export async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))))
}

function noStore(response: Response): Response {
  const copy = new Response(response.body, response)
  copy.headers.set('cache-control', 'no-store')
  copy.headers.set('pragma', 'no-cache')
  // Our own middleware decides who may read the answer.
  for (const name of [
    'access-control-allow-origin',
    'access-control-allow-headers',
    'access-control-allow-methods',
    'access-control-max-age',
    'access-control-expose-headers',
  ])
    copy.headers.delete(name)
  return copy
}
