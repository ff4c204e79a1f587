import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
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
  register,
  type Tokens,
  tokensOf,
} from '../support/oauth-flow'
import { answer, grantsOf, ORIGIN, site, startSite } from './driver'

const DESK = `${ORIGIN}/desk/mcp`

afterEach(() => {
  vi.useRealTimers()
})

/** A code that nobody has redeemed yet. */
async function code(using?: Client) {
  const client = using ?? (await register(site))
  const browser = openBrowser(site)
  const request = await authorizationRequest(client, { resource: DESK, scope: 'desk:read' })
  const decided = await decide(browser, await openConsent(browser, request))
  return { client, request, code: broughtBack(decided).code ?? '' }
}

/** Moves the clock that the platform reads. */
function later(seconds: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
}

/** Whether a token opens the desk, asked in an isolate that has never seen it. */
const works = async (accessToken: string): Promise<boolean> => {
  const { status } = await callTool(startSite(), 'desk', 'read_note', accessToken)
  return status === 200
}

const expectNoTokens = async (response: Response, error: string, status = 400) => {
  const { body, headers, ...rest } = await answer(response)
  expect(rest.status).toBe(status)
  expect(body.error).toBe(error)
  expect(body).not.toHaveProperty('access_token')
  expect(headers.get('cache-control')).toBe('no-store')
}

describe('a code', () => {
  it.each<[string, Fields, string]>([
    ['no verifier', { code_verifier: undefined }, 'invalid_request'],
    ['an empty verifier', { code_verifier: '' }, 'invalid_request'],
    ['another verifier', { code_verifier: 'A'.repeat(43) }, 'invalid_grant'],
    ['another address', { redirect_uri: 'http://localhost:9999/other' }, 'invalid_grant'],
    ['another port', { redirect_uri: 'http://localhost:1/callback' }, 'invalid_grant'],
    ['an address of nobody', { redirect_uri: 'https://evil.example/' }, 'invalid_grant'],
    ['another resource', { resource: `${ORIGIN}/vault/mcp` }, 'invalid_target'],
    ['an unknown resource', { resource: 'https://evil.example/desk/mcp' }, 'invalid_target'],
    ['a scope that was not granted', { scope: 'desk:write' }, 'invalid_scope'],
    ['no code', { code: undefined }, 'invalid_request'],
    ['another grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['the implicit grant', { grant_type: 'implicit' }, 'unsupported_grant_type'],
    ['no grant type', { grant_type: undefined }, 'unsupported_grant_type'],
    ['client credentials', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    [
      'a token exchange',
      { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' },
      'unsupported_grant_type',
    ],
  ])(
    'A-01, A-04, A-06, A-16 is not exchanged with %s, and not used up',
    async (_, changes, error) => {
      const { request, code: value } = await code()
      await expectNoTokens(await redeem(site, request, value, changes), error)
      expect((await tokensOf(await redeem(site, request, value))).scope).toBe('desk:read')
    },
  )

  it('A-16 is not for another client, and stays good for its own', async () => {
    const { request, code: value } = await code()
    const other = await register(site, { client_name: 'Another' })
    await expectNoTokens(await redeem(site, { ...request, client: other }, value), 'invalid_grant')
    await tokensOf(await redeem(site, request, value))
  })

  it.each([
    ['a changed one', (value: string) => `${value}x`],
    ['a shorter one', (value: string) => value.slice(0, -1)],
    ['that of another grant', (value: string) => value.replace(/:[^:]+:/, ':AAAAAAAAAAAAAAAA:')],
    ['no parts', () => 'code'],
    ['four parts', (value: string) => `${value}:x`],
    ['empty parts', () => '::'],
  ])('A-16 is not guessed: %s', async (_, change) => {
    const { request, code: value } = await code()
    await expectNoTokens(await redeem(site, request, change(value)), 'invalid_grant')
  })

  it('A-16 is good for ten minutes', async () => {
    const { request, code: value } = await code()
    later(601)
    await expectNoTokens(await redeem(site, request, value), 'invalid_grant')
  })

  it('A-16 is redeemed once, also by ten requests at the same moment', async () => {
    const { request, code: value } = await code()
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => answer(await redeem(site, request, value))),
    )
    expect(answers.filter(({ body }) => 'access_token' in body)).toHaveLength(1)
    for (const { status, body } of answers) {
      if (status !== 200) expect(body.error).toBe('invalid_grant')
    }
  })

  it('A-16 that comes again ends its grant and every token of it', async () => {
    const { client, request, code: value } = await code()
    const tokens = await tokensOf(await redeem(site, request, value))
    expect((await callTool(site, 'desk', 'read_note', tokens.access_token)).status).toBe(200)
    await expectNoTokens(await redeem(site, request, value), 'invalid_grant')
    // In the isolate that had seen the token, and in one that had not.
    expect((await callTool(site, 'desk', 'read_note', tokens.access_token)).status).toBe(401)
    expect(await works(tokens.access_token)).toBe(false)
    await expectNoTokens(await refresh(site, client, tokens.refresh_token), 'invalid_grant')
  })
})

describe('a refresh token', () => {
  it('A-14 is exchanged for another one', async () => {
    const { client, tokens } = await connect(site, { module: 'desk' })
    const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
    expect(next.refresh_token).not.toBe(tokens.refresh_token)
    await tokensOf(await refresh(site, client, next.refresh_token))
  })

  it('A-14 has the same successor for everyone who sends it at the same moment', async () => {
    const { client, tokens } = await connect(site, { module: 'desk' })
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () =>
        tokensOf(await refresh(startSite(), client, tokens.refresh_token)),
      ),
    )
    expect(new Set(answers.map(({ refresh_token }) => refresh_token)).size).toBe(1)
    expect(new Set(answers.map(({ access_token }) => access_token)).size).toBe(1)
    const [next] = answers as [Tokens]
    expect(await works(next.access_token)).toBe(true)
    await tokensOf(await refresh(site, client, next.refresh_token))
  })

  it('A-14 has the same successor for half a minute, also once that was used itself', async () => {
    const { client, tokens } = await connect(site, { module: 'desk' })
    const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
    const last = await tokensOf(await refresh(site, client, next.refresh_token))
    later(29)
    expect(await tokensOf(await refresh(site, client, tokens.refresh_token))).toEqual(next)
    expect(await tokensOf(await refresh(site, client, next.refresh_token))).toEqual(last)
  })

  it('A-14 that comes later ends its family and every token of it', async () => {
    const { client, tokens, userId, grantId } = await connect(site, { module: 'desk' })
    const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
    const last = await tokensOf(await refresh(site, client, next.refresh_token))
    later(31)
    await expectNoTokens(await refresh(site, client, tokens.refresh_token), 'invalid_grant')
    for (const { access_token, refresh_token } of [tokens, next, last]) {
      expect((await callTool(site, 'desk', 'read_note', access_token)).status).toBe(401)
      await expectNoTokens(await refresh(site, client, refresh_token), 'invalid_grant')
    }
    const grants = await grantsOf(userId).list(0)
    expect(grants.map((grant) => grant.grantId)).not.toContain(grantId)
  })

  it('A-14 of long ago is still a trap', async () => {
    const { client, tokens } = await connect(site, { module: 'desk' })
    let { refresh_token } = tokens
    for (let day = 0; day < 5; day++) {
      later(86_400)
      refresh_token = (await tokensOf(await refresh(site, client, refresh_token))).refresh_token
    }
    await expectNoTokens(await refresh(site, client, tokens.refresh_token), 'invalid_grant')
    await expectNoTokens(await refresh(site, client, refresh_token), 'invalid_grant')
  })

  it('A-14 is not for another client, neither fresh nor used, and survives the attempt', async () => {
    const { client, tokens } = await connect(site, { module: 'desk' })
    const other = await register(site, { client_name: 'Another' })
    await expectNoTokens(await refresh(site, other, tokens.refresh_token), 'invalid_grant')
    const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
    await expectNoTokens(await refresh(site, other, tokens.refresh_token), 'invalid_grant')
    await tokensOf(await refresh(site, client, next.refresh_token))
  })

  it('A-14 of a client with a secret has no successor without the secret', async () => {
    const client = await register(site, { token_endpoint_auth_method: 'client_secret_post' })
    const { tokens } = await connect(site, { module: 'desk', client })
    await tokensOf(await refresh(site, client, tokens.refresh_token))
    for (const secret of [undefined, 'wrong']) {
      const thief = { ...client, secret }
      await expectNoTokens(await refresh(site, thief, tokens.refresh_token), 'invalid_client', 401)
    }
  })

  it.each<[string, Fields, string]>([
    ['another resource', { resource: `${ORIGIN}/vault/mcp` }, 'invalid_target'],
    ['more scopes only', { scope: 'desk:write' }, 'invalid_scope'],
    ['no token', { refresh_token: undefined }, 'invalid_request'],
    ['a token of nobody', { refresh_token: 'a:b:c' }, 'invalid_grant'],
    ['a token without parts', { refresh_token: 'abc' }, 'invalid_grant'],
  ])('A-06 is not exchanged with %s, and not used up', async (_, changes, error) => {
    const { client, tokens } = await connect(site, { module: 'desk', scope: 'desk:read' })
    await expectNoTokens(await refresh(site, client, tokens.refresh_token, changes), error)
    await tokensOf(await refresh(site, client, tokens.refresh_token))
  })

  it('S-15 never gets more than was granted', async () => {
    const { client, tokens } = await connect(site, { module: 'desk', scope: 'desk:read' })
    const scope = 'desk:read desk:write desk:shred'
    const next = await tokensOf(await refresh(site, client, tokens.refresh_token, { scope }))
    expect(next.scope).toBe('desk:read')
  })

  it.each([[DESK], [`${DESK}/`], [DESK.toUpperCase().replace('/DESK/MCP', '/desk/mcp')]])(
    'R-14 takes the resource as %s',
    async (resource) => {
      const { client, tokens } = await connect(site, { module: 'desk' })
      const refreshed = await refresh(site, client, tokens.refresh_token, { resource })
      expect(await answer(refreshed)).toMatchObject({ status: 200, body: { resource: DESK } })
    },
  )

  it('A-14 ends when it was not used for thirty days', async () => {
    const { client, tokens } = await connect(site, { module: 'desk' })
    later(30 * 86_400)
    await expectNoTokens(await refresh(site, client, tokens.refresh_token), 'invalid_grant')
  })
})

describe('the token endpoint', () => {
  it.each<[string, RequestInit]>([
    ['GET', { method: 'GET' }],
    ['PUT', { method: 'PUT', body: 'grant_type=refresh_token' }],
    ['DELETE', { method: 'DELETE' }],
  ])('A-17 answers %s with 405', async (_, init) => {
    const { status, headers, body } = await answer(await site.send('/token', init))
    expect(status).toBe(405)
    expect(headers.get('allow')).toContain('POST')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body.error).toBe('invalid_request')
  })

  it.each<[string, string, string, number]>([
    ['JSON', 'application/json', '{"grant_type":"refresh_token"}', 401],
    ['a JSON body said to be a form', 'application/x-www-form-urlencoded', '{"a":1}', 401],
    ['text', 'text/plain', 'grant_type=refresh_token', 401],
    ['nothing', 'application/x-www-form-urlencoded', '', 401],
    ['too much', 'application/x-www-form-urlencoded', `code=${'x'.repeat(100_000)}`, 413],
    ['bytes that are no UTF-8', 'application/x-www-form-urlencoded', '\u00ff', 401],
  ])('A-17 refuses %s', async (_, type, body, status) => {
    const response = await site.send('/token', {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    })
    const answered = await answer(response)
    expect([status, 400]).toContain(answered.status)
    expect(['invalid_request', 'invalid_client']).toContain(answered.body.error)
    expect(answered.headers.get('cache-control')).toBe('no-store')
  })

  it('A-17 takes a form only, from a known client too', async () => {
    const client = await register(site)
    const response = await askForToken(
      site,
      client,
      { grant_type: 'refresh_token', refresh_token: 'a:b:c' },
      { 'content-type': 'text/plain' },
    )
    await expectNoTokens(response, 'invalid_request')
  })

  it.each([['grant_type'], ['code'], ['client_id'], ['resource'], ['redirect_uri']])(
    'A-17 refuses a second %s',
    async (name) => {
      const { request, code: value } = await code()
      const twice = { [name]: [request.client.clientId, 'x'] }
      await expectNoTokens(await redeem(site, request, value, twice), 'invalid_request')
    },
  )

  it.each([['"quoted"'], ['back\\slash'], ['ünïcödé'], ['line\nbreak']])(
    'A-17 describes an error in characters that may be in one: a parameter %j twice',
    async (name) => {
      const client = await register(site)
      const { body } = await answer(await askForToken(site, client, { [name]: ['1', '2'] }))
      expect(body.error).toBe('invalid_request')
      expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    },
  )

  it.each<[string, string | undefined]>([
    ['nobody has', 'AAAAAAAAAAAAAAAA'],
    ['is empty', ''],
    ['is not there', undefined],
    ['is a path', '../../clients'],
    ['is a prototype', '__proto__'],
  ])('A-10 answers 401 invalid_client to an id that %s', async (_, id) => {
    const { request, code: value } = await code()
    const changes = { client_id: id }
    await expectNoTokens(await redeem(site, request, value, changes), 'invalid_client', 401)
  })

  it('A-01 takes the secret of a confidential client in either place, and only the right one', async () => {
    const posting = await register(site, { token_endpoint_auth_method: 'client_secret_post' })
    const basic = await register(site, { token_endpoint_auth_method: 'client_secret_basic' })
    await connect(site, { module: 'desk', client: posting })
    const { request, code: value } = await code(basic)
    const withBasic = (secret: string) =>
      redeem(
        {
          ...site,
          send: (url, init) =>
            site.send(url, {
              ...init,
              headers: {
                'content-type': 'application/x-www-form-urlencoded',
                authorization: `Basic ${btoa(`${basic.clientId}:${secret}`)}`,
              },
            }),
        },
        { ...request, client: { ...basic, secret: undefined } },
        value,
        { client_id: undefined },
      )
    await expectNoTokens(await withBasic('wrong'), 'invalid_client', 401)
    await tokensOf(await withBasic(basic.secret ?? ''))
  })

  it('S-09 wakes no object for a made-up user', async () => {
    const before = (await listDurableObjectIds(env.USER_GRANTS)).length
    const client = await register(site)
    const forged = [
      'AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAA:secret',
      'ada:AAAAAAAAAAAAAAAA:secret',
      '.:AAAAAAAAAAAAAAAA:secret',
      '../keys:a:b',
      ':a:b',
    ]
    for (const token of forged) {
      await expectNoTokens(await refresh(site, client, token), 'invalid_grant')
      const request = await authorizationRequest(client)
      await expectNoTokens(await redeem(site, request, token), 'invalid_grant')
      expect((await askForToken(site, client, { token })).status).toBe(200)
      expect((await callTool(site, 'desk', 'read_note', token)).status).toBe(401)
    }
    expect((await listDurableObjectIds(env.USER_GRANTS)).length).toBe(before)
  })
})

describe('revocation', () => {
  it.each([[undefined], ['refresh_token'], ['access_token'], ['nonsense']])(
    'A-22 of a refresh token ends the grant and every token of it (hint: %s)',
    async (token_type_hint) => {
      const { client, tokens, userId } = await connect(site, { module: 'desk' })
      expect((await callTool(site, 'desk', 'read_note', tokens.access_token)).status).toBe(200)
      const fields = { token: tokens.refresh_token, token_type_hint }
      const response = await askForToken(site, client, fields)
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect((await callTool(site, 'desk', 'read_note', tokens.access_token)).status).toBe(401)
      expect(await works(tokens.access_token)).toBe(false)
      await expectNoTokens(await refresh(site, client, tokens.refresh_token), 'invalid_grant')
      expect(await grantsOf(userId).list(0)).toEqual([])
    },
  )

  it.each([[undefined], ['refresh_token'], ['access_token']])(
    'A-22 of an access token ends that one only (hint: %s)',
    async (token_type_hint) => {
      const { client, tokens } = await connect(site, { module: 'desk' })
      expect((await callTool(site, 'desk', 'read_note', tokens.access_token)).status).toBe(200)
      const fields = { token: tokens.access_token, token_type_hint }
      expect((await askForToken(site, client, fields)).status).toBe(200)
      expect((await callTool(site, 'desk', 'read_note', tokens.access_token)).status).toBe(401)
      expect(await works(tokens.access_token)).toBe(false)
      const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
      expect(await works(next.access_token)).toBe(true)
    },
  )

  it('A-22 is for the client of the token only', async () => {
    const { client, tokens } = await connect(site, { module: 'desk' })
    const other = await register(site, { client_name: 'Another' })
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      expect((await askForToken(site, other, { token })).status).toBe(200)
    }
    expect(await works(tokens.access_token)).toBe(true)
    await tokensOf(await refresh(site, client, tokens.refresh_token))
  })

  it('A-22 of a refresh token that was used already ends the grant as well', async () => {
    const { client, tokens } = await connect(site, { module: 'desk' })
    const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
    expect((await askForToken(site, client, { token: tokens.refresh_token })).status).toBe(200)
    expect(await works(next.access_token)).toBe(false)
  })

  it('A-22 of what is no token of ours is fine', async () => {
    const client = await register(site)
    for (const token of ['x', 'a:b:c', 'a:b:c:d', '💥']) {
      expect((await askForToken(site, client, { token })).status).toBe(200)
    }
  })
})

describe('what is stored', () => {
  it('S-09 holds no token in the clear, and no replay without its token', async () => {
    const { client, tokens, userId } = await connect(site, { module: 'desk' })
    const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
    const dump = await runInDurableObject(grantsOf(userId), (_, { storage }) =>
      ['grants', 'access_tokens', 'used_refresh_tokens']
        .flatMap((table) => storage.sql.exec(`SELECT * FROM ${table}`).toArray())
        .flatMap((row) => Object.values(row))
        .map((value) =>
          value instanceof ArrayBuffer
            ? String.fromCharCode(...new Uint8Array(value))
            : String(value),
        )
        .join('\n'),
    )
    expect(dump.length).toBeGreaterThan(500)
    for (const { access_token, refresh_token } of [tokens, next]) {
      for (const token of [access_token, refresh_token]) {
        expect(dump).not.toContain(token.split(':')[2])
      }
    }
  })
})
