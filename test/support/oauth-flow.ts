/**
 * The whole way to an access token, played over HTTP: what a client does and what its person does in
 * a browser. Only web APIs, so that it runs beside the platform as well as inside workerd.
 *
 * @module
 */

/** Where the platform answers, and how to reach it. A URL may be a path. */
export interface Site {
  origin: string
  send(url: string, init?: RequestInit): Promise<Response>
}

/** A platform behind real sockets. */
export const siteAt = (origin: string): Site => ({
  origin,
  send: (url, init) => fetch(new URL(url, origin), { redirect: 'manual', ...init }),
})

/** A browser: it keeps cookies and names its origin where a browser would. */
export interface Browser {
  site: Site
  cookies: Map<string, string>
  /** Follows no redirect. */
  open(url: string, init?: RequestInit): Promise<Response>
  /** Posts a form as a page of the platform would. */
  submit(path: string, fields: Fields, headers?: Record<string, string>): Promise<Response>
}

/** A list is a field that stands several times. */
export type Fields = Record<string, string | readonly string[] | undefined>

export function openBrowser(site: Site): Browser {
  const cookies = new Map<string, string>()
  const open: Browser['open'] = async (url, init = {}) => {
    const headers = new Headers(init.headers)
    const sent = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (sent !== '' && !headers.has('cookie')) headers.set('cookie', sent)
    const response = await site.send(url, { ...init, headers })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split(';')
      const [name = '', ...value] = pair.split('=')
      if (attributes.some((attribute) => attribute.trim() === 'Max-Age=0')) cookies.delete(name)
      else cookies.set(name, value.join('='))
    }
    return response
  }
  return {
    site,
    cookies,
    open,
    submit: (path, fields, headers) =>
      open(path, { ...postedForm(fields), headers: { ...FORM, origin: site.origin, ...headers } }),
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** `RequestInit` of a posted form. */
export function postedForm(fields: Fields): RequestInit & { method: string; body: string } {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value ?? []].flat()) form.append(name, one)
  }
  return { method: 'POST', headers: FORM, body: form.toString() }
}

export interface Client {
  clientId: string
  redirectUri: string
  secret?: string | undefined
}

export const REDIRECT_URI = 'http://localhost:9999/callback'

/** Registers a client: public and on loopback unless `metadata` says otherwise. */
export async function register(
  site: Site,
  metadata: Record<string, unknown> = {},
): Promise<Client> {
  const response = await postJson(site, '/register', {
    client_name: 'A client',
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'none',
    ...metadata,
  })
  const body = (await response.json()) as {
    client_id: string
    client_secret?: string
    redirect_uris: string[]
  }
  if (response.status !== 201) throw new Error(`not registered: ${JSON.stringify(body)}`)
  const [redirectUri = ''] = body.redirect_uris
  return { clientId: body.client_id, secret: body.client_secret, redirectUri }
}

export const postJson = (site: Site, path: string, body: unknown): Promise<Response> =>
  site.send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

/** An authorization request as its client keeps it. */
export interface AuthorizationRequest {
  client: Client
  /** `/authorize?…` */
  path: string
  verifier: string
  state: string
}

/** @param changes Parameters over the usual ones; undefined takes one away. */
export async function authorizationRequest(
  client: Client,
  changes: Fields = {},
): Promise<AuthorizationRequest> {
  const verifier = random()
  const state = random()
  const fields: Fields = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    ...changes,
  }
  return { client, path: `/authorize?${postedForm(fields).body}`, verifier, state }
}

/** The consent page as the person sees it. */
export interface Consent {
  html: string
  headers: Headers
  hidden: Record<string, string>
  /** Scopes on offer, and those of them that are ticked. */
  offered: string[]
  ticked: string[]
}

/** Signs a new person in, or, by id, one who exists. */
export async function signIn(
  browser: Browser,
  person: string | { id: string },
  returnTo = '/account',
): Promise<Response> {
  const page = await browser.open(`/sign-in?${new URLSearchParams({ return_to: returnTo })}`)
  const isNew = typeof person === 'string'
  const form = formWith(await page.text(), isNew ? 'email' : 'person')
  const who = isNew ? { name: person } : { person: person.id }
  return await browser.submit('/sign-in', { ...form.hidden, ...who })
}

/** Opens the consent page; whoever is not signed in yet signs in as `person` on the way. */
export async function openConsent(
  browser: Browser,
  { path }: Pick<AuthorizationRequest, 'path'>,
  person: string | { id: string } = 'Ada',
): Promise<Consent> {
  let response = await browser.open(path)
  if (response.status === 303) {
    const signInPage = new URL(response.headers.get('location') ?? '', browser.site.origin)
    const entered = await signIn(browser, person, signInPage.searchParams.get('return_to') ?? '')
    await entered.text()
    response = await browser.open(entered.headers.get('location') ?? '')
  }
  const html = await response.text()
  if (response.status !== 200) {
    throw new Error(`no consent page: ${response.status} ${response.headers.get('location')}`)
  }
  const { hidden, boxes } = formWith(html, 'decision')
  const scopes = boxes.filter(({ name }) => name === 'scope')
  return {
    html,
    headers: response.headers,
    hidden,
    offered: scopes.map(({ value }) => value),
    ticked: scopes.filter(({ ticked }) => ticked).map(({ value }) => value),
  }
}

/** Presses a button of the consent page; `scopes` are what is ticked by then. */
export const decide = (
  browser: Browser,
  consent: Pick<Consent, 'hidden' | 'ticked'>,
  { decision = 'allow', scopes = consent.ticked } = {} as {
    decision?: 'allow' | 'deny'
    scopes?: readonly string[]
  },
): Promise<Response> => browser.submit('/authorize', { ...consent.hidden, decision, scope: scopes })

/**
 * What a person does at an address that a client opened: signs in where they are not, leaves ticked
 * what is, and allows it. Returns where the browser is sent then, which is the client's own.
 */
export async function allowAt(browser: Browser, authorizationUrl: string | URL): Promise<URL> {
  const consent = await openConsent(browser, { path: String(authorizationUrl) })
  const response = await decide(browser, consent)
  await response.text()
  return new URL(response.headers.get('location') ?? '')
}

/** The parameters a browser brings back to its client. */
export function broughtBack(response: Response): Record<string, string> {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`no redirect: ${response.status}`)
  return Object.fromEntries(new URL(location).searchParams)
}

/** A token answer. */
export interface Tokens {
  access_token: string
  refresh_token: string
  expires_in: number
  scope: string
  token_type: string
}

/** Posts to the token endpoint. */
export const askForToken = (
  site: Site,
  client: Client,
  fields: Fields,
  headers: Record<string, string> = {},
): Promise<Response> => {
  const secret = client.secret === undefined ? {} : { client_secret: client.secret }
  const posted = postedForm({ client_id: client.clientId, ...secret, ...fields })
  return site.send('/token', { ...posted, headers: { ...FORM, ...headers } })
}

export const redeem = (
  site: Site,
  { client, verifier }: AuthorizationRequest,
  code: string | undefined,
  changes: Fields = {},
): Promise<Response> =>
  askForToken(site, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirectUri,
    code_verifier: verifier,
    ...changes,
  })

export const refresh = (
  site: Site,
  client: Client,
  refreshToken: string,
  changes: Fields = {},
): Promise<Response> =>
  askForToken(site, client, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    ...changes,
  })

/** The tokens of an answer. @throws when it has none. */
export async function tokensOf(response: Response): Promise<Tokens> {
  const body = (await response.json()) as Tokens
  if (response.status !== 200) throw new Error(`no tokens: ${JSON.stringify(body)}`)
  return body
}

export interface Connection {
  browser: Browser
  client: Client
  tokens: Tokens
  userId: string
  grantId: string
}

export interface ConnectOptions {
  /** `/<module>/mcp` is what the client asks for. */
  module: string
  scope?: string
  /** What stays ticked; what was ticked unless set. */
  granted?: readonly string[]
  client?: Client
  browser?: Browser
  person?: string | { id: string }
}

/** All of it: registration, sign-in, consent, code, tokens. */
export async function connect(site: Site, options: ConnectOptions): Promise<Connection> {
  const { module, scope, granted, person } = options
  const client = options.client ?? (await register(site))
  const browser = options.browser ?? openBrowser(site)
  const resource = `${site.origin}/${module}/mcp`
  const request = await authorizationRequest(client, { resource, scope })
  const consent = await openConsent(browser, request, person)
  const decided = await decide(browser, consent, granted && { scopes: granted })
  const { code } = broughtBack(decided)
  const tokens = await tokensOf(await redeem(site, request, code))
  const [userId = '', grantId = ''] = tokens.access_token.split(':')
  return { browser, client, tokens, userId, grantId }
}

/** Calls a tool at 2026-07-28. */
export const callTool = (
  site: Site,
  module: string,
  name: string,
  accessToken: string | undefined,
  args: Record<string, unknown> = {},
): Promise<Response> => request(site, module, 'tools/call', { name, arguments: args }, accessToken)

/** Sends a request of 2026-07-28. */
export function request(
  site: Site,
  module: string,
  method: string,
  params: Record<string, unknown>,
  accessToken: string | undefined,
): Promise<Response> {
  const named = params.name ?? params.uri
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return site.send(`/${module}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof named === 'string' && { 'mcp-name': named }),
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: { ...params, _meta: meta },
    }),
  })
}

/** S256, RFC 7636 §4.2. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64Url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))
}

export const random = (): string => base64Url(crypto.getRandomValues(new Uint8Array(32)).buffer)

const base64Url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

interface PageForm {
  hidden: Record<string, string>
  boxes: { name: string; value: string; ticked: boolean }[]
}

/** The form of a page that has a field of this name. */
export function formWith(html: string, field: string): PageForm {
  const forms = html.match(/<form\b[\s\S]*?<\/form>/g) ?? []
  const form = forms.find((text) => text.includes(`name="${field}"`))
  if (form === undefined) throw new Error(`no form with "${field}"`)
  const inputs = (form.match(/<input\b[^>]*>/g) ?? []).map((tag) => ({
    type: attribute(tag, 'type'),
    name: attribute(tag, 'name'),
    value: attribute(tag, 'value'),
    ticked: /\schecked\b/.test(tag),
  }))
  return {
    hidden: Object.fromEntries(
      inputs.filter(({ type }) => type === 'hidden').map(({ name, value }) => [name, value]),
    ),
    boxes: inputs.filter(({ type }) => type === 'checkbox'),
  }
}

const attribute = (tag: string, name: string): string =>
  (new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
