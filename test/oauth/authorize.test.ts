import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  authorizationRequest,
  broughtBack,
  type Client,
  callTool,
  connect,
  decide,
  type Fields,
  openBrowser,
  openConsent,
  REDIRECT_URI,
  redeem,
  register,
  signIn,
  tokensOf,
} from '../support/oauth-flow'
import { answer, ORIGIN, site, startSite } from './driver'

const DESK = `${ORIGIN}/desk/mcp`

/** Asks for authorization as somebody who is signed in. */
async function ask(client: Client, changes: Fields = {}) {
  const browser = openBrowser(site)
  await signIn(browser, 'Ada')
  const request = await authorizationRequest(client, { resource: DESK, ...changes })
  const response = await browser.open(request.path)
  return { browser, request, response, location: response.headers.get('location') }
}

const refused = async (response: Response) => {
  expect(response.status).toBe(400)
  expect(response.headers.get('location')).toBeNull()
  expect(response.headers.get('content-type')).toContain('text/html')
  return await response.text()
}

describe('an authorization request whose sender is not known', () => {
  it.each<[string, string | undefined]>([
    ['none', undefined],
    ['an empty one', ''],
    ['one nobody has', 'AAAAAAAAAAAAAAAA'],
    ['a URL without path', 'https://client.example.com'],
    ['plain http', 'http://client.example.com/id.json'],
    ['a word of JavaScript', 'constructor'],
  ])('R-07, A-05 with client id %s is told to the person, not sent anywhere', async (_, id) => {
    const client = await register(site)
    await refused((await ask(client, { client_id: id })).response)
  })

  it.each([
    ['the address with a slash', 'https://client.example.com/callback/'],
    ['a query', 'https://client.example.com/callback?x=1'],
    ['an empty query', 'https://client.example.com/callback?'],
    ['a fragment', 'https://client.example.com/callback#x'],
    ['an empty fragment', 'https://client.example.com/callback#'],
    ['a sub-domain', 'https://a.client.example.com/callback'],
    ['a longer domain', 'https://client.example.com.evil.example/callback'],
    ['another path', 'https://client.example.com/callback2'],
    ['a path below', 'https://client.example.com/callback/x'],
    ['a path that climbs', 'https://client.example.com/x/../callback'],
    ['upper case', 'https://CLIENT.example.com/callback'],
    ['another scheme', 'http://client.example.com/callback'],
    ['a port', 'https://client.example.com:8443/callback'],
    ['the usual port', 'https://client.example.com:443/callback'],
    ['a user', 'https://client.example.com@evil.example/callback'],
    ['a user of its own', 'https://user@client.example.com/callback'],
    ['a backslash', 'https://client.example.com\\@evil.example/callback'],
    ['a relative address', '/callback'],
    ['none', undefined],
    ['JavaScript', 'javascript:alert(1)'],
    ['JavaScript with a line break', 'java\nscript:alert(1)'],
    ['JavaScript after a control character', '\u0001javascript:alert(1)'],
    ['data', 'data:text/html,hi'],
    ['a file', 'file:///etc/passwd'],
    ['loopback, which it has not registered', REDIRECT_URI],
  ])('A-05 is not sent to %s', async (_, uri) => {
    const client = await register(site, { redirect_uris: ['https://client.example.com/callback'] })
    await refused((await ask(client, { redirect_uri: uri })).response)
  })

  it.each([
    ['another path', 'http://localhost:9999/other'],
    ['a slash at the end', 'http://localhost:9999/callback/'],
    ['a query', 'http://localhost:9999/callback?x=1'],
    ['another name of the computer', 'http://127.0.0.1:9999/callback'],
    ['a name that begins like it', 'http://localhost.evil.example:9999/callback'],
    ['a user', 'http://localhost@evil.example/callback'],
    ['a user of its own', 'http://user:pass@localhost:9999/callback'],
    ['a fragment', 'http://localhost:9999/callback#x'],
    ['https', 'https://localhost:9999/callback'],
  ])('A-05 is not sent to a loopback address with %s', async (_, uri) => {
    await refused((await ask(await register(site), { redirect_uri: uri })).response)
  })

  it.each([['http://localhost:1/callback'], ['http://localhost/callback']])(
    'A-05 may be answered on another port of loopback: %s',
    async (uri) => {
      const { browser, request } = await ask(await register(site), { redirect_uri: uri })
      const response = await decide(browser, await openConsent(browser, request))
      expect(response.headers.get('location')).toMatch(uri)
    },
  )

  it.each([['client_id'], ['redirect_uri'], ['scope'], ['state'], ['code_challenge']])(
    'A-05 gives each parameter once: two of %s are refused',
    async (name) => {
      const client = await register(site)
      const twice = { [name]: [client.clientId, 'https://evil.example/callback'] }
      await refused((await ask(client, twice)).response)
    },
  )
})

describe('a faulty request of a known client', () => {
  it.each<[string, Fields, string]>([
    ['no response type', { response_type: undefined }, 'invalid_request'],
    ['the implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
    ['a hybrid', { response_type: 'code token' }, 'unsupported_response_type'],
    ['an ID token', { response_type: 'id_token' }, 'unsupported_response_type'],
    ['no code challenge', { code_challenge: undefined }, 'invalid_request'],
    [
      'no PKCE at all',
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
    ],
    ['an empty challenge', { code_challenge: '' }, 'invalid_request'],
    ['the plain method', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no method, which means plain', { code_challenge_method: undefined }, 'invalid_request'],
    ['a method in lower case', { code_challenge_method: 's256' }, 'invalid_request'],
    ['several resources', { resource: [DESK, `${ORIGIN}/vault/mcp`] }, 'invalid_target'],
    ['an unknown resource', { resource: `${ORIGIN}/nowhere/mcp` }, 'invalid_target'],
    ['a module that needs no token', { resource: `${ORIGIN}/bell/mcp` }, 'invalid_target'],
    ['the whole platform', { resource: ORIGIN }, 'invalid_target'],
    ['another host', { resource: 'https://evil.example/desk/mcp' }, 'invalid_target'],
    ['another port', { resource: 'http://localhost:1/desk/mcp' }, 'invalid_target'],
    ['a resource with a fragment', { resource: `${DESK}#x` }, 'invalid_target'],
    ['a resource with a user', { resource: DESK.replace('//', '//user@') }, 'invalid_target'],
    ['a resource that is no URL', { resource: 'desk' }, 'invalid_target'],
    ['an empty resource', { resource: '' }, 'invalid_target'],
  ])(
    'A-01, A-04, A-06, A-12 with %s is told to it, with issuer and state',
    async (_, changes, error) => {
      const { location, request } = await ask(await register(site), changes)
      const url = new URL(location ?? '')
      expect(`${url.origin}${url.pathname}`).toBe(REDIRECT_URI)
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        error,
        iss: ORIGIN,
        state: request.state,
      })
      expect(url.searchParams.has('code')).toBe(false)
    },
  )

  it.each<[string, Fields]>([
    ['the implicit grant', { response_type: 'token' }],
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
    ['an unknown resource', { resource: `${ORIGIN}/nowhere/mcp` }],
  ])('A-05 with %s sends nobody anywhere who has not signed in', async (_, changes) => {
    const redirect_uris = ['https://anybody.example/landing']
    const method = { token_endpoint_auth_method: 'client_secret_basic' }
    const client = await register(site, { redirect_uris, ...method })
    const browser = openBrowser(site)
    const { path } = await authorizationRequest(client, { resource: DESK, ...changes })
    const unknown = await browser.open(path)
    expect(unknown.status).toBe(303)
    expect(unknown.headers.get('location')).toMatch(/^\/sign-in\?/)
    await signIn(browser, 'Ada')
    const known = await browser.open(path)
    expect(known.headers.get('location')).toMatch(/^https:\/\/anybody\.example\/landing\?error=/)
  })

  it.each([
    ['client_secret_basic', undefined],
    ['client_secret_post', 'client_secret_post'],
  ])('A-04 asks a confidential client for PKCE too (%s)', async (_, method) => {
    const client = await register(site, { token_endpoint_auth_method: method })
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    const { location } = await ask(client, without)
    expect(new URL(location ?? '').searchParams.get('error')).toBe('invalid_request')
  })

  it('A-12 leaves out a state that it did not send', async () => {
    const { location } = await ask(await register(site), {
      response_type: 'token',
      state: undefined,
    })
    expect(new URL(location ?? '').searchParams.has('state')).toBe(false)
  })
})

describe('the resource of a request', () => {
  it.each([
    ['as it is', DESK],
    ['with a slash at the end', `${DESK}/`],
    ['with the host in upper case', DESK.replace('localhost', 'LOCALHOST')],
    ['with the scheme in upper case', DESK.replace('http:', 'HTTP:')],
  ])('R-14 is the same %s', async (_, resource) => {
    const { browser, request } = await ask(await register(site), { resource })
    const consent = await openConsent(browser, request)
    const { code } = broughtBack(await decide(browser, consent))
    const { body } = await answer(await redeem(site, request, code))
    expect(body.resource).toBe(DESK)
  })

  it('A-06 is inferred from scopes of one module', async () => {
    const changes = { resource: undefined, scope: 'vault:open offline_access' }
    const { browser, request } = await ask(await register(site), changes)
    const consent = await openConsent(browser, request)
    expect(consent.offered).toEqual(['vault:open'])
  })

  it.each<[string, string | undefined]>([
    ['no scope', undefined],
    ['scopes of two modules', 'desk:read vault:open'],
    ['a scope of nobody', 'nobody:home'],
  ])('A-06 cannot be inferred from %s: the answer says how to mend it', async (_, scope) => {
    const { location, response } = await ask(await register(site), { resource: undefined, scope })
    if (location === null) expect(await refused(response)).toContain('resource')
    else expect(broughtBack(response)).toMatchObject({ error: 'invalid_target', iss: ORIGIN })
  })
})

describe('the consent page', () => {
  it('A-09, S-02, S-13 names client, module, scopes and address, and warns of loopback', async () => {
    const client = await register(site, { client_name: 'Note <b>taker</b>' })
    const { browser, request } = await ask(client, { scope: 'desk:read' })
    const { html, offered } = await openConsent(browser, request)
    expect(html).toContain('Note &lt;b&gt;taker&lt;/b&gt;')
    expect(html).not.toContain('<b>taker')
    expect(html).toContain('Desk')
    expect(html).toContain('Read notes')
    expect(html).toContain('localhost')
    expect(offered).toEqual(['desk:read'])
  })

  it('A-09 shows the host of a client on the web', async () => {
    const redirect_uris = ['https://client.example.com/callback']
    const { browser, request } = await ask(await register(site, { redirect_uris }))
    expect((await openConsent(browser, request)).html).toContain('client.example.com')
  })

  it('S-01, S-13 is shown each time, and to each client', async () => {
    const { browser, client } = await connect(site, { module: 'desk' })
    const again = await authorizationRequest(client, { resource: DESK })
    expect((await openConsent(browser, again)).hidden.handle).toBeTruthy()
    const other = await register(site, { client_name: 'Another client' })
    const first = await authorizationRequest(other, { resource: DESK })
    expect((await openConsent(browser, first)).html).toContain('Another client')
  })

  it('S-15 begins with what reads, when a client asks for nothing', async () => {
    const { browser, request } = await ask(await register(site))
    expect((await openConsent(browser, request)).ticked).toEqual(['desk:read'])
  })

  it('A-22 lets a person grant less', async () => {
    const { tokens } = await connect(site, {
      module: 'desk',
      scope: 'desk:read desk:write',
      granted: ['desk:read'],
    })
    expect(tokens.scope).toBe('desk:read')
  })

  it.each<[string, string[], string]>([
    ['one that was not asked for', ['desk:read', 'desk:shred'], 'desk:read'],
    ['one of another module', ['desk:read', 'vault:open'], 'desk:read'],
    ['all', ['desk:read', '*'], 'desk:read'],
    ['offline access', ['desk:read', 'offline_access'], 'desk:read'],
    ['two in one', ['desk:read', 'desk:read desk:shred'], 'desk:read'],
    ['the same one twice', ['desk:read', 'desk:read'], 'desk:read'],
  ])('S-15 grants nothing more when the form ticks %s', async (_, granted, scope) => {
    const { tokens } = await connect(site, { module: 'desk', scope: 'desk:read', granted })
    expect(tokens.scope).toBe(scope)
  })

  it('A-22 grants nothing when nothing is ticked', async () => {
    const { browser, request } = await ask(await register(site))
    const consent = await openConsent(browser, request)
    const response = await decide(browser, consent, { scopes: [] })
    const code = new URL(response.headers.get('location') ?? ORIGIN).searchParams.get('code')
    expect(code).toBeNull()
  })

  it('A-22 asks for no scope where a module has none, and lets in', async () => {
    const client = await register(site)
    const { tokens } = await connect(site, { module: 'hall', client })
    expect(tokens.scope).toBe('')
    expect((await callTool(site, 'hall', 'greet', tokens.access_token)).status).toBe(200)
    const browser = openBrowser(site)
    const request = await authorizationRequest(client, { resource: `${ORIGIN}/hall/mcp` })
    const decided = await decide(browser, await openConsent(browser, request), { decision: 'deny' })
    expect(broughtBack(decided)).toMatchObject({ error: 'access_denied' })
  })

  it('S-15, R-16 offers a person only what their role could use', async () => {
    const scope = 'office:lock office:spare'
    const member = await ask(await register(site), { resource: `${ORIGIN}/office/mcp`, scope })
    const browser = member.browser
    const [person] = (
      await env.DB.prepare('SELECT * FROM people ORDER BY rowid DESC LIMIT 1').all()
    ).results
    expect(person?.role).toBe('member')
    const consent = await openConsent(browser, member.request)
    expect(consent.offered).toEqual(['office:knock', 'office:spare'])
    const decided = await decide(browser, consent, {
      scopes: ['office:lock', 'office:knock', 'office:spare'],
    })
    const { code } = broughtBack(decided)
    const tokens = await tokensOf(await redeem(site, member.request, code))
    expect(tokens.scope).toBe('office:knock office:spare')
  })

  it('S-15, R-16 sends back a no where nothing is open to a person', async () => {
    const changes = { resource: `${ORIGIN}/operator/mcp`, scope: 'operator:revoke' }
    const { response, request } = await ask(await register(site), changes)
    expect(broughtBack(response)).toMatchObject({
      error: 'access_denied',
      iss: ORIGIN,
      state: request.state,
    })
  })

  it('A-12, A-17 sends back code, state and issuer, each once', async () => {
    const { browser, request } = await ask(await register(site))
    const response = await decide(browser, await openConsent(browser, request))
    const { searchParams } = new URL(response.headers.get('location') ?? '')
    expect([...searchParams.keys()].sort()).toEqual(['code', 'iss', 'state'])
    expect(searchParams.get('iss')).toBe(ORIGIN)
    expect(searchParams.get('state')).toBe(request.state)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('A-12 sends back a no with issuer and state', async () => {
    const { browser, request } = await ask(await register(site))
    const consent = await openConsent(browser, request)
    const response = await decide(browser, consent, { decision: 'deny' })
    expect(broughtBack(response)).toMatchObject({
      error: 'access_denied',
      iss: ORIGIN,
      state: request.state,
    })
  })

  it("keeps the query of a client's own address", async () => {
    const redirect_uris = ['https://client.example.com/callback?tenant=7']
    const { browser, request } = await ask(await register(site, { redirect_uris }))
    const response = await decide(browser, await openConsent(browser, request))
    expect(broughtBack(response)).toMatchObject({ tenant: '7', state: request.state })
  })
})

describe('a decision', () => {
  const opened = async (changes: Fields = {}) => {
    const { browser, request } = await ask(await register(site), changes)
    return { browser, request, consent: await openConsent(browser, request) }
  }

  it('A-16 counts once', async () => {
    const { browser, consent } = await opened()
    broughtBack(await decide(browser, consent))
    await refused(await decide(browser, consent))
  })

  it('A-16 counts once, also when it is taken ten times at the same moment', async () => {
    const { browser, consent } = await opened()
    const cookies = new Map(browser.cookies)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => {
        const tab = openBrowser(site)
        for (const [name, value] of cookies) tab.cookies.set(name, value)
        return decide(tab, consent)
      }),
    )
    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9)
  })

  it('consumes the request when it is no', async () => {
    const { browser, consent } = await opened()
    await decide(browser, consent, { decision: 'deny' })
    await refused(await decide(browser, consent))
  })

  it.each<[string, (handle: string) => string | undefined]>([
    ['no handle', () => undefined],
    ['a handle nobody was given', () => 'AAAA~BBBB'],
    ['no form token', (handle) => handle.split('~')[0]],
    ['an empty form token', (handle) => `${handle.split('~')[0]}~`],
    ['a form token that is changed', (handle) => `${handle}A`],
    ['a form token with a changed handle', (handle) => `A${handle}`],
  ])('A-20, S-02 is refused with %s, and then still open to its person', async (_, change) => {
    const { browser, consent } = await opened()
    const { handle = '' } = consent.hidden
    const forged = { ...consent, hidden: { ...consent.hidden, handle: change(handle) as string } }
    await refused(await decide(browser, forged))
    broughtBack(await decide(browser, consent))
  })

  it('A-20 is refused with the form token of somebody else', async () => {
    const [mine, theirs] = [await opened(), await opened()]
    const [handle] = (mine.consent.hidden.handle ?? '').split('~')
    const [, token] = (theirs.consent.hidden.handle ?? '').split('~')
    const hidden = { handle: `${handle}~${token}` }
    await refused(await decide(mine.browser, { ...mine.consent, hidden }))
  })

  it('S-04 is refused in another browser, and stays open in its own', async () => {
    const [mine, theirs] = [await opened(), await opened()]
    await refused(await decide(theirs.browser, mine.consent))
    broughtBack(await decide(mine.browser, mine.consent))
  })

  it("S-04 is refused in a browser that swapped in another's transaction cookie", async () => {
    const [mine, theirs] = [await opened(), await opened()]
    // The attacker's own consent, carried by the victim's login.
    for (const [name, value] of theirs.browser.cookies) {
      if (name.includes('consent')) mine.browser.cookies.set(name, value)
    }
    await refused(await decide(mine.browser, theirs.consent))
  })

  it('S-04 is refused without the transaction cookie', async () => {
    const { browser, consent } = await opened()
    for (const name of browser.cookies.keys()) {
      if (name.includes('consent')) browser.cookies.delete(name)
    }
    await refused(await decide(browser, consent))
  })

  it('A-20 is refused when somebody else has signed in meanwhile', async () => {
    const { browser, consent } = await opened()
    await signIn(browser, 'Mallory')
    await refused(await decide(browser, consent))
  })

  it('A-20 is refused when nobody is signed in any more', async () => {
    const { browser, consent } = await opened()
    for (const name of browser.cookies.keys()) {
      if (name.includes('login')) browser.cookies.delete(name)
    }
    await refused(await decide(browser, consent))
  })

  it.each([
    ['https://evil.example'],
    ['null'],
    ['http://localhost.evil.example:8788'],
    ['https://localhost:8788.evil.example'],
  ])('A-20, S-21 is refused when the form was sent by a page of %s', async (origin) => {
    const { browser, consent } = await opened()
    const fields = { ...consent.hidden, decision: 'allow', scope: consent.ticked }
    const response = await browser.submit('/authorize', fields, { origin })
    expect(response.status).toBe(403)
    broughtBack(await decide(browser, consent))
  })

  it('A-20 is taken from a form only', async () => {
    const { browser, consent } = await opened()
    const body = JSON.stringify({ ...consent.hidden, decision: 'allow', scope: consent.ticked })
    const headers = { 'content-type': 'application/json', origin: ORIGIN }
    const response = await browser.open('/authorize', { method: 'POST', headers, body })
    await refused(response)
    const query = new URLSearchParams({ ...consent.hidden, decision: 'allow', scope: 'desk:read' })
    await refused(await browser.open(`/authorize?${query}`))
  })

  it('S-09 is bound to one isolate no more than anything else', async () => {
    const { browser, consent } = await opened()
    const elsewhere = openBrowser(startSite())
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value)
    broughtBack(await decide(elsewhere, consent))
  })

  it('gives a code that the client it was made for can use', async () => {
    const { browser, request, consent } = await opened()
    const { code } = broughtBack(await decide(browser, consent))
    expect((await tokensOf(await redeem(site, request, code))).scope).toBe('desk:read')
  })
})

describe('pages on the way', () => {
  const pages = async () => {
    const { browser, request } = await ask(await register(site))
    return {
      consent: await browser.open(request.path),
      'sign-in': await browser.open('/sign-in'),
      account: await browser.open('/account'),
      error: await browser.open('/authorize?client_id=nobody'),
    }
  }

  it.each(['consent', 'sign-in', 'account', 'error'] as const)(
    'A-20, S-02, S-20 no other page can frame or cache: %s',
    async (name) => {
      const { headers } = (await pages())[name]
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cache-control')).toContain('no-store')
      expect(headers.get('referrer-policy')).toMatch(/no-referrer|same-origin/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    },
  )

  it('S-04 set cookies that scripts and other hosts cannot reach', async () => {
    const browser = openBrowser(site)
    const entered = await signIn(browser, 'Ada')
    const request = await authorizationRequest(await register(site), { resource: DESK })
    const consent = await browser.open(request.path)
    const cookies = [...entered.headers.getSetCookie(), ...consent.headers.getSetCookie()]
    expect(cookies).toHaveLength(2)
    for (const cookie of cookies) {
      const [pair = '', ...attributes] = cookie.split(/; ?/)
      expect(pair).toMatch(/^__Host-quayside-/)
      expect(attributes).toEqual(
        expect.arrayContaining(['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax']),
      )
      expect(cookie).not.toMatch(/domain/i)
    }
  })

  it.each([
    ['https://evil.example/'],
    ['//evil.example/'],
    ['/\\evil.example/'],
    ['\\\\evil.example/'],
    ['/\t/evil.example/'],
    ['/\n/evil.example/'],
    ['\t//evil.example/'],
    [' //evil.example/'],
    ['javascript:alert(1)'],
    ['evil.example'],
    ['@evil.example'],
    ['.evil.example'],
    ['/..//evil.example'],
    ['/.//evil.example'],
    ['/account/..//evil.example'],
    ['/\u0000/evil.example'],
    ['/\u00a0//evil.example'],
    ['/%00'],
    ['/é中'],
    ['\u2028//evil.example'],
    ['///evil.example'],
    [''],
  ])('S-16 go on to our own pages only after a sign-in: %j', async (returnTo) => {
    const browser = openBrowser(site)
    const response = await signIn(browser, 'Ada', returnTo)
    expect(response.status).toBe(303)
    const url = new URL(response.headers.get('location') ?? '', ORIGIN)
    expect(url.origin).toBe(ORIGIN)
  })

  it('A-20 sign nobody in by a form of another page', async () => {
    const browser = openBrowser(site)
    for (const csrf of [undefined, '', 'AAAA', 'a.b.c']) {
      const response = await browser.submit('/sign-in', { csrf, name: 'Ada' })
      expect(response.status).toBe(400)
      expect(response.headers.getSetCookie()).toEqual([])
    }
    const origin = 'https://evil.example'
    expect((await browser.submit('/sign-in', { name: 'Ada' }, { origin })).status).toBe(403)
  })
})
