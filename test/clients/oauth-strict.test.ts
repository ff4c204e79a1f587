/** A client that holds an authorization server to every rule it knows, and forgives nothing. @module */
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowAt, callTool, openBrowser, REDIRECT_URI, siteAt } from '../support/oauth-flow.ts'
import { type Platform, start } from '../support/platform.ts'

// Not a weaker check: the platform under test is on loopback.
const onLoopback = { [oauth.allowInsecureRequests]: true }

let platform: Platform
beforeAll(async () => {
  platform = await start()
})
afterAll(() => platform?.stop())

async function discover(algorithm: 'oauth2' | 'oidc') {
  const issuer = new URL(platform.origin)
  const response = await oauth.discoveryRequest(issuer, { algorithm, ...onLoopback })
  return await oauth.processDiscoveryResponse(issuer, response)
}

describe('oauth4webapi', () => {
  it('finds the authorization server through the 401 of a module', async () => {
    const url = `${platform.origin}/support/mcp`
    const refused = await fetch(url, { method: 'POST' })
    const challenge = refused.headers.get('www-authenticate') ?? ''
    const resource = await oauth.resourceDiscoveryRequest(new URL(url), onLoopback)
    expect(challenge).toContain(resource.url)
    const document = await oauth.processResourceDiscoveryResponse(new URL(url), resource)
    expect(document.authorization_servers).toEqual([platform.origin])
  })

  it.each(['oauth2', 'oidc'] as const)('accepts the metadata (%s)', async (algorithm) => {
    const server = await discover(algorithm)
    expect(server.issuer).toBe(platform.origin)
    expect(server.authorization_response_iss_parameter_supported).toBe(true)
  })

  it.each([
    ['none', () => oauth.None()],
    ['client_secret_post', (secret: string) => oauth.ClientSecretPost(secret)],
    ['client_secret_basic', (secret: string) => oauth.ClientSecretBasic(secret)],
  ])('goes the whole way as a client with %s', async (method, authentication) => {
    const server = await discover('oauth2')
    const metadata: Partial<oauth.Client> = {
      client_name: `Strict client, ${method}`,
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: method,
    }
    const client = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(server, metadata, onLoopback),
    )
    const proof = authentication(String(client.client_secret))

    const verifier = oauth.generateRandomCodeVerifier()
    const state = oauth.generateRandomState()
    const address = new URL(server.authorization_endpoint ?? '')
    address.search = new URLSearchParams({
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      scope: 'support:read',
      resource: `${platform.origin}/support/mcp`,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    }).toString()
    const site = siteAt(platform.origin)
    const cameBack = await allowAt(openBrowser(site), address)
    // Checks state and issuer, and that neither stands twice.
    const parameters = oauth.validateAuthResponse(server, client, cameBack, state)

    const tokens = await oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(
        server,
        client,
        proof,
        parameters,
        REDIRECT_URI,
        verifier,
        onLoopback,
      ),
    )
    expect(tokens.scope).toBe('support:read')
    const called = await callTool(site, 'support', 'search_tickets', tokens.access_token)
    expect(called.status).toBe(200)

    const next = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(
        server,
        client,
        proof,
        tokens.refresh_token ?? '',
        onLoopback,
      ),
    )
    expect(next.refresh_token).not.toBe(tokens.refresh_token)

    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, proof, next.refresh_token ?? '', onLoopback),
    )
    const gone = await callTool(site, 'support', 'search_tickets', next.access_token)
    expect(gone.status).toBe(401)
  })
})
