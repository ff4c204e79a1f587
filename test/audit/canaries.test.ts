/**
 * Secrets go through the whole platform, and then everything it recorded, printed or answered with
 * an error is searched for them.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  CALLBACK,
  connect,
  consume,
  type Journey,
  rows,
  startJourney,
  type Tokens,
} from './journey'

const ARGUMENT = 'argument-canary-5f1d "quoted" \\ 7731'
const NAME = 'name-canary with a blank'
const LEVELS = ['debug', 'log', 'info', 'warn', 'error'] as const

let journey: Journey
const printed: string[] = []
const canaries = new Map<string, string>()
/** A secret by a name that a failure can show without the secret. */
const canary = (name: string, value: string | undefined) => {
  if (value === undefined || value.length < 10) throw new Error(`no ${name} to look for`)
  canaries.set(name, value)
  // Tokens and codes are `user:grant:secret`; the first two are names, the last is the secret.
  const parts = value.split(':')
  if (parts.length === 3) canaries.set(`secret of the ${name}`, parts[2] ?? '')
}

beforeAll(async () => {
  for (const level of LEVELS) {
    vi.spyOn(console, level).mockImplementation((...all) => void printed.push(all.join(' ')))
  }
  journey = startJourney()
  const form = (fields: Record<string, string>) => journey.token(fields)

  // A confidential client, so that there is a secret to give away.
  const { client_id: secretive = '', client_secret: clientSecret } = await journey.register({
    client_name: 'Secretive',
    token_endpoint_auth_method: 'client_secret_post',
  })
  canary('client secret', clientSecret)
  await form({
    grant_type: 'refresh_token',
    client_id: secretive,
    client_secret: `${clientSecret}`,
    refresh_token: 'made:up:refresh-canary-token',
  })
  canary('made-up refresh token', 'refresh-canary-token')

  const { clientId, code, hidden, tokens } = await connect(journey, 'vault:read')
  for (const [name, value] of journey.cookiesSeen) canary(`cookie ${name}`, value)
  canary('form handle', hidden.handle?.split('~')[0])
  canary('form token', hidden.handle?.split('~')[1])
  canary('code', code)
  canary('access token', tokens.access_token)
  canary('refresh token', tokens.refresh_token)
  canary('argument', ARGUMENT)
  canary('start of the argument', 'argument-canary')
  canary('name of a field and a tool', 'name-canary')

  const call = (tool: string, token: string, args: object = { word: ARGUMENT }) =>
    journey.call('/vault/mcp', tool, args, token)
  await call('look', tokens.access_token)
  await call('store', tokens.access_token) // lacks a scope
  await call('stumble', tokens.access_token) // throws its argument
  await call('look', tokens.access_token, { word: 1, [NAME]: ARGUMENT }) // does not fit
  await call(NAME, tokens.access_token) // is no tool
  await call('look', `${tokens.access_token}x`)
  await journey.fetch(`/vault/mcp?access_token=${tokens.access_token}`, { method: 'POST' })

  // The code again, the handle again, the refresh token again: in time, too late, by another.
  const exchange = { grant_type: 'authorization_code', redirect_uri: CALLBACK, client_id: clientId }
  await journey.postForm('/authorize', { ...hidden, decision: 'allow', scope: 'vault:read' })
  const refresh = { grant_type: 'refresh_token', client_id: clientId }
  const refreshed = await form({ ...refresh, refresh_token: tokens.refresh_token })
  const next: Tokens = await refreshed.json()
  canary('next access token', next.access_token)
  canary('next refresh token', next.refresh_token)
  await form({ ...refresh, refresh_token: tokens.refresh_token })
  await form({ ...refresh, client_id: secretive, refresh_token: next.refresh_token })
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 40_000 })
  await form({ ...refresh, refresh_token: tokens.refresh_token })
  vi.useRealTimers()
  await call('look', next.access_token) // cut off
  await form({
    ...exchange,
    code,
    code_verifier: 'verifier-canary-verifier-canary-verifier-canary',
  })
  await form({ ...exchange, code, client_assertion: 'eyJhbGciOiJub25lIn0.assertion-canary.x' })
  canary('assertion', 'assertion-canary')
  canary('code verifier', 'verifier-canary')

  await journey.postForm('/sign-in', {
    csrf: 'form-canary-form',
    credential: '{"id":"credential-canary"}',
  })
  canary('made-up form token', 'form-canary-form')
  canary('credential', 'credential-canary')
  await journey.fetch('/setup?code=setup-code-canary-setup')
  canary('setup code', 'setup-code-canary')

  // A fault of ours whose message has it all.
  const failing = startJourney({
    DB: {
      prepare() {
        throw new Error(`cannot bind ${tokens.access_token} Bearer ${tokens.refresh_token}`)
      },
    },
  })
  await failing.fetch('/vault/mcp', { headers: { authorization: `Bearer ${tokens.access_token}` } })
  await failing.fetch('/register', { method: 'POST', body: '{"redirect_uris":["cursor://x"]}' })
  journey.errorBodies.push(...failing.errorBodies)

  // What a client calls itself and its browser is its own to say, and not to be believed.
  await journey.register({ client_name: `mine ${tokens.access_token}` })
  await journey.fetch('/register', {
    method: 'POST',
    headers: { 'user-agent': `agent Bearer ${tokens.access_token}` },
    body: 'no JSON',
  })
})
afterAll(() => {
  vi.restoreAllMocks()
})

/** The names of all canaries in a text. */
const found = (text: string): string[] =>
  [...canaries].filter(([, value]) => text.includes(value)).map(([name]) => name)

describe('no secret', () => {
  it('is in any event', async () => {
    const { events } = journey.queue
    // That there is something to search, and of every kind that has to do with secrets.
    expect([...new Set(events.map(({ type }) => type))].sort()).toEqual([
      'access_refused',
      'call_finished',
      'client_refused',
      'client_registered',
      'consent_allowed',
      'grant_issued',
      'grant_revoked',
      'refresh_reused',
      'sign_in_failed',
      'signed_in',
      'token_refreshed',
    ])
    expect(found(events.map((event) => JSON.stringify(event)).join('\n'))).toEqual([])
    await consume(events)
    expect(found(JSON.stringify(await rows()))).toEqual([])
  })

  it('is in anything printed', () => {
    expect(printed.length).toBeGreaterThanOrEqual(5)
    expect(printed.join()).toContain('unexpected_error')
    expect(found(printed.join('\n'))).toEqual([])
    expect(found(printed.join('\n').replaceAll('\\"', '"').replaceAll('\\\\', '\\'))).toEqual([])
  })

  it('is in any answer that is an error', () => {
    expect(journey.errorBodies.length).toBeGreaterThanOrEqual(20)
    // Whoever misspells a name is told which; nobody else is.
    const names = ['name of a field and a tool']
    expect(found(journey.errorBodies.join('\n'))).toEqual(names)
  })
})
