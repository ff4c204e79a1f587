/**
 * The endpoints that programs call on the way to a token: metadata, registration, token.
 *
 * @module
 */
import { canonicalJson, isObject, networkOf, parseJson, readBody } from '../../lib'
import {
  isLoopbackHost,
  oauthError,
  prepareRegistration,
  protectedResourceMetadata,
  registerClient,
  resourcePathOf,
  serverMetadata,
  sha256,
  tokenEndpoint,
} from '../../oauth'
import type { RegistrationLimits } from '../../store'
import type { Services } from '../services'
import { taggedResponse } from '../tagged-response'

const MAX_TOKEN_BODY_BYTES = 64 * 1024
/** Several times what any client is known to send; all of it may be kept for a week. */
const MAX_REGISTRATION_BYTES = 16 * 1024

/** `/.well-known/oauth-protected-resource/<module>/mcp`; undefined for anything else. */
export function resourceMetadata(
  request: Request,
  pathname: string,
  services: Services,
): Promise<Response> | undefined {
  const asked = resourcePathOf(pathname)
  const server = asked && services.registry.get(asked.module)
  if (!asked || server?.definition.access !== 'authenticated') return undefined
  const document = protectedResourceMetadata(server, services.origin, asked.path)
  return metadata(request, document)
}

/** The authorization server's document, the same at every address clients try. */
export async function authorizationServerMetadata(
  request: Request,
  pathname: string,
  services: Services,
): Promise<Response> {
  const { origin, authorizationServer } = services
  const document = await serverMetadata(authorizationServer)
  // Clients that read the other document hold it to OpenID Connect, whose required fields say
  // here that no ID token is ever signed.
  const isOpenId = pathname.includes('openid-configuration')
  return metadata(request, isOpenId ? { ...document, ...openIdFields(origin) } : document)
}

const openIdFields = (origin: string) => ({
  jwks_uri: `${origin}/.well-known/jwks.json`,
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
})

/** `/.well-known/jwks.json`: nothing here is signed with a public key. */
export const publicKeys = (request: Request): Promise<Response> => metadata(request, { keys: [] })

/** What changes with a deployment only. A client that knows it asks, and is not sent it again. */
function metadata(request: Request, document: object): Promise<Response> {
  const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-cache' })
  return taggedResponse(request, JSON.stringify(document), headers)
}

/** `POST /token` */
export async function token(request: Request, services: Services): Promise<Response> {
  if (request.method !== 'POST') return methodNotAllowed()
  const body = await readBody(request, MAX_TOKEN_BODY_BYTES)
  if (!body.ok) return oauthError('invalid_request', 'The body is too large or not UTF-8.', 413)
  return tokenEndpoint(request, body.text, services.authorizationServer)
}

/** `POST /register` (RFC 7591) */
export async function register(request: Request, services: Services): Promise<Response> {
  if (request.method !== 'POST') return methodNotAllowed()
  const response = await answerRegistration(request, services)
  const answer = parseJson(await response.clone().text())
  const { client_id: clientId, error } = isObject(answer) ? answer : {}
  if (typeof clientId === 'string') {
    services.audit.write({ type: 'client_registered', clientId, outcome: 'ok' })
  } else {
    // One of the words of RFC 7591 §3.2.2, or our own for too many.
    const detail = typeof error === 'string' ? error : undefined
    services.audit.write({ type: 'client_refused', outcome: 'refused', detail })
  }
  return response
}

async function answerRegistration(request: Request, services: Services): Promise<Response> {
  const body = await readBody(request, MAX_REGISTRATION_BYTES)
  if (!body.ok) {
    return oauthError('invalid_client_metadata', 'The body is too large or not UTF-8.', 413)
  }
  const prepared = prepareRegistration(parseJson(body.text))
  if (!prepared.ok) return oauthError(prepared.error, prepared.problem)
  const { metadata, applicationType, dropped } = prepared.registration
  const report = { application_type: applicationType, ...(dropped.length > 0 && { dropped }) }

  // A public client that registers the same again is the same client: installs share an id, each
  // with grants of its own, and a loop of registrations costs one row.
  const isPublic = metadata.token_endpoint_auth_method === 'none'
  const hash = await sha256(canonicalJson(metadata))
  const known = isPublic ? await services.clients.findByMetadata(hash) : undefined
  if (known === undefined && !(await isAdmitted(request, services))) {
    const tooMany = oauthError('temporarily_unavailable', 'Too many registrations; retry.', 429)
    tooMany.headers.set('retry-after', '60')
    return tooMany
  }
  if (known !== undefined) {
    const answer = { ...publicMetadata(metadata), client_id: known, ...report }
    return Response.json(answer, { status: 201, headers: { 'cache-control': 'no-store' } })
  }
  const response = await registerClient(metadata, services.authorizationServer)
  if (!response.ok) return response
  const registered = (await response.json()) as { client_id: string } // the provider's answer
  if (isPublic) await services.clients.setMetadataHash(registered.client_id, hash)
  return Response.json(
    { ...registered, ...report },
    { status: 201, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } },
  )
}

/** Vendors register all their users from a few addresses. */
const LIMITS: RegistrationLimits = { windowSeconds: 60, own: 120, all: 600 }

async function isAdmitted(request: Request, { clients, origin }: Services): Promise<boolean> {
  const source = isLoopbackHost(new URL(origin).hostname)
    ? 'loopback'
    : networkOf(request.headers.get('cf-connecting-ip') ?? 'unknown')
  return clients.admitRegistration(await sha256(source), LIMITS)
}

/** What a public client is told of itself when it comes again; it may have sent anything. */
const TOLD = [
  'redirect_uris',
  'client_name',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'contacts',
  'token_endpoint_auth_method',
]

function publicMetadata(metadata: Record<string, unknown>): Record<string, unknown> {
  const { grant_types = ['authorization_code'], response_types = ['code'] } = metadata
  const told = TOLD.filter((name) => Object.hasOwn(metadata, name))
  return {
    ...Object.fromEntries(told.map((name) => [name, metadata[name]])),
    grant_types,
    response_types,
  }
}

const methodNotAllowed = (): Response => {
  const response = oauthError('invalid_request', 'Use POST.', 405)
  response.headers.set('allow', 'POST, OPTIONS')
  return response
}
