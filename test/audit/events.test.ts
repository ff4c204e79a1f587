import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { shortDigest } from '../../src/lib'
import { newAuthenticator, optionsIn } from '../support/authenticator'
import { formWith } from '../support/oauth-flow'
import {
  connect,
  consume,
  type Journey,
  ORIGIN,
  rows,
  SOURCE,
  startJourney,
  type Tokens,
  USER_AGENT,
} from './journey'

let journey: Journey

beforeEach(() => {
  journey = startJourney()
})
afterEach(() => {
  vi.useRealTimers()
})

const RANDOM_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const CORRELATION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-/

/** What every event carries, whatever it is about. */
const anyEvent = {
  version: 1,
  tenant: 'default',
  id: expect.stringMatching(RANDOM_ID),
  at: expect.any(Number),
  correlationId: expect.stringMatching(CORRELATION_ID),
  sourceAddress: SOURCE,
  userAgent: USER_AGENT,
}

const person = expect.stringMatching(/^person:[\w-]{22}\.[\w-]{22}$/)

describe('what is recorded', () => {
  it('of a registration: the client, by the name it gives itself', async () => {
    const { client_id: clientId } = await journey.register({ client_name: 'Ledger app' })
    expect(journey.queue.events).toEqual([
      {
        ...anyEvent,
        type: 'client_registered',
        outcome: 'ok',
        clientId,
        clientLabel: 'Ledger app',
      },
    ])
  })

  it('of a refused registration: why', async () => {
    await journey.register({ redirect_uris: ['javascript:alert(1)'] })
    expect(journey.queue.events).toEqual([
      { ...anyEvent, type: 'client_refused', outcome: 'refused', detail: 'invalid_redirect_uri' },
    ])
  })

  it('of signing in and out: who, and by what', async () => {
    await journey.signIn('Ada')
    const account = await (await journey.fetch('/account')).text()
    const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(account) ?? []
    await journey.postForm('/sign-out', { csrf })
    expect(journey.queue.events).toEqual([
      { ...anyEvent, type: 'signed_in', outcome: 'ok', subject: person, detail: 'developer' },
      { ...anyEvent, type: 'signed_out', outcome: 'ok', subject: person },
    ])
    const [signedIn, signedOut] = journey.queue.events
    expect(signedIn?.subject).toBe(signedOut?.subject)
    expect(signedIn?.correlationId).not.toBe(signedOut?.correlationId)
  })

  it('of passkeys: which was added, came in, and was removed, by whom', async () => {
    await journey.signIn('Ada')
    const device = await newAuthenticator(ORIGIN)
    const page = await (await journey.fetch('/account')).text()
    const credential = await device.make(optionsIn(page))
    const fields = { ...formWith(page, 'challenge').hidden, label: 'Secret name', credential }
    await journey.postForm('/account/passkeys', fields)
    const signIn = await (await journey.fetch('/sign-in')).text()
    const answer = await device.sign(optionsIn(signIn))
    const { hidden } = formWith(signIn, 'credential')
    await journey.postForm('/sign-in', { ...hidden, credential: answer })
    const { csrf = '' } = formWith(await (await journey.fetch('/account')).text(), 'csrf').hidden
    const removal = { csrf, passkey: device.credentialId }
    await journey.postForm('/account/passkeys/remove', removal)
    await journey.postForm('/account/passkeys/remove', removal) // nobody is signed in any more

    const about = { ...anyEvent, outcome: 'ok', subject: person }
    const passkey = await shortDigest(device.credentialId)
    expect(passkey).toMatch(/^[\w-]{22}$/)
    expect(journey.queue.events).toEqual([
      { ...about, type: 'signed_in', detail: 'developer' },
      { ...about, type: 'passkey_added', passkey },
      { ...about, type: 'signed_in', passkey, detail: 'passkey' },
      { ...about, type: 'passkey_removed', passkey },
      { ...about, type: 'signed_out', detail: 'passkey removed' },
    ])
    expect(new Set(journey.queue.events.map(({ subject }) => subject)).size).toBe(1)
    expect(JSON.stringify(journey.queue.events)).not.toMatch(/Secret name/)
    await consume(journey.queue.events)
    const recorded = await rows('passkey = ?', passkey)
    expect(recorded.map(({ type }) => type)).toEqual([
      'passkey_added',
      'signed_in',
      'passkey_removed',
    ])
  })

  it('of a failed sign-in: nobody, for nobody is known', async () => {
    await journey.postForm('/sign-in', { csrf: 'made up', credential: '{}' })
    expect(journey.queue.events).toEqual([
      { ...anyEvent, type: 'sign_in_failed', outcome: 'refused', detail: 'passkey' },
    ])
  })

  it('of a consent and its grant: person, client, module, scopes and grant', async () => {
    const { clientId, tokens } = await connect(journey, 'vault:read')
    const about = {
      ...anyEvent,
      outcome: 'ok',
      subject: person,
      clientId,
      clientLabel: 'Journey',
      module: 'vault',
      scopes: ['vault:read'],
      grantId: tokens.access_token.split(':')[1],
    }
    expect(journey.queue.one('consent_allowed')).toEqual({ ...about, type: 'consent_allowed' })
    expect(journey.queue.one('grant_issued')).toEqual({ ...about, type: 'grant_issued' })
  })

  it('of a refused consent: the scopes the module knows, and no grant', async () => {
    const { client_id: clientId = '' } = await journey.register()
    await journey.signIn('Ada')
    await journey.consent(clientId, 'vault:read', 'deny')
    expect(journey.queue.one('consent_denied')).toEqual({
      ...anyEvent,
      type: 'consent_denied',
      outcome: 'refused',
      subject: person,
      clientId,
      clientLabel: 'Journey',
      module: 'vault',
      scopes: ['vault:read'],
    })
  })

  it('of a refresh, of its repetition in time, and of one that comes too late', async () => {
    const { clientId, tokens } = await connect(journey, 'vault:read')
    const again = {
      client_id: clientId,
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
    }
    const about = {
      ...anyEvent,
      subject: person,
      clientId,
      clientLabel: 'Journey',
      grantId: tokens.access_token.split(':')[1],
    }
    await journey.token(again)
    await journey.token(again)
    const refreshed = journey.queue.ofType('token_refreshed')
    expect(refreshed).toEqual([
      { ...about, type: 'token_refreshed', outcome: 'ok', module: 'vault', scopes: ['vault:read'] },
      { ...about, type: 'token_refreshed', outcome: 'replayed' },
    ])

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 40_000 })
    expect((await journey.token(again)).status).toBe(400)
    expect(journey.queue.one('refresh_reused')).toEqual({
      ...about,
      type: 'refresh_reused',
      outcome: 'refused',
      module: 'vault',
    })
    expect(journey.queue.one('grant_revoked')).toEqual({
      ...about,
      type: 'grant_revoked',
      outcome: 'ok',
      module: 'vault',
      scopes: ['vault:read'],
      actor: 'platform',
      detail: 'a refresh token was used twice',
    })
  })

  it('of a revocation: by whom and why', async () => {
    const first = await connect(journey, 'vault:read')
    const account = await (await journey.fetch('/account')).text()
    const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(account) ?? []
    const grant = first.tokens.access_token.split(':')[1] ?? ''
    await journey.postForm('/account/disconnect', { csrf, grant })
    await journey.postForm('/account/disconnect', { csrf, grant }) // it has ended already
    expect(journey.queue.one('grant_revoked')).toMatchObject({
      subject: person,
      grantId: grant,
      clientId: first.clientId,
      clientLabel: 'Journey',
      module: 'vault',
      detail: 'disconnected by its owner',
      sourceAddress: SOURCE,
      userAgent: USER_AGENT,
    })
    expect(journey.queue.one('grant_revoked')).not.toHaveProperty('actor')

    const byClient = startJourney()
    const second = await connect(byClient, 'vault:read')
    const { clientId, tokens } = second
    await byClient.token({ client_id: clientId, token: tokens.refresh_token })
    expect(byClient.queue.one('grant_revoked')).toMatchObject({
      subject: person,
      clientId,
      actor: 'client',
      detail: 'revoked by its client',
    })
  })

  it('of a call: who by what grant, how it went and how long everything was', async () => {
    const { clientId, tokens } = await connect(journey, 'vault:read')
    await journey.call('/vault/mcp', 'look', { word: 'abcdef' }, tokens.access_token)
    expect(journey.queue.one('call_finished')).toEqual({
      ...anyEvent,
      type: 'call_finished',
      outcome: 'ok',
      callId: expect.stringMatching(CORRELATION_ID),
      subject: person,
      clientId,
      clientLabel: 'walker 2.0',
      scopes: ['vault:read'],
      module: 'vault',
      method: 'tools/call',
      tool: 'look',
      grantId: tokens.access_token.split(':')[1],
      durationMs: expect.any(Number),
      argumentChars: '{"word":"abcdef"}'.length,
      resultChars: 'seen 6'.length,
    })
    expect(journey.queue.ofType('call_started')).toEqual([])
  })

  it('of a call that lacks a scope: a refusal with what it needs, beside the call', async () => {
    const { tokens } = await connect(journey, 'vault:read')
    const response = await journey.call('/vault/mcp', 'store', { word: 'x' }, tokens.access_token)
    expect(response.status).toBe(403)
    const refused = journey.queue.one('access_refused')
    const finished = journey.queue.one('call_finished')
    expect(refused).toMatchObject({
      ...anyEvent,
      outcome: 'insufficient_scope',
      detail: 'needs vault:write',
      subject: person,
      scopes: ['vault:read'],
      tool: 'store',
    })
    expect(refused.callId).toBe(finished.callId)
    expect(finished.outcome).toBe('insufficient_scope')
  })

  it('of a wrong token: where it was tried; of none at all, nothing', async () => {
    await journey.call('/vault/mcp', 'look', { word: 'x' })
    expect(journey.queue.events).toEqual([])
    await journey.call('/vault/mcp', 'look', { word: 'x' }, 'made:up:token')
    expect(journey.queue.events).toEqual([
      { ...anyEvent, type: 'access_refused', outcome: 'invalid_token', module: 'vault' },
    ])
  })

  it('of a call in a 2025 session: a digest that is the same for the whole session', async () => {
    const mcp = (body: object, sessionId?: string) =>
      journey.fetch('/open/mcp', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }),
      })
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'old', version: '1' },
    }
    const opened = await mcp({ method: 'initialize', params })
    const sessionId = opened.headers.get('mcp-session-id') ?? ''
    const call = { method: 'tools/call', params: { name: 'glance' } }
    await mcp(call, sessionId)
    await mcp(call, sessionId)
    const [first, second] = journey.queue.ofType('call_finished')
    expect(first?.session).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(second?.session).toBe(first?.session)
    expect(sessionId).not.toContain(first?.session)
    expect(second?.subject).toBe(first?.subject)
    expect(first?.clientLabel).toBe('old 1')
  })
})

describe('the way to the table', () => {
  it('writes every field of an event to its column', async () => {
    const { clientId, tokens } = await connect(journey, 'vault:read vault:write')
    await journey.call('/vault/mcp', 'store', { word: 'abc' }, tokens.access_token)
    await consume(journey.queue.events)
    const { callId } = journey.queue.one('call_finished')
    const [started, finished] = await rows('call_id = ?', callId)
    expect(started).toMatchObject({ type: 'call_started', outcome: 'started', duration_ms: null })
    expect(finished).toEqual({
      tenant: 'default',
      event_id: expect.stringMatching(RANDOM_ID),
      version: 1,
      type: 'call_finished',
      at: expect.any(Number),
      correlation_id: started?.correlation_id,
      call_id: callId,
      subject: person,
      actor: null,
      client_id: clientId,
      client_label: 'walker 2.0',
      scopes: 'vault:read vault:write',
      module: 'vault',
      method: 'tools/call',
      tool: 'store',
      resource: null,
      prompt: null,
      grant_id: tokens.access_token.split(':')[1],
      session: null,
      passkey: null,
      source_address: SOURCE,
      user_agent: USER_AGENT,
      outcome: 'ok',
      detail: null,
      duration_ms: expect.any(Number),
      argument_chars: 14,
      result_chars: 8,
      count: null,
    })
  })

  it('finds the whole way to a grant by its id', async () => {
    const { clientId, tokens } = await connect(journey, 'vault:read')
    await journey.call('/vault/mcp', 'look', { word: 'x' }, tokens.access_token)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const next: Tokens = await (await journey.token({ client_id: clientId, ...refresh })).json()
    await journey.token({ client_id: clientId, token: next.refresh_token })
    await consume(journey.queue.events)
    const story = await rows('grant_id = ?', tokens.access_token.split(':')[1])
    expect(story.map(({ type }) => type)).toEqual([
      'consent_allowed',
      'grant_issued',
      'call_finished',
      'token_refreshed',
      'grant_revoked',
    ])
  })
})
