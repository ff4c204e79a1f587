/** What the provider was once found to let through. Whoever updates it must not bring it back. @module */
import { describe, expect, it } from 'vitest'
import {
  authorizationRequest,
  broughtBack,
  decide,
  openBrowser,
  openConsent,
  postJson,
  redeem,
  register,
  signIn,
} from '../support/oauth-flow'
import { answer, ORIGIN, site } from './driver'

const DESK = `${ORIGIN}/desk/mcp`

describe('published faults of the provider', () => {
  it('A-05 CVE-2025-4143: the address of an answer is one the client has registered', async () => {
    const client = await register(site)
    const browser = openBrowser(site)
    await signIn(browser, 'Ada')
    const changes = { resource: DESK, redirect_uri: 'https://evil.example.net/callback' }
    const { path } = await authorizationRequest(client, changes)
    const response = await browser.open(path)
    expect(response.status).toBe(400)
    expect(await response.text()).not.toContain('name="decision"')
  })

  it('A-04 CVE-2025-4144: a code with a challenge is not redeemed without its verifier', async () => {
    for (const metadata of [{}, { token_endpoint_auth_method: 'client_secret_post' }]) {
      const client = await register(site, metadata)
      const browser = openBrowser(site)
      const request = await authorizationRequest(client, { resource: DESK })
      const decided = await decide(browser, await openConsent(browser, request))
      const { code } = broughtBack(decided)
      const downgrades = [undefined, '', challengeAsVerifier(request.path)]
      for (const code_verifier of downgrades) {
        const { status, body } = await answer(await redeem(site, request, code, { code_verifier }))
        expect(status).toBe(400)
        expect(body).not.toHaveProperty('access_token')
      }
    }
  })

  it.each([
    ['\u0001javascript:alert(1)'],
    ['java\u0000script:alert(1)'],
    ['java\tscript:alert(1)'],
    ['\u009fjavascript:alert(1)'],
    ['JaVaScRiPt:alert(1)'],
    ['\u2028javascript:alert(1)'],
  ])('S-16 a script is no address, however it is written: %j', async (uri) => {
    const alone = { redirect_uris: [uri], token_endpoint_auth_method: 'none' }
    expect((await postJson(site, '/register', alone)).status).toBe(400)
    const client = await register(site, { redirect_uris: [uri, 'https://client.example.com/cb'] })
    const browser = openBrowser(site)
    await signIn(browser, 'Ada')
    const changes = { resource: DESK, redirect_uri: uri }
    const { path } = await authorizationRequest(client, changes)
    expect((await browser.open(path)).status).toBe(400)
  })
})

/** What a server that compares without hashing would take. */
const challengeAsVerifier = (path: string) =>
  new URL(path, ORIGIN).searchParams.get('code_challenge') ?? ''
