import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  authorizationRequest,
  type Connection,
  callTool,
  connect,
  openBrowser,
  openConsent,
  register,
  type Site,
} from '../support/oauth-flow'
import { answer, ORIGIN, site, startSite } from './driver'

const CHALLENGE = `Bearer scope="desk:read", resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/desk/mcp"`

let desk: Connection
let vault: Connection
beforeAll(async () => {
  desk = await connect(site, { module: 'desk', scope: 'desk:read' })
  vault = await connect(site, { module: 'vault' })
})
afterEach(() => {
  vi.useRealTimers()
})

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'tests', version: '1' },
  },
}

/** A message of 2025. */
const post = (body: unknown, headers: Record<string, string>, path = '/desk/mcp', to = site) =>
  to.send(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(body),
  })

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('what a client reads before it has a token', () => {
  it.each([
    '/.well-known/oauth-protected-resource/desk/mcp',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/.well-known/jwks.json',
  ])('is not sent again to whoever has it: %s', async (path) => {
    const first = await site.send(path)
    expect(first.headers.get('cache-control')).toBe('no-cache')
    expect(await first.text()).toMatch(/^\{/)
    const etag = first.headers.get('etag') ?? ''
    const again = await site.send(path, { headers: { 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const other = await site.send(path, { headers: { 'if-none-match': '"other"' } })
    expect(other.status).toBe(200)
    await other.text()
  })
})

describe('without a token', () => {
  it.each(['POST', 'GET', 'DELETE', 'HEAD', 'PUT', 'PATCH'])(
    'R-01, R-04, R-05, R-07 %s is answered 401 with the way to one',
    async (method) => {
      const { status, headers } = await site.send('/desk/mcp', { method })
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toBe(CHALLENGE)
      expect(headers.get('cache-control')).toContain('no-store')
      expect(headers.get('content-type')).toMatch(/^application\/json/)
    },
  )

  it.each([
    ['a body of nonsense', { body: 'nonsense' }],
    ['a body of four megabytes', { body: 'x'.repeat(4 * 1024 * 1024) }],
    ['an initialize', { body: JSON.stringify(initialize) }],
    ['a wish for HTML', { headers: { accept: 'text/html' } }],
  ])('R-06 nothing is read of %s', async (_, init) => {
    const { status, body } = await answer(await site.send('/desk/mcp', { method: 'POST', ...init }))
    expect(status).toBe(401)
    expect(body).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: expect.any(Number) } })
  })

  it('R-02 the challenge leads to a document about the URL that was used', async () => {
    for (const path of ['/desk/mcp', '/desk/mcp/']) {
      const { headers } = await site.send(path, { method: 'POST' })
      const [, url = ''] =
        /resource_metadata="([^"]+)"/.exec(headers.get('www-authenticate') ?? '') ?? []
      const { status, body } = await answer(await site.send(url))
      expect(status).toBe(200)
      expect(body).toMatchObject({
        resource: `${ORIGIN}${path}`,
        authorization_servers: [ORIGIN],
        bearer_methods_supported: ['header'],
      })
    }
  })

  it('R-06 a module that is public asks for none', async () => {
    expect((await callTool(site, 'bell', 'ring', undefined)).status).toBe(200)
    const document = await site.send('/.well-known/oauth-protected-resource/bell/mcp')
    expect(document.status).toBe(404)
  })
})

describe('metadata', () => {
  it.each([
    ['/.well-known/oauth-protected-resource'],
    ['/.well-known/oauth-protected-resource/'],
    ['/.well-known/oauth-protected-resource/mcp'],
    ['/.well-known/oauth-protected-resource/desk'],
    ['/.well-known/oauth-protected-resource/nowhere/mcp'],
    ['/.well-known/oauth-protected-resource/desk/mcp/x'],
    ['/.well-known/oauth-protected-resource/constructor/mcp'],
    ['/desk/mcp/.well-known/oauth-protected-resource'],
  ])('R-03 there is none at %s', async (path) => {
    expect((await site.send(path)).status).toBe(404)
  })

  it('R-11, S-15 of a module advertises where to begin', async () => {
    const { body } = await answer(await site.send('/.well-known/oauth-protected-resource/desk/mcp'))
    expect(body.scopes_supported).toEqual(['desk:read'])
    expect(CHALLENGE).not.toContain('offline_access')
  })

  it.each([
    ['/.well-known/oauth-authorization-server'],
    ['/.well-known/oauth-authorization-server/desk/mcp'],
    ['/.well-known/openid-configuration'],
    ['/.well-known/openid-configuration/desk/mcp'],
    ['/desk/mcp/.well-known/openid-configuration'],
  ])('A-02, A-03, A-18 of the authorization server is at %s', async (path) => {
    const { status, headers, body } = await answer(await site.send(path))
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(body).toMatchObject({
      issuer: ORIGIN,
      authorization_endpoint: `${ORIGIN}/authorize`,
      token_endpoint: `${ORIGIN}/token`,
      registration_endpoint: `${ORIGIN}/register`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      client_id_metadata_document_supported: true,
      authorization_response_iss_parameter_supported: true,
    })
    expect(body.token_endpoint_auth_methods_supported).toContain('none')
    expect(body.scopes_supported).toContain('offline_access')
  })

  it('A-01 of the authorization server promises no grant that it does not have', async () => {
    const { body } = await answer(await site.send('/.well-known/oauth-authorization-server'))
    expect(body.grant_types_supported).toEqual(['authorization_code', 'refresh_token'])
    expect(JSON.stringify(body)).not.toMatch(/dpop|implicit|password|id-jag|client_credentials/i)
  })

  it('A-18, S-21 names the configured origin, however it is asked', async () => {
    const PUBLIC_ORIGIN = 'https://mcp.example.com'
    const hosted = startSite({ origin: PUBLIC_ORIGIN, bindings: { PUBLIC_ORIGIN } })
    const headers = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
    const path = '/.well-known/oauth-authorization-server'
    expect((await answer(await hosted.send(path, { headers }))).body.issuer).toBe(PUBLIC_ORIGIN)
    const { headers: refused } = await hosted.send('/desk/mcp', { method: 'POST', headers })
    expect(refused.get('www-authenticate')).toContain(`"${PUBLIC_ORIGIN}/.well-known/`)
  })

  it('S-16 offers endpoints on its own origin only', async () => {
    const documents = await Promise.all(
      [
        '/.well-known/oauth-authorization-server',
        '/.well-known/openid-configuration',
        '/.well-known/oauth-protected-resource/desk/mcp',
      ].map(async (path) => (await answer(await site.send(path))).body),
    )
    const texts = documents.flatMap((document) => Object.values(document)).flat()
    const links = texts.filter((text) => /^[a-z][a-z0-9+.-]*:\/\//i.test(String(text)))
    expect(links.length).toBeGreaterThan(8)
    for (const link of links) expect(new URL(String(link)).origin).toBe(ORIGIN)
  })

  it('A-23 and the endpoints are where 2025-03-26 looks for them without it', async () => {
    const found = await site.send('/.well-known/oauth-authorization-server', {
      headers: { 'mcp-protocol-version': '2025-03-26' },
    })
    expect(found.status).toBe(200)
    expect((await site.send('/authorize')).status).toBe(400)
    expect((await site.send('/token', { method: 'POST' })).status).toBe(400)
    expect((await site.send('/register', { method: 'POST' })).status).toBe(400)
    // Which names no resource: its scopes say which module is meant.
    const request = await authorizationRequest(await register(site), { scope: 'desk:read' })
    const consent = await openConsent(openBrowser(site), request)
    expect(consent.offered).toEqual(['desk:read'])
  })

  it('S-05 names no sign-in elsewhere, for there is none yet', async () => {
    const browser = openBrowser(site)
    const page = await (await browser.open('/sign-in')).text()
    expect(page).not.toMatch(/<a[^>]+href="https?:/)
    for (const path of ['/callback', '/login/callback', '/sign-in/callback']) {
      expect((await browser.open(`${path}?code=x&state=y`)).status).toBe(404)
    }
    expect([...browser.cookies.keys()]).toEqual([])
  })
})

describe('a token', () => {
  it.each<[string, (good: string) => Record<string, string>]>([
    ['another scheme', (good) => ({ authorization: `Basic ${good}` })],
    ['no scheme', (good) => ({ authorization: good })],
    ['two tokens', (good) => ({ authorization: `Bearer ${good}, Bearer ${good}` })],
    ['a longer token', (good) => bearer(`${good}x`)],
    ['a shorter token', (good) => bearer(good.slice(0, -1))],
    ['a token in upper case', (good) => bearer(good.toUpperCase())],
    ['quotes', (good) => bearer(`"${good}"`)],
    ['a cookie', (good) => ({ cookie: `access_token=${good}` })],
    ['a header of its own', (good) => ({ 'x-access-token': good })],
    ['nothing after the scheme', () => ({ authorization: 'Bearer ' })],
  ])('R-05, R-06, R-07 is not taken with %s', async (_, headersOf) => {
    const response = await post(initialize, headersOf(desk.tokens.access_token))
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('resource_metadata=')
    expect(response.headers.has('mcp-session-id')).toBe(false)
  })

  it.each([['access_token'], ['token'], ['authorization']])(
    'R-05 is not taken from the query: ?%s=',
    async (name) => {
      const path = `/desk/mcp?${name}=${encodeURIComponent(desk.tokens.access_token)}`
      expect((await post(initialize, {}, path)).status).toBe(401)
    },
  )

  it('R-05 is needed again for each request of a session', async () => {
    const opened = await post(initialize, bearer(desk.tokens.access_token))
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
    expect(session['mcp-session-id']).not.toBe('')
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
    expect((await post(list, session)).status).toBe(401)
    expect((await post(list, { ...session, ...bearer(desk.tokens.access_token) })).status).toBe(200)
    for (const method of ['GET', 'DELETE']) {
      expect((await site.send('/desk/mcp', { method, headers: session })).status).toBe(401)
    }
  })

  it('R-06, S-07 of one module opens no other', async () => {
    for (const token of [vault.tokens.access_token, vault.tokens.refresh_token]) {
      const response = await callTool(site, 'desk', 'read_note', token)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
    }
    expect((await callTool(site, 'vault', 'open_vault', vault.tokens.access_token)).status).toBe(
      200,
    )
    expect((await callTool(site, 'vault', 'open_vault', desk.tokens.access_token)).status).toBe(401)
  })

  it('R-06, S-07 of the same module on another origin opens nothing', async () => {
    const elsewhere = startSite({ origin: 'http://127.0.0.1:8788' })
    const { access_token } = desk.tokens
    expect((await callTool(elsewhere, 'desk', 'read_note', access_token)).status).toBe(401)
  })

  it('R-07 that has expired is told from none', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3601 * 1000 })
    for (const to of [site, startSite()]) {
      const response = await callTool(to, 'desk', 'read_note', desk.tokens.access_token)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/)
    }
  })

  it('R-14 serves every spelling of its URL', async () => {
    const { access_token } = desk.tokens
    const shouting: Site = {
      origin: ORIGIN,
      send: (url, init) => site.send(`http://LOCALHOST:8788${url}`, init),
    }
    expect((await callTool(shouting, 'desk', 'read_note', access_token)).status).toBe(200)
    const path = '/desk/mcp/'
    expect((await post(initialize, bearer(access_token), path)).status).toBe(200)
  })

  it('R-13, S-07 is nothing a tool gets to see', async () => {
    const { access_token } = desk.tokens
    const text = await (await callTool(site, 'desk', 'who_am_i', access_token)).text()
    expect(text).toContain(desk.userId)
    for (const part of [access_token, access_token.split(':')[2] ?? '', 'Bearer']) {
      expect(text).not.toContain(part)
    }
  })

  it('R-06 of a person who was removed opens nothing', async () => {
    const { tokens, userId } = await connect(site, { module: 'desk' })
    await env.DB.prepare('DELETE FROM people WHERE person_id = ?').bind(userId).run()
    const response = await callTool(startSite(), 'desk', 'read_note', tokens.access_token)
    expect(response.status).toBe(401)
  })
})

describe('a call that needs more', () => {
  it('R-08, R-09 gets 403 with every scope it needs, for the header and the body', async () => {
    const response = await callTool(site, 'desk', 'shred_notes', desk.tokens.access_token)
    const { status, headers, body } = await answer(response)
    expect(status).toBe(403)
    const challenge = headers.get('www-authenticate') ?? ''
    expect(challenge).toMatch(/^Bearer error="insufficient_scope"/)
    expect(challenge).toContain('scope="desk:write desk:shred"')
    expect(challenge).toContain(
      `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/desk/mcp"`,
    )
    expect(challenge).not.toContain('offline_access')
    expect(body.result.isError).toBe(true)
    expect(body.result._meta['mcp/www_authenticate']).toEqual([challenge])
  })

  it('R-08 gets the same in a session', async () => {
    const headers = bearer(desk.tokens.access_token)
    const opened = await post(initialize, headers)
    const session = { ...headers, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
    const call = {
      jsonrpc: '2.0',
      id: 2,
      method: 'tools/call',
      params: { name: 'write_note', arguments: {} },
    }
    const { status, headers: said, body } = await answer(await post(call, session))
    expect(status).toBe(403)
    expect(said.get('www-authenticate')).toContain('scope="desk:write"')
    expect(body.result._meta['mcp/www_authenticate']).toHaveLength(1)
  })

  it('R-09 is allowed after one step up', async () => {
    const old = await connect(site, { module: 'desk', scope: 'desk:read' })
    const refused = await callTool(site, 'desk', 'shred_notes', old.tokens.access_token)
    const [, scope = ''] =
      /scope="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? []
    const { client, browser } = old
    const { tokens } = await connect(site, { client, browser, module: 'desk', scope })
    expect((await callTool(site, 'desk', 'shred_notes', tokens.access_token)).status).toBe(200)
  })

  it('R-10 is allowed with a scope that covers it', async () => {
    const granted = ['desk:write']
    const { tokens } = await connect(site, { module: 'desk', scope: 'desk:write', granted })
    expect(tokens.scope).toBe('desk:write')
    expect((await callTool(site, 'desk', 'read_note', tokens.access_token)).status).toBe(200)
  })

  it('R-16, R-17 does not exist for those whose role may never make it', async () => {
    const { tokens, userId } = await connect(site, { module: 'desk', scope: 'desk:read' })
    await env.DB.prepare("UPDATE people SET role = 'member' WHERE person_id = ?").bind(userId).run()
    const to = startSite()
    const { access_token } = tokens
    const called = await answer(await callTool(to, 'desk', 'audit_notes', access_token))
    const unknown = await answer(await callTool(to, 'desk', 'no_such_tool', access_token))
    expect(called.status).toBe(unknown.status)
    expect(called.body.error.code).toBe(unknown.body.error.code)
  })

  it('R-17, S-20 is listed for whoever could step up, and each list is private', async () => {
    const { tokens, userId } = await connect(site, { module: 'desk', scope: 'desk:read' })
    const listFor = async (role: string) => {
      await env.DB.prepare('UPDATE people SET role = ? WHERE person_id = ?')
        .bind(role, userId)
        .run()
      const body = {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/list',
        params: {
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      }
      const headers = {
        ...bearer(tokens.access_token),
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/list',
      }
      const response = await post(body, headers, '/desk/mcp', startSite())
      expect(response.headers.get('cache-control')).toContain('no-store')
      const { result } = (await answer(response)).body
      expect(result.cacheScope).toBe('private')
      return result.tools.map(({ name }: { name: string }) => name)
    }
    const member = await listFor('member')
    expect(member).toContain('shred_notes')
    expect(member).not.toContain('audit_notes')
    expect(await listFor('operator')).toContain('audit_notes')
  })
})

describe('headers', () => {
  it('R-15 of a preflight are answered without a token', async () => {
    const { status, headers } = await site.send('/desk/mcp', {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:6274',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, mcp-param-region, content-type',
      },
    })
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe('http://localhost:6274')
    const allowed = headers.get('access-control-allow-headers')?.toLowerCase()
    for (const name of [
      'authorization',
      'content-type',
      'accept',
      'mcp-protocol-version',
      'mcp-method',
      'mcp-name',
      'mcp-param-region',
      'mcp-session-id',
      'last-event-id',
      'dpop',
    ]) {
      expect(allowed).toContain(name)
    }
  })

  it('R-15 of a refusal can be read by a browser', async () => {
    const headers = { origin: 'http://localhost:6274' }
    for (const path of [
      '/desk/mcp',
      '/token',
      '/register',
      '/.well-known/oauth-authorization-server',
    ]) {
      const method = path.startsWith('/.') ? 'GET' : 'POST'
      const response = await site.send(path, { method, headers })
      expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:6274')
      const exposed = response.headers.get('access-control-expose-headers')
      expect(exposed).toContain('WWW-Authenticate')
    }
  })

  it.each(['mcp-name', 'mcp-method', 'mcp-protocol-version'])(
    'S-19 that stand twice are refused: %s',
    async (name) => {
      const twice: Site = {
        origin: ORIGIN,
        send(url, init) {
          const headers = new Headers(init?.headers)
          headers.append(name, headers.get(name) ?? '')
          return site.send(url, { ...init, headers })
        },
      }
      const response = await callTool(twice, 'desk', 'read_note', desk.tokens.access_token)
      expect(response.status).toBe(400)
      expect((await answer(response)).body.error.code).toBeLessThan(-32000)
    },
  )

  it.each([
    ['/desk/mcp', 'POST'],
    ['/token', 'POST'],
    ['/register', 'POST'],
    ['/authorize', 'GET'],
    ['/sign-in', 'GET'],
    ['/sign-in', 'POST'],
    ['/account', 'GET'],
    ['/.well-known/oauth-authorization-server', 'GET'],
    ['/.well-known/oauth-protected-resource/desk/mcp', 'GET'],
  ])('S-21 of another host or page get 403: %s %s', async (path, method) => {
    const rebound = startSite({ origin: 'http://evil.example:8788' })
    expect((await rebound.send(path, { method })).status).toBe(403)
    const headers = { origin: 'https://evil.example' }
    const response = await site.send(path, { method, headers })
    expect(response.status).toBe(403)
    expect(response.headers.has('access-control-allow-origin')).toBe(false)
  })

  it('S-20 keep every answer with credentials out of caches', async () => {
    const { access_token } = desk.tokens
    const answers = [
      await callTool(site, 'desk', 'read_note', access_token),
      await callTool(site, 'desk', 'read_note', 'nonsense'),
      await desk.browser.open('/account'),
      await desk.browser.open('/sign-in'),
    ]
    for (const { headers } of answers) expect(headers.get('cache-control')).toContain('no-store')
  })
})

describe('a session', () => {
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
  const open = async ({ tokens }: Connection) => {
    const response = await post(initialize, bearer(tokens.access_token))
    return { 'mcp-session-id': response.headers.get('mcp-session-id') ?? '' }
  }

  it('S-09 with the token of another person is an unknown one, and goes on for its owner', async () => {
    const other = await connect(site, { module: 'desk' })
    const session = await open(desk)
    const foreign = await answer(
      await post(list, { ...session, ...bearer(other.tokens.access_token) }),
    )
    const unknown = await answer(
      await post(list, { 'mcp-session-id': 'unknown', ...bearer(other.tokens.access_token) }),
    )
    expect(foreign.status).toBe(404)
    expect(foreign.body).toEqual(unknown.body)
    const own = await post(list, { ...session, ...bearer(desk.tokens.access_token) })
    expect(own.status).toBe(200)
  })

  it('S-09 with the token of the same person for another client is an unknown one', async () => {
    const client = await register(site, { client_name: 'Second client' })
    const second = await connect(site, { module: 'desk', client, browser: desk.browser })
    expect(second.userId).toBe(desk.userId)
    const session = await open(desk)
    const response = await post(list, { ...session, ...bearer(second.tokens.access_token) })
    expect(response.status).toBe(404)
    const own = await post(list, { ...session, ...bearer(desk.tokens.access_token) })
    expect(own.status).toBe(200)
  })

  it('S-09 goes on with a new token of the same person and client', async () => {
    const { client, browser } = desk
    const session = await open(desk)
    const again = await connect(site, { module: 'desk', client, browser })
    const response = await post(list, { ...session, ...bearer(again.tokens.access_token) })
    expect(response.status).toBe(200)
  })

  it('S-09 of one module is unknown to another', async () => {
    const session = await open(desk)
    const headers = { ...session, ...bearer(vault.tokens.access_token) }
    expect((await post(list, headers, '/vault/mcp')).status).toBe(404)
  })

  it('S-09 proves nothing without a token, and is not ended by one who has none', async () => {
    const session = await open(desk)
    for (const method of ['POST', 'GET', 'DELETE']) {
      const response = await site.send('/desk/mcp', { method, headers: session })
      expect(response.status).toBe(401)
    }
    const own = await post(list, { ...session, ...bearer(desk.tokens.access_token) })
    expect(own.status).toBe(200)
  })
})

describe('several installs of one client', () => {
  it('A-22 stay alive side by side, and are taken back one by one', async () => {
    const client = await register(site, { client_name: 'Installed twice' })
    const first = await connect(site, { module: 'desk', client })
    const second = await connect(site, { module: 'desk', client, browser: first.browser })
    expect(second.userId).toBe(first.userId)
    for (const { tokens } of [first, second]) {
      expect((await callTool(site, 'desk', 'read_note', tokens.access_token)).status).toBe(200)
    }
    const page = await (await first.browser.open('/account')).text()
    expect(page).toContain('Installed twice')
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1]
    const fields = { csrf, grant: first.grantId }
    expect((await first.browser.submit('/account/disconnect', fields)).status).toBe(303)
    expect((await callTool(site, 'desk', 'read_note', first.tokens.access_token)).status).toBe(401)
    expect((await callTool(site, 'desk', 'read_note', second.tokens.access_token)).status).toBe(200)
  })

  it('A-22 can be taken back by nobody else', async () => {
    const [mine, theirs] = [
      await connect(site, { module: 'desk' }),
      await connect(site, { module: 'desk' }),
    ]
    const page = await (await theirs.browser.open('/account')).text()
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1]
    const fields = { csrf, grant: mine.grantId }
    await theirs.browser.submit('/account/disconnect', fields)
    for (const to of [site, startSite()]) {
      const { access_token } = mine.tokens
      expect((await callTool(to, 'desk', 'read_note', access_token)).status).toBe(200)
    }
    const row = await env.DB.prepare('SELECT 1 FROM client_grants WHERE grant_id = ?')
      .bind(mine.grantId)
      .first()
    expect(row).not.toBeNull()
  })

  it.each([[undefined], [''], ['nonsense']])(
    'A-20 are not taken back by a form with token %j',
    async (csrf) => {
      const { browser, grantId, tokens } = await connect(site, { module: 'desk' })
      const response = await browser.submit('/account/disconnect', { csrf, grant: grantId })
      expect(response.status).toBe(403)
      const { access_token } = tokens
      expect((await callTool(site, 'desk', 'read_note', access_token)).status).toBe(200)
    },
  )
})
