/** From a registered client to tokens, and what becomes of them. @module */

import { refuseForeign } from '../client/answer.ts'
import {
  authorizationRequest,
  checkIssuer,
  expectInvalidGrant,
  readAuthorizationResponse,
  requestTokens,
  revokeToken,
  TokenRefusal,
  type TokenSet,
} from '../client/authorization.ts'
import type { DeveloperBrowser } from '../client/developer-browser.ts'
import { readChallenge, type ServerMetadata } from '../client/discovery.ts'
import { Fault } from '../client/fault.ts'
import { headline } from '../client/html-forms.ts'
import type { Patient } from './patient.ts'

/** What a finished sign-in leaves the client with. */
export interface Connection {
  clientId: string
  server: ServerMetadata
  tokens: TokenSet
}

/** An authorization request must survive how clients spell `resource`, or leave it out. */
export async function examineResourceSpellings(
  { examination, wire, connector, profile }: Patient,
  server: ServerMetadata,
  clientId: string,
  scopes: string[] | undefined,
): Promise<void> {
  const refused = async (resource: string | undefined): Promise<string | undefined> => {
    const { redirectUri } = profile
    const request = authorizationRequest(server, { clientId, redirectUri, scopes, resource })
    const answer = await wire.send(request.url, { what: 'authorization endpoint' })
    refuseForeign(answer, 'authorization endpoint')
    const location = answer.headers.get('location') ?? ''
    if (answer.status < 400 && !/[?&]error=/.test(location)) return undefined
    return headline(answer.text) || location || String(answer.status)
  }
  await examination.look('resource-spelling', '`resource` may end in a slash', async () => {
    const href = connector.href.replace(/\/?$/, '/')
    const problem = await refused(href)
    if (problem !== undefined) {
      throw new Fault(
        `resource="${href}" is refused: ${problem}.`,
        'Take both spellings for the same resource; clients send what their user typed.',
      )
    }
  })
  const withoutIt = await refused(undefined)
  if (withoutIt !== undefined) {
    examination.write(
      'noted',
      'resource-omitted',
      'A request without `resource` is refused',
      withoutIt,
      'Older clients leave it out; they need it, or scopes that belong to one module only.',
    )
  }
}

/**
 * Signs in and exchanges the code. Undefined when only a person can sign in.
 *
 * @throws {Stopped}
 */
export async function connect(
  patient: Patient,
  browser: DeveloperBrowser,
  server: ServerMetadata,
  clientId: string,
  scopes: string[] | undefined,
): Promise<Connection | undefined> {
  const { profile, examination, connector } = patient
  const { redirectUri } = profile
  const request = authorizationRequest(server, {
    clientId,
    redirectUri,
    scopes,
    resource: connector.href,
  })
  const journey = await examination.need('sign-in', 'Its sign-in leads back to it', async (say) => {
    const ended = await browser.authorize(request.url, redirectUri)
    if (ended.end === 'sign-in') say('up to the sign-in page')
    return ended
  })
  if (journey.end === 'sign-in') {
    examination.write(
      'unchecked',
      'person',
      'What comes after the sign-in',
      'A person has to sign in there. Unchecked are consent, tokens, refresh and tool calls.',
      'Connect this client for once, or pass an access token of yours: --token.',
    )
    return undefined
  }
  const code = await examination.need('issuer', 'The answer names its issuer and state', () =>
    readAuthorizationResponse(journey.url, request, server, profile.needs.includes('iss')),
  )
  const tokens = await examination.need('tokens', 'The code is exchanged for tokens', async () =>
    requestTokens(
      patient.wire,
      server,
      {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        client_id: clientId,
        code_verifier: request.codeVerifier,
        resource: connector.href,
      },
      { headers: patient.headers, limit: profile.limits.token },
    ),
  )
  return { clientId, server, tokens }
}

/** A person who says no must be answered as well, and the answer must name its issuer. */
export async function examineRefusal(
  { profile, examination, connector }: Patient,
  browser: DeveloperBrowser,
  { server, clientId }: Connection,
  scopes: string[] | undefined,
): Promise<void> {
  await examination.look(
    'denial',
    'A refused consent is reported back, with its issuer',
    async () => {
      const { redirectUri } = profile
      const resource = connector.href
      const request = authorizationRequest(server, { clientId, redirectUri, scopes, resource })
      const journey = await browser.authorize(request.url, redirectUri, 'deny')
      if (journey.end !== 'redirect') throw new Fault('It did not lead back to the client.')
      checkIssuer(journey.url.searchParams, server, true)
      const error = journey.url.searchParams.get('error')
      if (error !== 'access_denied') throw new Fault(`It said ${error}, not access_denied.`)
    },
  )
}

const BOTH_WINDOWS =
  'Answer the second with the same successor for a short while; otherwise one of two windows is signed out.'

/** Two refreshes with one token at a time, as two windows of one client do it. */
export async function examineRefresh(
  patient: Patient,
  connection: Connection,
): Promise<TokenSet | undefined> {
  const { profile, examination, wire, connector, headers, mcp } = patient
  const { server, clientId, tokens } = connection
  const options = { headers, limit: profile.limits.refresh }
  const { refresh_token: refreshToken } = tokens
  if (refreshToken === undefined) {
    const needed = profile.needs.includes('offline_access')
    const detail = 'No refresh token came with the access token.'
    const advice = 'Issue one; people have to sign in again each hour otherwise.'
    if (needed) {
      await examination.look('refresh', 'It can refresh', () => {
        throw new Fault(detail, advice)
      })
    } else examination.write('noted', 'refresh', 'It cannot refresh', detail, advice)
    return undefined
  }
  const refreshed = await examination.look(
    'refresh',
    'Two refreshes at once get the same tokens',
    async () => {
      const form = {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: clientId,
        resource: connector.href,
      }
      const [first, second] = await Promise.all([
        requestTokens(wire, server, form, options),
        requestTokens(wire, server, form, options),
      ]).catch((cause: unknown) => {
        throw cause instanceof TokenRefusal ? new Fault(cause.message, BOTH_WINDOWS) : cause
      })
      if (first.refresh_token !== second.refresh_token) {
        throw new Fault(
          'Two refreshes with one token at the same time get different successors.',
          BOTH_WINDOWS,
        )
      }
      return second
    },
  )
  if (refreshed) {
    const [era = '2025-11-25'] = profile.eras
    await examination.look('refreshed-call', 'The refreshed token works', async () => {
      const client = mcp(era, refreshed.access_token)
      await client.open()
      await client.close()
    })
  }
  await examination.look('invalid-grant', 'A dead refresh token is called invalid_grant', () =>
    expectInvalidGrant(wire, server, clientId, options),
  )
  return refreshed
}

const CUT_SECONDS = 5

/** Leaves nothing behind, and sees that what was given back is refused. */
export async function giveBack(
  { profile, examination, wire, headers, mcp }: Patient,
  { server, clientId }: Connection,
  tokens: TokenSet,
): Promise<void> {
  const { refresh_token: refreshToken } = tokens
  if (server.revocation_endpoint === undefined || refreshToken === undefined) return
  const title = `A revoked connection is refused within ${CUT_SECONDS} s`
  await examination.look('revocation', title, async () => {
    const options = { headers, limit: profile.limits.token }
    await revokeToken(wire, server, refreshToken, clientId, options)
    const [era = '2025-11-25'] = profile.eras
    const end = performance.now() + CUT_SECONDS * 1000
    for (;;) {
      const answer = await mcp(era, tokens.access_token).knock()
      if (answer.status === 401) return
      if (performance.now() > end) {
        throw new Fault(
          'The access token still works after its grant was revoked.',
          'Look at the clocks and at what caches answers in front of the platform.',
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  })
}

/** A token that is none must lead to a new sign-in. */
export async function examineInvalidToken({ profile, examination, mcp }: Patient): Promise<void> {
  await examination.look('invalid-token', 'A token that is none is answered with 401', async () => {
    const [era = '2025-11-25'] = profile.eras
    const answer = await mcp(era, 'not-a-token').knock()
    const challenge = readChallenge(answer)
    if (answer.status !== 401 || challenge?.error !== 'invalid_token') {
      throw new Fault(
        `The answer is ${answer.status} ${answer.headers.get('www-authenticate') ?? 'without WWW-Authenticate'}.`,
        'Answer 401 with WWW-Authenticate: Bearer error="invalid_token"; clients refresh on it.',
      )
    }
  })
}
