/**
 * The authorization endpoint: validates the client's request, has the person sign in, asks for
 * consent and issues the code. Every page is a plain form; nothing is remembered between consents,
 * so a client is always seen by the person it acts for (S-01, S-13).
 *
 * @module
 */
import {
  AuthorizationError,
  type AuthRequest,
  authorizationErrorRedirect,
  CimdFetchError,
  type ConsentDescription,
} from '@cloudflare/workers-oauth-provider'
import {
  formActionFor,
  type NoticeView,
  pageHeaders,
  renderConsentPage,
  renderNoticePage,
  renderReturnPage,
} from '../../console'
import { formToken, isFormToken } from '../../identity'
import {
  authorizationApi,
  CLIENT_SECONDS,
  faultOfDocumentId,
  isDocumentId,
  PLAYGROUND_CLIENT_ID,
  playgroundRedirectUri,
  protectedResources,
  redirectFault,
  TransactionConsumedError,
  withCanonicalResource,
} from '../../oauth'
import { expandScopes } from '../../policy'
import type { Person } from '../../store'
import { browserId } from '../browser-id'
import { askedScopes, grantedScopes, hasScopes, scopeViews } from '../consent-scopes'
import type { Services } from '../services'
import { signedIn } from '../signed-in'

/** `GET /authorize`: sign-in first, then the consent page. */
export async function showConsent(request: Request, services: Services): Promise<Response> {
  const { helpers } = authorizationApi(services.authorizationServer)
  const query = new URL(request.url).searchParams
  const repeated = [...query.keys()].find(
    (name) => name !== 'resource' && query.getAll(name).length > 1,
  )
  // Not sent back to the client: which of two addresses would be its own?
  if (repeated !== undefined) {
    return errorPage(`The request gives \`${repeated}\` more than once.`, FAULTY_CLIENT)
  }
  const clientId = query.get('client_id') ?? ''
  const refused = refuseDocument(clientId, services)
  if (refused) return refused
  // Registration lists none of these, but a document may.
  const redirectUri = query.get('redirect_uri')
  if (redirectUri !== null && redirectFault(redirectUri) !== undefined) {
    return errorPage(
      'The app asks to send you to an address that no app answers at.',
      FAULTY_CLIENT,
    )
  }
  // On loopback the provider takes any port for a registered one (RFC 8252 §7.3). Our own page has
  // one address, and consent says so.
  if (clientId === PLAYGROUND_CLIENT_ID && redirectUri !== playgroundRedirectUri(services.origin)) {
    return errorPage(UNKNOWN_ADDRESS, FAULTY_CLIENT)
  }
  const signed = await signedIn(request, services)
  // Nobody unknown makes the platform fetch what they like.
  if (!signed && isDocumentId(clientId)) return redirect(signInPath(request), 303)
  try {
    const asked = await helpers.parseAuthRequest(
      withCanonicalResource(request, services.authorizationServer),
    )
    if (asked.codeChallenge === undefined) {
      // The provider lets a client with a secret do without; here nobody may.
      const problem = 'PKCE is required: send a code_challenge with code_challenge_method S256.'
      throw sentBack(asked, 'invalid_request', problem)
    }
    const server = protectedResources(services.registry, services.origin).get(asked.resource ?? '')
    if (!server) return errorPage('The request names no module of this platform.')
    if (!signed) return redirect(signInPath(request), 303)
    const { person, login } = signed
    const scopes = scopeViews(server, await askedScopes(asked, server, person, services), person)
    if (scopes.length === 0 && hasScopes(server)) {
      throw sentBack(asked, 'access_denied', 'Nothing of this module is open to who signed in.')
    }
    const { handle, headers } = await helpers.beginConsent(asked)
    const client = await helpers.describeConsent(asked)
    const html = renderConsentPage({
      action: '/authorize',
      // Bound to this sign-in too: who decides is who the page named.
      handle: `${handle}~${await formToken(services.sealer, login.loginId, services.now())}`,
      host: new URL(services.origin).host,
      person,
      client: clientView(client, asked.redirectUri),
      module: {
        name: server.info.name,
        title: server.info.title ?? server.info.name,
        description: server.info.description,
      },
      scopes,
      // Every grant comes with a refresh token, but for our own page's.
      offlineAccess: asked.clientId !== PLAYGROUND_CLIENT_ID,
      switchAccountAction: '/sign-out',
      returnTo: returnPath(request),
    })
    return page(html, 200, headers, formActionFor(asked.redirectUri))
  } catch (cause) {
    // Anybody can register an address; our name is not lent to it unseen (RFC 9700 §4.11.2).
    const isSentBack = cause instanceof AuthorizationError && cause.redirectTo !== undefined
    if (isSentBack && !signed) return redirect(signInPath(request), 303)
    return authorizationFailure(cause)
  }
}

/** `POST /authorize`: the decision. The handle works once, in the browser it was made for. */
export async function decide(
  request: Request,
  form: URLSearchParams,
  services: Services,
): Promise<Response> {
  const { helpers, storage } = authorizationApi(services.authorizationServer)
  const [handle = '', token = ''] = (form.get('handle') ?? '').split('~')
  try {
    const signed = await signedIn(request, services)
    const loginId = signed?.login.loginId ?? ''
    if (!signed || !(await isFormToken(token, services.sealer, loginId, services.now()))) {
      return errorPage('Who is signed in here has changed since the page was opened.')
    }
    const { person } = signed
    const { request: asked, headers } = await helpers.approveConsent(request, handle)
    const deny = () => {
      const facts = consentFacts(asked, person, services)
      services.audit.write({ ...facts, type: 'consent_denied', outcome: 'refused' })
      const redirectTo = authorizationErrorRedirect(asked, 'access_denied', 'The person said no.')
      return goBack(redirectTo, headers, asked, false, helpers)
    }
    if (form.get('decision') !== 'allow') return await deny()
    // What is trusted may have changed while the person decided.
    const refused = refuseDocument(asked.clientId, services)
    if (refused) return refused
    const server = protectedResources(services.registry, services.origin).get(asked.resource ?? '')
    if (!server) return errorPage('The module is not hosted here any more.')
    const offered = await askedScopes(asked, server, person, services)
    const scope = grantedScopes(form.getAll('scope'), offered, asked, server, person)
    // Nothing ticked is a no in other words, where there was something to tick.
    if (scope.length === 0 && hasScopes(server)) return await deny()
    const { redirectTo } = await helpers.completeAuthorization({
      request: asked,
      userId: person.id,
      scope,
      metadata: {},
      props: {},
      revokeExistingGrants: false,
    })
    const browser = await browserId(request)
    headers.append('set-cookie', browser.setCookie)
    // What a client asked for by name may be what a refused call was told to ask for.
    const covers =
      asked.scope.length === 0 ? undefined : [...expandScopes(server.definition.scopes, scope)]
    await storage.flush({ consent: { browser: browser.digest, covers } })
    const { grant } = storage
    services.audit.write({
      ...consentFacts(asked, person, services),
      type: 'consent_allowed',
      grantId: grant?.grantId,
      scopes: scope,
      outcome: 'ok',
    })
    if (grant) {
      await services.clients.keep(asked.clientId, services.now() + CLIENT_SECONDS)
      await services.clientGrants.add({
        ...grant,
        clientId: asked.clientId,
        resource: asked.resource ?? '',
        createdAt: services.now(),
      })
    }
    return await goBack(redirectTo, headers, asked, true, helpers)
  } catch (cause) {
    if (cause instanceof TransactionConsumedError) {
      return errorPage('This request was answered already.')
    }
    return authorizationFailure(cause)
  }
}

/** The page for a client known by a document that must not be fetched; undefined for any other. */
function refuseDocument(clientId: string, { config, audit }: Services): Response | undefined {
  const fault = isDocumentId(clientId)
    ? faultOfDocumentId(clientId, config.clientDomains)
    : undefined
  switch (fault) {
    case undefined:
      return undefined
    case 'unreachable':
      return errorPage('The client id is a URL that cannot be fetched from here.', FAULTY_CLIENT)
    case 'untrusted': {
      const detail = 'its domain is not let in'
      audit.write({ type: 'client_refused', clientId, outcome: 'refused', detail })
      return errorPage(
        `Apps of ${URL.parse(clientId)?.hostname} are not let in here.`,
        'An operator of this platform can change that: `ALLOWED_CLIENT_DOMAINS`, `DENIED_CLIENT_DOMAINS`.',
      )
    }
    default:
      return fault satisfies never
  }
}

/** An error for the client, whose address is known to be right. */
const sentBack = (
  { redirectUri, state, issuer }: AuthRequest,
  code: 'access_denied' | 'invalid_request',
  description: string,
): AuthorizationError =>
  new AuthorizationError(code, {
    description,
    redirectUri,
    ...(state !== '' && { state }),
    ...(issuer !== undefined && { issuer }),
  })

/** Who decided, and on what. */
function consentFacts(
  { clientId, resource, scope }: AuthRequest,
  person: Person,
  { registry, origin }: Services,
) {
  const server = protectedResources(registry, origin).get(resource ?? '')
  const scopes = scope.filter((name) => server && Object.hasOwn(server.definition.scopes, name))
  return { subject: `person:${person.id}`, clientId, module: server?.info.name, scopes }
}

type Helpers = ReturnType<typeof authorizationApi>['helpers']

/**
 * Back to the client. A web address is a redirect; an app's own scheme leaves the browser where it
 * is, so there the answer is a page that says so and goes on by itself.
 */
async function goBack(
  redirectTo: string,
  headers: Headers,
  asked: AuthRequest,
  allowed: boolean,
  helpers: Helpers,
): Promise<Response> {
  if (/^https?:/.test(redirectTo)) return redirect(redirectTo, 302, headers)
  const { clientName } = await helpers.describeConsent(asked)
  headers.delete('location')
  return page(
    renderReturnPage({ client: { name: clientName }, allowed, href: redirectTo }),
    200,
    headers,
  )
}

const signInPath = (request: Request): string =>
  `/sign-in?${new URLSearchParams({ return_to: returnPath(request) })}`

const returnPath = (request: Request): string => {
  const { pathname, search } = new URL(request.url)
  return pathname + search
}

function clientView(client: ConsentDescription, redirectUri: string) {
  const { protocol, host } = new URL(redirectUri)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  const isOurs = client.clientId === PLAYGROUND_CLIENT_ID
  return {
    name: client.clientName,
    domain: client.clientDomain,
    isOurs,
    // With its scheme unless it is the web's: `evil://claude.ai` is not claude.ai.
    redirectHost: isWeb ? host : host === '' ? redirectUri : `${protocol}//${host}`,
    // Ours goes to this very address. An app's own scheme reaches whatever program on this computer has claimed it.
    loopback: !isOurs && (client.redirectIsLoopback || !isWeb),
    uri: client.clientUri,
  }
}

/** Tells the client where its address is known to be right, and the person where it is not. */
function authorizationFailure(cause: unknown): Response {
  if (cause instanceof AuthorizationError) {
    if (cause.redirectTo !== undefined) return redirect(cause.redirectTo, 302)
    return refusalPage(cause)
  }
  if (cause instanceof CimdFetchError) {
    const message = 'The document behind the client id could not be read, or is not valid.'
    return errorPage(message, FAULTY_CLIENT)
  }
  // The provider has no class for it: the client or its address has gone since the request was made.
  if (cause instanceof Error && cause.message.startsWith('Invalid redirect URI.')) {
    return errorPage('The app is not known here any more.', NEW_CONNECTION)
  }
  throw cause
}

const UNKNOWN_ADDRESS = 'The app asks to send you to an address that it has not made known.'
const AGAIN = 'Go back to the app and connect again.'
const NEW_CONNECTION =
  'In the app, remove this connection and add it again: then the app makes itself known anew.'
const FAULTY_CLIENT =
  'The mistake is in the app that sent you here. Tell whoever makes or runs it what this page says.'

/** What the provider found wrong with a request whose sender cannot be told. */
function refusalPage({ code, description }: AuthorizationError): Response {
  const details = [
    { term: 'error', value: code },
    { term: 'error_description', value: description },
  ]
  const [message, remedy] = inPlainWords(code, description)
  return errorPage(message, remedy, details)
}

/** The provider speaks to developers, and this is read by whoever wanted to connect something. */
function inPlainWords(code: AuthorizationError['code'], description: string): [string, string] {
  if (description === 'Invalid client_id') {
    return ['The app that sent you here is not known to this platform.', NEW_CONNECTION]
  }
  if (description === 'Invalid redirect URI') {
    return [UNKNOWN_ADDRESS, FAULTY_CLIENT]
  }
  if (code === 'invalid_target') {
    const remedy =
      'The app must send `resource` with the connector URL, or ask for scopes of one module only.'
    return ['The app does not say which module it wants to connect to.', remedy]
  }
  return /^This authorization/.test(description)
    ? ['This request is too old, was answered already, or belongs to another browser.', AGAIN]
    : ['The request of the app that sent you here cannot be understood.', FAULTY_CLIENT]
}

function errorPage(message: string, remedy = AGAIN, details?: NoticeView['details']): Response {
  const html = renderNoticePage({ title: 'This sign-in cannot go on', message, remedy, details })
  return page(html, 400)
}

function page(html: string, status: number, extra?: Headers, formAction?: string[]): Response {
  const headers = new Headers(extra)
  for (const [name, value] of Object.entries(pageHeaders({ formAction: formAction ?? [] }))) {
    headers.set(name, value)
  }
  return new Response(html, { status, headers })
}

function redirect(location: string, status: number, extra?: Headers): Response {
  const headers = new Headers(extra)
  headers.set('location', location)
  headers.set('cache-control', 'no-store')
  return new Response(null, { status, headers })
}
