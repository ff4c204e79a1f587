/** The playground: what its page may do, and how it gets there. @module */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { TestQueue } from '../audit/journey'
import { answer, grantsOf, ORIGIN, site, startSite } from '../oauth/driver'
import {
  askForToken,
  authorizationRequest,
  type Browser,
  broughtBack,
  type Client,
  callTool,
  decide,
  type Fields,
  formWith,
  openBrowser,
  openConsent,
  redeem,
  request,
  signIn,
} from '../support/oauth-flow'

const CLIENT: Client = {
  clientId: 'playground',
  redirectUri: `${ORIGIN}/callback/playground`,
}

async function enter(name = 'Ada', at = site): Promise<Browser> {
  const browser = openBrowser(at)
  await (await signIn(browser, name)).text()
  return browser
}

const asked = (changes: Fields = {}) =>
  authorizationRequest(CLIENT, { resource: `${ORIGIN}/desk/mcp`, scope: 'desk:read', ...changes })

/** What the page's script does when its person presses Connect and then Allow. */
async function connect(browser: Browser, changes: Fields = {}) {
  const sent = await asked(changes)
  const consent = await openConsent(browser, sent)
  const brought = broughtBack(await decide(browser, consent))
  const redeemed = await answer(await redeem(browser.site, sent, brought.code))
  const [userId = '', grantId = ''] = String(redeemed.body.access_token).split(':')
  return {
    consent,
    brought,
    redeemed,
    token: redeemed.body.access_token as string,
    userId,
    grantId,
  }
}

const giveBack = (token: string) =>
  site.send('/token', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      origin: ORIGIN,
    },
    body: new URLSearchParams({ token, client_id: 'playground' }).toString(),
  })

describe('the page', () => {
  it('is for whoever is signed in, and leads back after the sign-in', async () => {
    const browser = openBrowser(site)
    const response = await browser.open('/desk/try')
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/sign-in?return_to=%2Fdesk%2Ftry')
    const entered = await signIn(browser, 'Ada', '/desk/try')
    expect(entered.headers.get('location')).toBe('/desk/try')
    const page = await (await browser.open('/desk/try')).text()
    expect(page).toContain('data-client="playground"')
    expect(page).toContain(`data-connector="${ORIGIN}/desk/mcp"`)
    expect(page).toContain(`data-redirect-uri="${ORIGIN}/callback/playground"`)
    expect(page).toContain('data-scopes="desk:read"')
  })

  it('is for everybody where the module is, and takes no part in any sign-in there', async () => {
    const response = await site.send('/bell/try')
    expect(response.status).toBe(200)
    const page = await response.text()
    expect(page).toContain(`data-connector="${ORIGIN}/bell/mcp"`)
    expect(page).not.toMatch(/data-(client|person|redirect-uri|scopes)/)
    const known = await (await (await enter()).open('/bell/try')).text()
    expect(known).not.toMatch(/data-(client|person|redirect-uri|scopes)/)
  })

  it('holds no credential, whoever opens it', async () => {
    const browser = await enter()
    const page = await (await browser.open('/desk/try')).text()
    for (const value of browser.cookies.values()) expect(page).not.toContain(value)
    expect(page).not.toMatch(/name="csrf"|access_token="|Bearer [A-Za-z0-9]{8}/)
  })

  it('may call its own origin, is kept nowhere and framed by nobody', async () => {
    const { headers } = await (await enter()).open('/desk/try')
    const policy = (headers.get('content-security-policy') ?? '').split('; ')
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    )
    expect(policy.join()).not.toContain('unsafe')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('does not exist for a module that does not', async () => {
    expect((await site.send('/nothing/try')).status).toBe(404)
    expect((await (await enter()).open('/nothing/try')).status).toBe(404)
  })
})

describe('its authority', () => {
  it.each(['cookie alone', 'cookie and own origin'])(
    'is no %s: the endpoint of a module knows access tokens only',
    async (how) => {
      const browser = await enter()
      const headers = {
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/list',
        ...(how.includes('origin') && { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }),
      }
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
      const response = await browser.open('/desk/mcp', { method: 'POST', headers, body })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain('Bearer')
    },
  )

  it('comes from consent like that of any client, and its own name stands there', async () => {
    const { consent } = await connect(await enter())
    expect(consent.html).toContain('<bdi>Quayside playground</bdi>')
    expect(consent.html).toContain('Part of this platform')
    expect(consent.html).toContain('until you leave the playground, an hour at most')
    expect(consent.html).not.toContain('Have you just started this yourself?')
    expect(consent.offered).toEqual(['desk:read'])
  })

  it('is nothing when the person says no', async () => {
    const browser = await enter()
    const sent = await asked()
    const consent = await openConsent(browser, sent)
    const brought = broughtBack(await decide(browser, consent, { decision: 'deny' }))
    expect(brought).toMatchObject({ error: 'access_denied', state: sent.state, iss: ORIGIN })
    expect(brought).not.toHaveProperty('code')
  })

  it('is an access token for this module, for an hour, and no refresh token', async () => {
    const { redeemed, token } = await connect(await enter())
    expect(redeemed.status).toBe(200)
    expect(redeemed.headers.get('cache-control')).toBe('no-store')
    expect(redeemed.body).toMatchObject({ expires_in: 3600, scope: 'desk:read' })
    expect(redeemed.body).not.toHaveProperty('refresh_token')
    expect((await callTool(site, 'desk', 'read_note', token)).status).toBe(200)
    expect((await callTool(site, 'vault', 'open_vault', token)).status).toBe(401)
    expect((await callTool(site, 'desk', 'write_note', token)).status).toBe(403)
  })

  it('is given to nobody who cannot prove to have asked', async () => {
    const browser = await enter()
    const sent = await asked()
    const brought = broughtBack(await decide(browser, await openConsent(browser, sent)))
    const other = await asked()
    const stolen = await answer(
      await redeem(site, { ...sent, verifier: other.verifier }, brought.code),
    )
    expect(stolen.status).toBe(400)
    expect(stolen.body.error).toBe('invalid_grant')
    const bare = await askForToken(site, CLIENT, {
      grant_type: 'authorization_code',
      code: 'a:b:c',
    })
    expect(bare.status).toBe(400)
    await bare.text()
  })

  it.each([
    'https://evil.example/callback/playground',
    'http://localhost:9999/callback/playground',
    `${ORIGIN}/callback/playground/..//desk`,
    `${ORIGIN}/desk/try`,
  ])('is sent to no other address, such as %s', async (redirectUri) => {
    const { path } = await asked({ redirect_uri: redirectUri })
    const response = await (await enter()).open(path)
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    expect(await response.text()).toContain('an address that it has not made known')
  })

  it('cannot be had by a page of another origin', async () => {
    const browser = await enter()
    const consent = await openConsent(browser, await asked())
    const forged = await browser.submit(
      '/authorize',
      { ...consent.hidden, decision: 'allow', scope: 'desk:read' },
      { origin: 'https://evil.example' },
    )
    expect(forged.status).toBe(403)
    const form = { grant_type: 'authorization_code', code: 'a:b:c' }
    const asking = await askForToken(site, CLIENT, form, { origin: 'https://evil.example' })
    expect(asking.status).toBe(403)
    expect(asking.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('takes the form of the very page: a decision without its token gives nothing', async () => {
    const browser = await enter()
    const consent = await openConsent(browser, await asked())
    const [handle = ''] = (consent.hidden.handle ?? '').split('~')
    const forged = await browser.submit('/authorize', {
      handle,
      decision: 'allow',
      scope: 'desk:read',
    })
    expect(forged.status).toBe(400)
    expect(forged.headers.get('location')).toBeNull()
  })

  it('cannot be taken over by a registration that calls itself the same', async () => {
    const response = await site.send('/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_id: 'playground',
        client_name: 'Quayside playground',
        redirect_uris: ['http://localhost:9999/callback'],
        token_endpoint_auth_method: 'none',
      }),
    })
    const { client_id: clientId } = (await response.json()) as { client_id: string }
    expect(clientId).not.toBe('playground')
    const impostor = { clientId, redirectUri: 'http://localhost:9999/callback' }
    const sent = await authorizationRequest(impostor, { resource: `${ORIGIN}/desk/mcp` })
    const consent = await openConsent(await enter(), sent)
    expect(consent.html).toContain('Name not verified')
    expect(consent.html).not.toContain('Part of this platform')
  })
})

describe('what it was given', () => {
  it('stands on the account page, and ends there', async () => {
    const browser = await enter()
    const { token, grantId } = await connect(browser)
    const account = await (await browser.open('/account')).text()
    expect(account).toContain('<bdi>Quayside playground</bdi>')
    expect(account).toContain('Part of this platform')
    const { csrf } = formWith(account, 'csrf').hidden
    await (await browser.submit('/account/disconnect', { csrf, grant: grantId })).text()
    expect((await callTool(startSite(), 'desk', 'read_note', token)).status).toBe(401)
  })

  it('ends as a whole when the page gives its token back', async () => {
    const browser = await enter()
    const { token, userId, grantId } = await connect(browser)
    const response = await giveBack(token)
    expect(response.status).toBe(200)
    expect((await callTool(startSite(), 'desk', 'read_note', token)).status).toBe(401)
    const left = await grantsOf(userId).list(Math.floor(Date.now() / 1000))
    expect(left.map((grant) => grant.grantId)).not.toContain(grantId)
    const index = 'SELECT grant_id FROM client_grants WHERE grant_id = ?'
    expect((await env.DB.prepare(index).bind(grantId).all()).results).toEqual([])
  })

  it('lives no longer than its token', async () => {
    const { userId } = await connect(await enter())
    const now = Math.floor(Date.now() / 1000)
    const [grant] = await grantsOf(userId).list(now)
    expect((grant?.expiresAt ?? 0) - now).toBeLessThanOrEqual(3600)
  })

  it('grows by asking again for what a refused call named', async () => {
    const browser = await enter()
    const first = await connect(browser)
    const refused = await callTool(site, 'desk', 'shred_notes', first.token)
    expect(refused.status).toBe(403)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    const named = /scope="([^"]*)"/.exec(challenge)?.[1] ?? ''
    expect(named.split(' ')).toEqual(['desk:write', 'desk:shred'])
    const second = await connect(browser, { scope: `desk:read ${named}` })
    expect(second.consent.offered).toEqual(['desk:read', 'desk:write', 'desk:shred'])
    await (await giveBack(first.token)).text()
    expect((await callTool(site, 'desk', 'shred_notes', second.token)).status).toBe(200)
    expect((await callTool(startSite(), 'desk', 'read_note', first.token)).status).toBe(401)
  })
})

describe('the record', () => {
  it('has the playground as the client of what it did, and none of its secrets', async () => {
    const queue = new TestQueue()
    const logged = vi.spyOn(console, 'log')
    const at = startSite({ bindings: { AUDIT_QUEUE: queue } })
    const browser = await enter('Grace', at)
    const { token, brought, userId, grantId } = await connect(browser, { scope: 'desk:write' })
    await runInDurableObject(grantsOf(userId), (instance) => {
      Reflect.set(instance, 'env', { ...Reflect.get(instance, 'env'), AUDIT_QUEUE: queue })
    })
    await (await callTool(at, 'desk', 'write_note', token)).text()
    await (await giveBack(token)).text()
    await vi.waitFor(() => expect(queue.ofType('call_finished')).toHaveLength(1), 20_000)

    const about = {
      subject: `person:${userId}`,
      clientId: 'playground',
      grantId,
      module: 'desk',
    }
    for (const type of [
      'consent_allowed',
      'grant_issued',
      'call_started',
      'call_finished',
      'grant_revoked',
    ] as const) {
      expect(queue.one(type)).toMatchObject(about)
    }
    expect(queue.one('consent_allowed').clientLabel).toBe('Quayside playground')
    expect(queue.one('grant_revoked')).toMatchObject({
      actor: 'client',
      clientLabel: 'Quayside playground',
    })
    const said = JSON.stringify([queue.events, logged.mock.calls])
    for (const secret of [token, token.split(':')[2] ?? '', brought.code ?? '']) {
      expect(secret.length).toBeGreaterThan(10)
      expect(said).not.toContain(secret)
    }
  })
})

describe('the page that consent leads back to', () => {
  it('repeats nothing of its address, calls nobody and is kept nowhere', async () => {
    const response = await site.send('/callback/playground?code=S3CRET&state=ST4TE')
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('referrer-policy')).toBe('same-origin')
    expect(response.headers.get('content-security-policy')).not.toContain('connect-src')
    expect(await response.text()).not.toMatch(/S3CRET|ST4TE/)
  })
})

describe('consent to more than tools', () => {
  it('names what can be read and the prompts that a permission opens', async () => {
    const { consent } = await connect(await enter())
    expect(consent.html).toMatch(/Can be read<\/span> note<\/summary>/)
    // A prompt for operators is none for members, nor is it here.
    expect(consent.html).not.toContain('Prompts to begin with')
  })

  it('reads a resource by the scope it was given', async () => {
    const { token } = await connect(await enter())
    const uri = 'desk://notes/7'
    expect((await request(site, 'desk', 'resources/read', { uri }, token)).status).toBe(200)
  })
})
