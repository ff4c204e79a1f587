import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  authorizationRequest,
  connect,
  openBrowser,
  postJson,
  REDIRECT_URI,
  refresh,
  register,
  tokensOf,
} from '../support/oauth-flow'
import { answer, ORIGIN, site, startSite } from './driver'

const WEB = 'https://client.example.com/callback'
const PUBLIC = { token_endpoint_auth_method: 'none' }

afterEach(() => {
  vi.useRealTimers()
})

const registering = async (body: unknown) => answer(await postJson(site, '/register', body))

const later = (seconds: number) =>
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })

describe('registration', () => {
  it('A-10 keeps the addresses that can be used and reports the others', async () => {
    const redirect_uris = [
      WEB,
      REDIRECT_URI,
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'javascript:alert(1)',
      'http://client.example.com/callback',
    ]
    const { status, headers, body } = await registering({ ...PUBLIC, redirect_uris })
    expect(status).toBe(201)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body.redirect_uris).toEqual(redirect_uris.slice(0, 3))
    expect(body.dropped).toEqual([
      { redirect_uri: 'javascript:alert(1)', reason: expect.any(String) },
      { redirect_uri: 'http://client.example.com/callback', reason: expect.any(String) },
    ])
  })

  it.each<[string, unknown]>([
    ['JavaScript', 'javascript:alert(1)'],
    ['JavaScript in upper case', 'JAVASCRIPT:alert(1)'],
    ['JavaScript with a tab', 'java\tscript:alert(1)'],
    ['JavaScript with a line break', 'java\r\nscript:alert(1)'],
    ['JavaScript after a blank', ' javascript:alert(1)'],
    ['JavaScript after a control character', '\u0001javascript:alert(1)'],
    ['JavaScript after a C1 control character', '\u0085javascript:alert(1)'],
    ['a control character at the end', `${WEB}\u0000`],
    ['a C1 control character', `${WEB}\u0081`],
    ['a blank around', ` ${WEB} `],
    ['data', 'data:text/html,hi'],
    ['a file', 'file:///etc/passwd'],
    ['a blob', 'blob:https://client.example.com/1'],
    ['VBScript', 'vbscript:x'],
    ['a mail', 'mailto:a@example.com'],
    ['plain http', 'http://client.example.com/callback'],
    ['plain http at a name like loopback', 'http://localhost.example.com/callback'],
    ['plain http on any address', 'http://0.0.0.0/callback'],
    ['a fragment', `${WEB}#x`],
    ['an empty fragment', `${WEB}#`],
    ['a user', 'https://user@client.example.com/callback'],
    ['a relative address', '/callback'],
    ['no address', 'callback'],
    ['nothing', ''],
    ['a number', 7],
    ['null', null],
    ['an object', { uri: WEB }],
    ['an object that has no text', { toString: 1, valueOf: 1 }],
    ['a page of the browser', 'about:blank'],
    ['the source of a page', 'view-source:https://client.example.com/'],
    ['a socket', 'wss://client.example.com/callback'],
    ['a phone number', 'tel:+15550100'],
    ['a tool of the system', 'ms-msdt:/id%20PCWDiagnostic'],
    ['an intent', 'intent://client.example.com/#Intent;end'],
    ['a list', [WEB]],
  ])('A-10, S-16 drops %s beside a good address, and refuses it alone', async (_, uri) => {
    const mixed = await registering({ ...PUBLIC, redirect_uris: [uri, WEB] })
    expect(mixed.status).toBe(201)
    expect(mixed.body.redirect_uris).toEqual([WEB])
    expect(mixed.body.dropped).toHaveLength(1)
    const alone = await registering({ ...PUBLIC, redirect_uris: [uri] })
    expect(alone.status).toBe(400)
    expect(alone.body.error).toBe('invalid_redirect_uri')
    expect(alone.body.error_description).toBeTruthy()
  })

  it.each<[string, unknown]>([
    ['no addresses', { client_name: 'x' }],
    ['an empty list', { redirect_uris: [] }],
    ['one address that is no list', { redirect_uris: WEB }],
    ['null', { redirect_uris: null }],
    ['a list', [{ redirect_uris: [WEB] }]],
    ['null instead of an object', 'null'],
    ['text', '"x"'],
    ['no JSON', '{redirect_uris'],
    ['a form', 'redirect_uris=x'],
    ['nothing', ''],
    ['a name that is a number', { redirect_uris: [WEB], client_name: 7 }],
    ['a page that is JavaScript', { redirect_uris: [WEB], client_uri: 'javascript:alert(1)' }],
    ['a logo that is data', { redirect_uris: [WEB], logo_uri: 'data:image/png,x' }],
    ['terms that are a file', { redirect_uris: [WEB], tos_uri: 'file:///etc/passwd' }],
    [
      'a way to prove itself that nobody knows',
      { redirect_uris: [WEB], token_endpoint_auth_method: 'magic' },
    ],
    [
      'what is nested without end',
      `{"redirect_uris":["${WEB}"],"x":${'['.repeat(7000)}${']'.repeat(7000)}}`,
    ],
    ['the implicit grant only', { redirect_uris: [WEB], grant_types: ['implicit'] }],
  ])('A-01, A-10, S-16 refuses %s', async (_, body) => {
    const { status, body: said } = await registering(body)
    expect(status).toBe(400)
    expect(said.error).toMatch(/^invalid_(redirect_uri|client_metadata)$/)
    expect(said).not.toHaveProperty('client_id')
  })

  it('A-11 reads no more than it needs', async () => {
    const { status } = await registering({ redirect_uris: [WEB], x: 'y'.repeat(1024 * 1024) })
    expect(status).toBe(413)
  })

  it.each([['GET'], ['PUT'], ['DELETE']])('answers %s with 405', async (method) => {
    const response = await site.send('/register', { method })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toContain('POST')
  })

  it.each([
    ['web', [REDIRECT_URI], 'native'],
    ['web', ['cursor://x/y'], 'native'],
    ['native', [WEB], 'web'],
    [undefined, [WEB], 'web'],
    [undefined, [WEB, REDIRECT_URI], 'native'],
  ])('A-10 takes an application type of %s with %j for %s', async (asked, redirect_uris, type) => {
    const metadata = { ...PUBLIC, redirect_uris, application_type: asked }
    const { status, body } = await registering(metadata)
    expect(status).toBe(201)
    expect(body.application_type).toBe(type)
  })

  it('A-11 gives a public client that comes again the same id and the same answer', async () => {
    const metadata = { ...PUBLIC, client_name: 'Twice', redirect_uris: [WEB], scope: 'desk:read' }
    const { body: first } = await registering(metadata)
    const turned = { scope: 'desk:read', redirect_uris: [WEB], client_name: 'Twice', ...PUBLIC }
    const { status, body: second } = await registering(turned)
    expect(status).toBe(201)
    expect(second.client_id).toBe(first.client_id)
    for (const name of ['redirect_uris', 'token_endpoint_auth_method', 'client_name']) {
      expect(second[name]).toEqual(first[name])
    }
    for (const name of ['grant_types', 'response_types']) expect(second[name]).toEqual(first[name])
  })

  it('A-11 keeps clients apart that differ in anything, or have a secret', async () => {
    const ids = []
    for (const metadata of [
      { ...PUBLIC, client_name: 'One' },
      { ...PUBLIC, client_name: 'Two' },
      { client_name: 'One' },
      { client_name: 'One' },
    ]) {
      ids.push((await registering({ redirect_uris: [WEB], ...metadata })).body.client_id)
    }
    expect(new Set(ids).size).toBe(4)
  })

  it('A-11 lets nobody choose an id or a secret', async () => {
    const chosen = { client_id: 'mine', client_secret: 'hunter2', redirect_uris: [WEB] }
    const { body } = await registering({ client_name: 'Chooser', ...chosen })
    expect(body.client_id).not.toBe('mine')
    expect(body.client_secret).not.toBe('hunter2')
    for (let time = 0; time < 2; time++) {
      const again = await registering({ ...PUBLIC, client_name: 'Public chooser', ...chosen })
      expect(again.body.client_id).not.toBe('mine')
      expect(again.body).not.toHaveProperty('client_secret')
    }
  })

  it('A-10 does not fail a client for optional fields it leaves empty', async () => {
    const { status } = await registering({
      ...PUBLIC,
      redirect_uris: [WEB],
      client_uri: 'https://client.example.com',
      application_type: 'web',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      software_id: 'x',
      software_version: '1',
      contacts: ['a@example.com'],
      unknown_field: { a: [1] },
    })
    expect(status).toBe(201)
  })
})

describe('a registered client', () => {
  it('A-11 that nobody lets in is forgotten after a week', async () => {
    const client = await register(site, { client_name: 'Unused' })
    later(7 * 86_400 + 1)
    const { path } = await authorizationRequest(client)
    expect((await openBrowser(site).open(path)).status).toBe(400)
    // And can come again.
    const again = await register(site, { client_name: 'Unused' })
    const request = await authorizationRequest(again, { resource: `${ORIGIN}/desk/mcp` })
    expect((await openBrowser(site).open(request.path)).status).toBe(303)
  })

  it('A-11 that somebody let in stays, as long as it is used', async () => {
    const client = await register(site, { client_name: 'Used' })
    let { tokens } = await connect(site, { module: 'desk', client })
    for (let month = 0; month < 6; month++) {
      later(29 * 86_400)
      tokens = await tokensOf(await refresh(site, client, tokens.refresh_token))
    }
  })

  it('A-10 that was deleted hears 401 invalid_client, and may register again', async () => {
    const client = await register(site, { client_name: 'Deleted' })
    const { tokens } = await connect(site, { module: 'desk', client })
    await env.DB.prepare('DELETE FROM clients WHERE client_id = ?').bind(client.clientId).run()
    const { status, body } = await answer(await refresh(site, client, tokens.refresh_token))
    expect(status).toBe(401)
    expect(body.error).toBe('invalid_client')
    expect((await register(site, { client_name: 'Deleted' })).clientId).not.toBe(client.clientId)
  })
})

describe('a flood of registrations', { timeout: 30_000 }, () => {
  it('A-11 is stopped with 429 and when to come again, and stops no known client', async () => {
    const known = { ...PUBLIC, client_name: 'Known', redirect_uris: [WEB] }
    await registering(known)
    let limited: Response | undefined
    for (let number = 0; number < 130 && !limited; number++) {
      const response = await postJson(site, '/register', {
        ...PUBLIC,
        client_name: `Flood ${number}`,
        redirect_uris: [WEB],
      })
      if (response.status === 429) limited = response
      else await response.text()
    }
    expect(limited?.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await limited?.json()).toMatchObject({ error: expect.any(String) })
    expect((await registering(known)).status).toBe(201)
    later(61)
    expect((await registering({ ...known, client_name: 'Later' })).status).toBe(201)
  })

  it('A-11 counts a whole network of IPv6 as one source, and each address of IPv4', async () => {
    const PUBLIC_ORIGIN = 'https://mcp.example.com'
    const hosted = startSite({ origin: PUBLIC_ORIGIN, bindings: { PUBLIC_ORIGIN } })
    let number = 0
    const from = async (source: string) => {
      const response = await hosted.send('/register', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'cf-connecting-ip': source },
        body: JSON.stringify({ ...PUBLIC, client_name: `From ${number++}`, redirect_uris: [WEB] }),
      })
      await response.text()
      return response.status
    }
    const hosts = Array.from({ length: 120 }, (_, host) =>
      from(`2001:db8:1:2:${host.toString(16)}::`),
    )
    expect(new Set(await Promise.all(hosts))).toEqual(new Set([201]))
    expect(await from('2001:db8:1:2::')).toBe(429)
    expect(await from('2001:db8:1:3::')).toBe(201)
    expect(await from('203.0.113.7')).toBe(201)
    expect(await from('203.0.113.8')).toBe(201)
  })
})
