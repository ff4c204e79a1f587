import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  askForToken,
  authorizationRequest,
  broughtBack,
  type Client,
  callTool,
  connect,
  decide,
  type Fields,
  openBrowser,
  openConsent,
  redeem,
  refresh,
  type Site,
  signIn,
  tokensOf,
} from '../support/oauth-flow'
import { answer, ORIGIN, site, startSite } from './driver'

const DESK = `${ORIGIN}/desk/mcp`
const REDIRECT = 'https://client.example.com/callback'

/**
 * The network outside: what answers at which address. Everything else is not there. In place before
 * the platform is loaded, which takes hold of it then.
 */
const { outside, fetched } = vi.hoisted(() => {
  const outside = new Map<string, () => Response | Promise<Response>>()
  const fetched = vi.fn<(url: string) => void>()
  globalThis.fetch = async function network(
    input: RequestInfo | URL,
    init?: RequestInit,
  ): Promise<Response> {
    const url = input instanceof Request ? input.url : String(input)
    fetched(url)
    const reply = outside.get(url)
    if (!reply) throw new TypeError(`nobody answers at ${url}`)
    const response = await reply()
    const location = response.headers.get('location')
    return location === null || init?.redirect === 'manual' ? response : network(location, init)
  }
  return { outside, fetched }
})

afterEach(() => {
  outside.clear()
  fetched.mockClear()
  vi.useRealTimers()
})

let documents = 0
/** Puts a client's document on the network. */
function publish(
  changes: Record<string, unknown> = {},
  { url = `https://client${documents++}.example.com/client.json`, headers = {} } = {},
): Client {
  const document = {
    client_id: url,
    client_name: 'A documented client',
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'none',
    ...changes,
  }
  outside.set(url, () => Response.json(document, { headers }))
  return { clientId: url, redirectUri: REDIRECT }
}

/** A refresh token that was issued here, to another client. */
let foreign = ''
beforeAll(async () => {
  foreign = (await connect(site, { module: 'desk' })).tokens.refresh_token
})

async function ask(client: Client, changes: Fields = {}) {
  const browser = openBrowser(site)
  await signIn(browser, 'Ada')
  const request = await authorizationRequest(client, { resource: DESK, ...changes })
  return { browser, request, response: await browser.open(request.path) }
}

describe('a client that is a document', () => {
  it('A-07 is let in without registration', async () => {
    const { tokens, client } = await connect(site, { module: 'desk', client: publish() })
    expect((await callTool(site, 'desk', 'read_note', tokens.access_token)).status).toBe(200)
    const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
    expect((await callTool(startSite(), 'desk', 'read_note', next.access_token)).status).toBe(200)
  })

  it('A-07, A-09 is shown with its domain', async () => {
    const { browser, request } = await ask(publish({}, { url: 'https://shown.example.com/c.json' }))
    expect((await openConsent(browser, request)).html).toContain('shown.example.com')
  })

  it.each<[string, () => Response | Promise<Response>]>([
    ['is not found', () => new Response('no', { status: 404 })],
    ['fails', () => new Response('no', { status: 500 })],
    ['is a page', () => new Response('<html>')],
    ['is no object', () => Response.json([])],
    ['is null', () => Response.json(null)],
    ['is too large', () => Response.json({ filler: 'x'.repeat(6 * 1024) })],
    ['cannot be reached', () => Promise.reject(new TypeError('unreachable'))],
    ['is not UTF-8', () => new Response(new Uint8Array([0xff, 0xfe, 0x7b]))],
  ])('A-07 is refused when its document %s, without repeating what was there', async (_, reply) => {
    const client = publish()
    outside.set(client.clientId, reply)
    const { response } = await ask(client)
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    expect(await response.text()).not.toMatch(/unreachable|HTTP [45]|xxxx/)
    const { status, body } = await answer(await refresh(site, client, foreign))
    expect(status).toBe(401)
    expect(body.error).toBe('invalid_client')
    expect(JSON.stringify(body)).not.toMatch(/unreachable|HTTP [45]|xxxx/)
  })

  it.each<[string, Record<string, unknown>]>([
    ['names another id', { client_id: 'https://other.example.com/client.json' }],
    ['names the same id with a slash', { client_id: 'https://client.example.com/' }],
    ['names no id', { client_id: undefined }],
    ['has no name', { client_name: undefined }],
    ['has an empty name', { client_name: ' ' }],
    ['has no addresses', { redirect_uris: undefined }],
    ['has an empty list of addresses', { redirect_uris: [] }],
    ['has JavaScript for an address', { redirect_uris: ['javascript:alert(1)'] }],
    ['has a secret', { client_secret: 'hunter2' }],
    ['has a way to prove itself by secret', { token_endpoint_auth_method: 'client_secret_post' }],
    [
      'has private keys in it',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] },
      },
    ],
  ])('A-07 is refused when its document %s', async (_, changes) => {
    const { response } = await ask(publish(changes))
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
  })

  it.each([['https://client.example.com/other'], ['https://evil.example/'], [`${REDIRECT}/`]])(
    'A-05, A-07 is not sent to %s, which is not in its document',
    async (redirect_uri) => {
      const { response } = await ask(publish(), { redirect_uri })
      expect(response.status).toBe(400)
      expect(response.headers.get('location')).toBeNull()
    },
  )

  it.each([['ms-msdt:/id'], ['view-source:https://client.example.com/'], ['file:///etc/passwd']])(
    'A-05, S-16 sends nobody to %s, although its document lists it',
    async (redirect_uri) => {
      const { response } = await ask(publish({ redirect_uris: [REDIRECT, redirect_uri] }), {
        redirect_uri,
      })
      expect(response.status).toBe(400)
      expect(response.headers.get('location')).toBeNull()
    },
  )

  it('A-07 holds nobody else up while its document does not come', async () => {
    const client = publish({}, { url: 'https://slow.example.com/client.json' })
    const { tokens, browser, userId } = await connect(site, { module: 'desk', client })
    const arrive = Promise.withResolvers<Response>()
    outside.set(client.clientId, () => arrive.promise)
    const asked: string[] = []
    const waiting = [
      ask(client).then(() => asked.push('consent')),
      refresh(site, client, tokens.refresh_token).then(() => asked.push('token')),
    ]
    await vi.waitFor(() => expect(fetched).toHaveBeenCalledWith(client.clientId))
    // Neither another person, nor another client of the same one.
    await connect(site, { module: 'desk', client: publish() })
    const other = await connect(site, { module: 'desk', browser })
    expect(other.userId).toBe(userId)
    await tokensOf(await refresh(site, other.client, other.tokens.refresh_token))
    expect(asked).toEqual([])
    arrive.resolve(new Response('no', { status: 503 }))
    await Promise.all(waiting)
  })

  it('A-07 is fetched again no sooner than its document says', async () => {
    const client = publish({}, { headers: { 'cache-control': 'max-age=300' } })
    for (let time = 0; time < 3; time++) expect((await ask(client)).response.status).toBe(200)
    expect(fetched).toHaveBeenCalledTimes(1)
  })

  it('A-07, S-08 is not looked for where its host forwards to', async () => {
    const url = 'https://forwarding.example.com/go?to=evil'
    const elsewhere = 'https://evil.example.net/client.json'
    const impostor = publish({ client_id: url }, { url: elsewhere })
    outside.set(url, () => Response.redirect(elsewhere, 302))
    const { response } = await ask({ ...impostor, clientId: url })
    expect(response.status).toBe(400)
    expect(fetched.mock.calls).toEqual([[url]])
  })

  it.each([['https://10.0.0.1/keys'], ['https://localhost/keys'], ['http://keys.example.com/']])(
    'A-07, S-08 does not have its keys fetched from %s',
    async (jwks_uri) => {
      const method = 'private_key_jwt'
      const client = publish({ token_endpoint_auth_method: method, jwks_uri })
      const claims = { iss: client.clientId, sub: client.clientId, aud: ORIGIN, jti: 'x' }
      const exp = Math.floor(Date.now() / 1000) + 60
      const part = (value: object) => btoa(JSON.stringify(value)).replaceAll('=', '')
      const response = await refresh(site, client, foreign, {
        client_assertion: `${part({ alg: 'ES256' })}.${part({ ...claims, exp })}.AAAA`,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      })
      expect(response.status).toBe(401)
      expect(fetched.mock.calls.flat()).not.toContain(jwks_uri)
    },
  )

  it('S-14 is asked about each time, as its document is now', async () => {
    const url = 'https://changing.example.com/client.json'
    const { browser } = await connect(site, { module: 'desk', client: publish({}, { url }) })
    const changed = publish({ client_name: 'Another name altogether' }, { url })
    const request = await authorizationRequest(changed, { resource: DESK })
    const consent = await openConsent(browser, request)
    expect(consent.html).toContain('Another name altogether')
  })

  it('S-14 gets no code when its address left the document while the person decided', async () => {
    const url = 'https://moving.example.com/client.json'
    const { browser, request } = await ask(publish({}, { url }))
    const consent = await openConsent(browser, request)
    publish({ redirect_uris: ['https://client.example.com/new'] }, { url })
    const response = await decide(browser, consent)
    expect(response.headers.get('location')).toBeNull()
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status).toBeLessThan(500)
  })
})

describe('nobody unknown has a document fetched', () => {
  it('A-07, S-08 by an authorization request: they sign in first', async () => {
    const client = publish()
    const browser = openBrowser(site)
    const { path } = await authorizationRequest(client, { resource: DESK })
    const response = await browser.open(path)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toMatch(/^\/sign-in\?/)
    expect(fetched).not.toHaveBeenCalled()
    await openConsent(browser, { path })
    expect(fetched).toHaveBeenCalled()
  })

  it.each<[string, Fields, number, string | undefined]>([
    ['a code', { grant_type: 'authorization_code', code: 'a:b:c' }, 400, 'invalid_grant'],
    ['a refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }, 400, 'invalid_grant'],
    [
      'a forged person',
      { grant_type: 'refresh_token', refresh_token: `${'A'.repeat(22)}.${'A'.repeat(22)}:b:c` },
      400,
      'invalid_grant',
    ],
    ['no code', { grant_type: 'authorization_code' }, 400, 'invalid_request'],
    [
      'no refresh token',
      { grant_type: 'refresh_token', refresh_token: '' },
      400,
      'invalid_request',
    ],
    ['another grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['a prototype for a grant type', { grant_type: 'constructor' }, 400, 'unsupported_grant_type'],
    [
      'a made-up grant type',
      { grant_type: 'token', token: 'a:b:c' },
      400,
      'unsupported_grant_type',
    ],
    ['nothing', {}, 400, 'invalid_request'],
    ['a token to take back', { token: 'a:b:c' }, 200, undefined],
  ])(
    'A-07, S-08 by a token request with %s of their own making',
    async (_, fields, status, error) => {
      const response = await askForToken(site, publish(), fields)
      expect(response.headers.get('cache-control')).toBe('no-store')
      const answered = await answer(response)
      expect(answered.status).toBe(status)
      expect(answered.body.error).toBe(error)
      expect(fetched).not.toHaveBeenCalled()
    },
  )
})

describe('whose clients may come', () => {
  const DENIED_CLIENT_DOMAINS = 'evil.example.org'
  const denying = startSite({ bindings: { DENIED_CLIENT_DOMAINS } })
  const allowing = startSite({
    bindings: {
      ALLOWED_CLIENT_DOMAINS: 'good.example.org',
      DENIED_CLIENT_DOMAINS: 'x.good.example.org',
    },
  })
  const askAt = async (to: Site, host: string) => {
    const client = publish({}, { url: `https://${host}/client.json` })
    fetched.mockClear()
    const browser = openBrowser(to)
    await signIn(browser, 'Ada')
    const { path } = await authorizationRequest(client, { resource: DESK })
    const page = await answer(await browser.open(path))
    const refreshed = await answer(await refresh(to, client, foreign))
    return { page, refreshed, client }
  }

  it.each<[string, Site, string]>([
    ['denied', denying, 'evil.example.org'],
    ['denied with what is below', denying, 'a.b.evil.example.org'],
    ['denied, with a dot at the end', denying, 'evil.example.org.'],
    ['denied, in upper case', denying, 'EVIL.Example.ORG'],
    ['not among the allowed', allowing, 'other.example.org'],
    ['like an allowed one at its end only', allowing, 'notgood.example.org'],
    ['like an allowed one at its beginning only', allowing, 'good.example.org.evil.net'],
    ['above an allowed one', allowing, 'example.org'],
    ['allowed and denied', allowing, 'x.good.example.org'],
  ])('S-14 is asked before anything is fetched: %s', async (_, to, host) => {
    const { page, refreshed } = await askAt(to, host)
    expect(page.status).toBe(400)
    expect(page.headers.get('location')).toBeNull()
    expect(page.body).toContain('are not let in here')
    expect(page.body).toContain('ALLOWED_CLIENT_DOMAINS')
    expect(refreshed.status).toBe(401)
    expect(refreshed.body).toMatchObject({
      error: 'invalid_client',
      error_description: 'Clients of this domain are not let in here.',
    })
    expect(fetched).not.toHaveBeenCalled()
  })

  it.each<[string, Site, string]>([
    ['any, unless it is said otherwise', site, 'evil.example.org'],
    ['any that is not denied', denying, 'good.example.org'],
    ['one that ends like a denied one', denying, 'notevil.example.org'],
    ['one above a denied one', denying, 'example.org'],
    ['an allowed one', allowing, 'good.example.org'],
    ['one below an allowed one', allowing, 'a.good.example.org'],
  ])('S-14 lets in %s', async (_, to, host) => {
    const client = publish({}, { url: `https://${host}/client.json` })
    const { tokens } = await connect(to, { module: 'desk', client })
    await tokensOf(await refresh(to, client, tokens.refresh_token))
  })

  it('S-14 is asked again when the person has decided, and for each token', async () => {
    const client = publish({}, { url: 'https://evil.example.org/client.json' })
    const { tokens } = await connect(site, { module: 'desk', client })
    const { browser, request } = await ask(client)
    const consent = await openConsent(browser, request)
    const strict = openBrowser(denying)
    for (const [name, value] of browser.cookies) strict.cookies.set(name, value)
    const decided = await decide(strict, consent)
    expect(decided.status).toBe(400)
    expect(decided.headers.get('location')).toBeNull()
    const refused = await refresh(denying, client, tokens.refresh_token)
    expect(refused.status).toBe(401)
    // Lifting it is enough.
    await tokensOf(await refresh(site, client, tokens.refresh_token))
  })

  it('S-14 says nothing of clients that registered themselves', async () => {
    const { tokens } = await connect(allowing, { module: 'desk' })
    expect(tokens.scope).toBe('desk:read')
  })
})

describe('a client id that leads into a private network', () => {
  const ids = [
    'https://127.0.0.1/client.json',
    'https://localhost/client.json',
    'https://10.0.0.1/client.json',
    'https://169.254.169.254/latest/meta-data/',
    'https://2130706433/client.json',
    'https://0x7f.1/client.json',
    'https://[::1]/client.json',
    'https://[::ffff:10.0.0.1]/client.json',
    'https://metadata.google.internal/client.json',
    'https://intranet/client.json',
    'https://client.example.com:8443/client.json',
    'https://user@client.example.com/client.json',
    'HTTPS://127.0.0.1/client.json',
    'hTtPs://10.0.0.1/client.json',
    'https://①②⑦.⓪.⓪.①/client.json',
    ' https://127.0.0.1/client.json',
    'https:127.0.0.1/client.json',
    'https:\\\\127.0.0.1\\client.json',
  ]
  const base64Url = (text: string) =>
    btoa(String.fromCharCode(...new TextEncoder().encode(text)))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')

  it.each(ids)('A-07, S-08 is never fetched: %s', async (id) => {
    const client = { clientId: id, redirectUri: REDIRECT }
    const { response } = await ask(client)
    expect(response.status).toBe(400)
    const assertion = `${base64Url('{"alg":"ES256"}')}.${base64Url(JSON.stringify({ iss: id }))}.AAAA`
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const attempts: [Fields, Record<string, string>?][] = [
      [{ client_id: id }],
      [{ client_id: undefined, client_assertion: assertion, client_assertion_type: type }],
      [{ client_id: '', client_assertion: assertion, client_assertion_type: type }],
      [{ client_id: id, client_assertion: assertion, client_assertion_type: type }],
      [{ client_id: undefined }, { authorization: `Basic ${btoa(`${encodeURIComponent(id)}:x`)}` }],
      [
        { client_id: undefined },
        { authorization: `bAsIc  ${btoa(`${encodeURIComponent(id)}:x`)}` },
      ],
    ]
    for (const [fields, headers] of attempts) {
      const asked = { grant_type: 'refresh_token', refresh_token: 'a:b:c', ...fields }
      const { status } = await answer(await askForToken(site, client, asked, headers))
      expect([400, 401]).toContain(status)
    }
    expect(fetched).not.toHaveBeenCalled()
  })
})

describe('a client that signs', () => {
  const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const encode = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

  async function signer(changes: Record<string, unknown> = {}) {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const pair = (await crypto.subtle.generateKey(algorithm, true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair
    const { kty, crv, x, y } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey
    const key = { kty, crv, x, y, kid: 'one', alg: 'ES256', use: 'sig' }
    const client = publish({
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [key] },
      ...changes,
    })
    const sign = async (claims: Record<string, unknown> = {}, header = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const payload = {
        iss: client.clientId,
        sub: client.clientId,
        aud: ORIGIN,
        iat: now,
        exp: now + 60,
        jti: crypto.randomUUID(),
        ...claims,
      }
      const text = `${encode({ alg: 'ES256', kid: 'one', ...header })}.${encode(payload)}`
      const signed = await crypto.subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        pair.privateKey,
        new TextEncoder().encode(text),
      )
      const signature = btoa(String.fromCharCode(...new Uint8Array(signed)))
      return `${text}.${signature.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`
    }
    return { client, key, sign }
  }

  const signed = (client_assertion: string): Fields => ({
    client_assertion,
    client_assertion_type: TYPE,
  })

  async function withCode(client: Client) {
    const { browser, request } = await ask(client)
    const decided = await decide(browser, await openConsent(browser, request))
    return { request, code: broughtBack(decided).code }
  }

  it('A-01, A-07 gets tokens by an assertion, with or without its id beside', async () => {
    const { client, sign } = await signer()
    const { request, code } = await withCode(client)
    const tokens = await tokensOf(await redeem(site, request, code, signed(await sign())))
    const fields = { ...signed(await sign()), client_id: undefined }
    await tokensOf(await refresh(site, client, tokens.refresh_token, fields))
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['for somebody else', { aud: 'https://other.example.com' }, {}],
    ['of somebody else', { iss: 'https://other.example.com/client.json' }, {}],
    ['about somebody else', { sub: 'https://other.example.com/client.json' }, {}],
    ['that has expired', { exp: Math.floor(Date.now() / 1000) - 3600 }, {}],
    ['that lives for days', { exp: Math.floor(Date.now() / 1000) + 86_400 }, {}],
    ['without an id', { jti: undefined }, {}],
    ['without an end', { exp: undefined }, {}],
    ['that is not signed', {}, { alg: 'none' }],
    ['of another algorithm', {}, { alg: 'HS256' }],
  ])('A-07 is refused with an assertion %s, and may try again', async (_, claims, header) => {
    const { client, sign } = await signer()
    const { request, code } = await withCode(client)
    const refused = await redeem(site, request, code, signed(await sign(claims, header)))
    expect(await answer(refused)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    await tokensOf(await redeem(site, request, code, signed(await sign())))
  })

  it('A-07 is refused without an assertion, or with one of another key', async () => {
    const [one, two] = [await signer(), await signer()]
    const { request, code } = await withCode(one.client)
    const forged = await two.sign({ iss: one.client.clientId, sub: one.client.clientId })
    for (const fields of [{}, signed(forged), signed('a.b.c')]) {
      const { status, body } = await answer(await redeem(site, request, code, fields))
      expect(status).toBe(401)
      expect(body.error).toBe('invalid_client')
    }
  })

  it('A-07 uses an assertion once', async () => {
    const { client, sign } = await signer()
    const { request, code } = await withCode(client)
    const assertion = await sign()
    const tokens = await tokensOf(await redeem(site, request, code, signed(assertion)))
    const again = await refresh(site, client, tokens.refresh_token, signed(assertion))
    expect(await answer(again)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    await tokensOf(await refresh(site, client, tokens.refresh_token, signed(await sign())))
  })

  it('A-07 uses an assertion once, also ten times at the same moment', async () => {
    const { client, sign } = await signer()
    const { request, code } = await withCode(client)
    const tokens = await tokensOf(await redeem(site, request, code, signed(await sign())))
    const assertion = await sign()
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () =>
        refresh(startSite(), client, tokens.refresh_token, signed(assertion)),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(9)
  })

  it('A-14 gets the successor again with a new assertion, and not without', async () => {
    const { client, sign } = await signer()
    const { request, code } = await withCode(client)
    const tokens = await tokensOf(await redeem(site, request, code, signed(await sign())))
    const sending = async () =>
      refresh(startSite(), client, tokens.refresh_token, signed(await sign()))
    const answers = await Promise.all((await Promise.all([sending(), sending()])).map(tokensOf))
    expect(answers[0]).toEqual(answers[1])
    expect((await refresh(site, client, tokens.refresh_token)).status).toBe(401)
  })
})

describe('a client that reads no body of a refusal', () => {
  it('R-08 gets 200 with the challenge in the result', async () => {
    const client = publish({}, { url: 'https://chatgpt.com/oauth/client.json' })
    const { tokens } = await connect(site, { module: 'desk', client, scope: 'desk:read' })
    const { status, headers, body } = await answer(
      await callTool(site, 'desk', 'write_note', tokens.access_token),
    )
    expect(status).toBe(200)
    expect(headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect(body.result.isError).toBe(true)
    expect(body.result._meta['mcp/www_authenticate']).toEqual([headers.get('www-authenticate')])
  })

  it.each([
    ['https://chatgpt.com.evil.net/client.json'],
    ['https://evil.net/chatgpt.com/client.json'],
    ['https://notchatgpt.com/client.json'],
    ['https://sub.chatgpt.com/client.json'],
  ])('R-08 is not %s', async (url) => {
    const client = publish({ client_name: 'ChatGPT' }, { url })
    const { tokens } = await connect(site, { module: 'desk', client, scope: 'desk:read' })
    const response = await callTool(site, 'desk', 'write_note', tokens.access_token)
    expect(response.status).toBe(403)
  })
})
