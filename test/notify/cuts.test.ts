/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { defineServer, defineTool } from '../../src/sdk'
import { hubName } from '../../src/store'
import { answer, grantsOf, startSite } from '../oauth/driver'
import { startIsolate } from '../session/isolate'
import { messagesOf, readSse } from '../session/sse-reader'
import { connect, refresh, type Site, tokensOf } from '../support/oauth-flow'

const running: { signal: AbortSignal; finish(text: string): void }[] = []

const wait = defineTool({
  name: 'wait',
  description: 'Says that it runs, and waits.',
  scopes: ['pier:wait'],
  annotations: { readOnlyHint: true },
  run(_, { signal, progress }) {
    const { promise, resolve } = Promise.withResolvers<string>()
    running.push({ signal, finish: resolve })
    progress(1)
    return promise
  },
})

const agreed: string[] = []

const agree = defineTool({
  name: 'agree',
  description: 'Asks, and notes what was agreed to.',
  scopes: ['pier:wait'],
  async run(_, { elicit }) {
    const { action } = await elicit('yes', { message: 'Agreed?', schema: z.object({}) })
    agreed.push(action)
    return action
  },
})

const visit = defineTool({
  name: 'visit',
  description: 'Has a page opened.',
  scopes: ['pier:wait'],
  run: async (_, { elicit }) =>
    (await elicit('page', { message: 'Open it.', url: 'https://example.com/start' })).action,
})

const pier = defineServer({
  name: 'pier',
  version: '1.0.0',
  scopes: { 'pier:wait': 'Wait', 'pier:look': 'Look on' },
  tools: [wait, agree, visit],
})

const site = startSite({ servers: [pier] })
/** Another isolate, which the one with the streams hears of through objects only. */
const elsewhere = startSite({ servers: [pier] })

afterEach(() => {
  running.length = 0
  agreed.length = 0
})

const connected = () => connect(site, { module: 'pier', scope: 'pier:wait' })
type Connected = Awaited<ReturnType<typeof connected>>

const send = (
  { tokens }: Connected,
  body: unknown,
  headers: Record<string, string> = {},
  { method = 'POST', at = site.send }: { method?: string; at?: Site['send'] } = {},
) =>
  at('/pier/mcp', {
    method,
    headers: {
      'content-type': 'application/json',
      accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
      authorization: `Bearer ${tokens.access_token}`,
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })

async function openSession(it: Connected) {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: { form: {}, url: {} } },
    clientInfo: { name: 'tests', version: '1' },
  }
  const response = await send(it, { jsonrpc: '2.0', id: 0, method: 'initialize', params })
  await response.text()
  return { 'mcp-session-id': response.headers.get('mcp-session-id') ?? '' }
}

const call = (meta: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'wait', _meta: { progressToken: 'p', ...meta } },
})

const CALL_2026 = call({
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
})
const HEADERS_2026 = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'wait',
}

const hubOf = (userId: string) =>
  env.NOTIFICATION_HUB.get(env.NOTIFICATION_HUB.idFromName(`default/${hubName(userId)}`))

/** Ends a grant in another isolate, as its owner does at the account page. */
const revoke = async ({ tokens, client }: Connected) => {
  const fields = { token: tokens.refresh_token ?? '', client_id: client.clientId }
  const body = new URLSearchParams(fields).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const response = await elsewhere.send('/token', { method: 'POST', headers, body })
  expect(response.status).toBe(200)
}

/** A 2025 call that waits for an answer. */
async function startAsking(it: Connected, name = 'agree', at = site.send) {
  const session = await openSession(it)
  const params = { name }
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
  const stream = readSse(await send(it, body, session, { at }))
  await stream.next()
  const asked = await stream.next()
  const [question] = messagesOf([asked])
  const answer = (by: Connected) => {
    const result = { action: 'accept', content: {} }
    return send(by, { jsonrpc: '2.0', id: question.id, result }, session)
  }
  return { stream, question, answer, session, askedAt: asked?.id ?? '' }
}

describe('when a grant is revoked', () => {
  it('H-37, H-87 a call that waits for an answer is stopped, and nobody can give it any more', async () => {
    const it = await connected()
    const { stream, answer } = await startAsking(it)
    await revoke(it)
    expect(messagesOf(await stream.rest())).toEqual([])
    expect((await answer(it)).status).toBe(401)
    expect(agreed).toEqual([])
  })

  it('a 2025 call that runs is stopped and its stream closes', async () => {
    const it = await connected()
    const session = await openSession(it)
    const stream = readSse(await send(it, call({}), session))
    await stream.next()
    expect(messagesOf([await stream.next()])).toMatchObject([{ params: { progress: 1 } }])
    await revoke(it)
    expect(messagesOf(await stream.rest())).toEqual([])
    expect(running[0]?.signal.aborted).toBe(true)
  })

  it('a 2026 call that runs is stopped and its stream closes without its result', async () => {
    const it = await connected()
    const stream = readSse(await send(it, CALL_2026, HEADERS_2026))
    expect(messagesOf([await stream.next()])).toMatchObject([{ params: { progress: 1 } }])
    await revoke(it)
    const rest = messagesOf(await stream.rest())
    expect(rest).toMatchObject([{ id: 1, result: { isError: true } }])
    expect(running[0]?.signal.aborted).toBe(true)
  })

  it.each(['2025', '2026'])(
    'a silent %s call is stopped that began a moment before',
    async (era) => {
      const it = await connected()
      const session = await openSession(it)
      const silent = (meta: object) => ({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'wait', _meta: meta },
      })
      const { progressToken: _, ...meta } = CALL_2026.params._meta as Record<string, unknown>
      const answering =
        era === '2025' ? send(it, silent({}), session) : send(it, silent(meta), HEADERS_2026)
      await vi.waitFor(() => expect(running).toHaveLength(1))
      await revoke(it)
      const stream = readSse(await answering)
      const rest = messagesOf(await stream.rest())
      expect(JSON.stringify(rest)).not.toContain('told')
      expect(running[0]?.signal.aborted).toBe(true)
    },
  )

  it('a stream that listens closes, and the session is over', async () => {
    const it = await connected()
    const session = await openSession(it)
    const stream = readSse(await send(it, undefined, session, { method: 'GET' }))
    await stream.next()
    await revoke(it)
    expect(await stream.rest()).toEqual([])
    expect((await send(it, undefined, session, { method: 'GET' })).status).toBe(401)
  })

  it('the hub need not be awake for it', async () => {
    const it = await connected()
    const session = await openSession(it)
    const stream = readSse(await send(it, undefined, session, { method: 'GET' }))
    await stream.next()
    await vi.waitFor(async () => evictDurableObject(hubOf(it.userId)))
    await revoke(it)
    expect(await stream.rest()).toEqual([])
  })

  it('those of other people go on', async () => {
    const [one, other] = [await connected(), await connected()]
    const streams = await Promise.all(
      [one, other].map(async (it) => {
        const session = await openSession(it)
        const stream = readSse(await send(it, undefined, session, { method: 'GET' }))
        await stream.next()
        return { stream, session }
      }),
    )
    await revoke(one)
    expect(await streams[0]?.stream.rest()).toEqual([])
    const ping = { jsonrpc: '2.0', id: 5, method: 'ping' }
    expect((await send(other, ping, streams[1]?.session)).status).toBe(200)
    expect((await send(one, ping, streams[0]?.session)).status).toBe(401)
    await streams[1]?.stream.cancel()
  })
})

describe('an answer', () => {
  it('H-86, H-87, H-88 says that a page was opened, which is told from others by an id', async () => {
    const it = await connected()
    const { stream, question, answer } = await startAsking(it, 'visit')
    const { mode, elicitationId, url } = question.params
    expect({ mode, elicitationId }).toEqual({ mode: 'url', elicitationId: question.id })
    // By way of the platform, which compares who opens it.
    expect(new URL(url).hostname).not.toBe('example.com')
    await answer(it)
    // Its stream is told of the result and of nothing else: no other session hears of it.
    expect(messagesOf(await stream.rest())).toMatchObject([
      { id: 1, result: { content: [{ text: 'accept' }] } },
    ])
  })

  it('H-37 is taken from nobody but whose session it is', async () => {
    const [one, other] = [await connected(), await connected()]
    const { stream, answer } = await startAsking(one)
    expect((await answer(other)).status).toBe(404)
    expect((await answer(one)).status).toBe(202)
    expect(messagesOf(await stream.rest())).toMatchObject([
      { id: 1, result: { content: [{ text: 'accept' }] } },
    ])
  })

  it('has its call go on with what the person may do by then', async () => {
    const it = await connected()
    const { stream, answer } = await startAsking(it)
    await stream.cancel()
    const refreshed = await refresh(site, it.client, it.tokens.refresh_token)
    const tokens = (await refreshed.json()) as Connected['tokens']
    expect((await answer({ ...it, tokens })).status).toBe(202)
    await vi.waitFor(() => expect(agreed).toEqual(['accept']), { timeout: 20_000 })
  }, 30_000)
})

describe('when a grant is narrower by the time a question is answered', () => {
  /** The same client with a token for less. */
  async function narrowed(it: Connected): Promise<Connected> {
    const response = await refresh(site, it.client, it.tokens.refresh_token, { scope: 'pier:look' })
    return { ...it, tokens: await tokensOf(response) }
  }
  const connectedForBoth = () => connect(site, { module: 'pier', scope: 'pier:wait pier:look' })

  it('R-08, M-75 a 2026 call ends with 403 and what it needs, without an effect', async () => {
    const it = await connectedForBoth()
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
    }
    const params = { name: 'agree', _meta: meta }
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    const headers = { ...HEADERS_2026, 'mcp-name': 'agree' }
    const asked = await answer(await send(it, body, headers))
    const { requestState } = asked.body.result
    const inputResponses = { yes: { action: 'accept', content: {} } }
    const retry = { ...body, params: { ...params, requestState, inputResponses } }
    const refused = await answer(await send(await narrowed(it), retry, headers))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toMatch(
      /error="insufficient_scope".*scope="pier:wait"|scope="pier:wait".*error="insufficient_scope"/,
    )
    expect(agreed).toEqual([])
  })

  it('R-08 a 2025 call ends with what it needs, wherever it goes on, without an effect', async () => {
    const it = await connectedForBoth()
    const first = startIsolate({ servers: [pier], origin: site.origin })
    const { session, askedAt, answer } = await startAsking(it, 'agree', first.fetch)
    // From here on whoever brings the answer, or comes back, goes on with the call.
    first.kill()
    const less = await narrowed(it)
    expect((await answer(less)).status).toBe(202)
    const back = readSse(
      await send(less, undefined, { ...session, 'last-event-id': askedAt }, { method: 'GET' }),
    )
    const [result] = messagesOf(await back.rest()).slice(-1)
    expect(result).toMatchObject({ id: 1, result: { isError: true } })
    expect(JSON.stringify(result)).toContain('pier:wait')
    expect(agreed).toEqual([])
  }, 30_000)

  it('a 2025 call is judged by the token it came with, while that is good', async () => {
    const it = await connectedForBoth()
    const { stream, answer } = await startAsking(it)
    expect((await answer(await narrowed(it))).status).toBe(202)
    expect(messagesOf(await stream.rest())).toMatchObject([
      { id: 1, result: { content: [{ text: 'accept' }] } },
    ])
  })
})

describe('when only the token of a connection is replaced', () => {
  it('the session goes on with the new one', async () => {
    const it = await connected()
    const session = await openSession(it)
    const stream = readSse(await send(it, undefined, session, { method: 'GET' }))
    await stream.next()
    const refreshed = await refresh(site, it.client, it.tokens.refresh_token)
    const tokens = (await refreshed.json()) as Connected['tokens']
    const ping = { jsonrpc: '2.0', id: 5, method: 'ping' }
    expect((await send({ ...it, tokens }, ping, session)).status).toBe(200)
    expect(await grantsOf(it.userId).list(Math.floor(Date.now() / 1000))).toHaveLength(1)
    await stream.cancel()
  })
})
