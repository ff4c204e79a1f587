/// <reference types="@cloudflare/vitest-plugin/types" />
/**
 * The platform in the test's own isolate with a queue the test can read and break, and one browser
 * and client that walk through it over HTTP.
 *
 * @module
 */
import {
  createExecutionContext,
  createMessageBatch,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createApp } from '../../src/app'
import { type AuditEvent, consumeAudit } from '../../src/audit'
import { encodeBase64Url } from '../../src/lib'
import { auditEvents } from '../../src/store'
import { formWith } from '../support/oauth-flow'
import { open, vault } from './vault'

export const ORIGIN = 'http://127.0.0.1:8787'
export const CALLBACK = 'http://localhost:9999/cb'
export const SOURCE = '203.0.113.7'
export const USER_AGENT = 'journey/1.0'

/** A queue binding that remembers, passes nothing on, and does what `accept` says. */
export class TestQueue {
  readonly events: AuditEvent[] = []
  accept: () => Promise<unknown> = async () => undefined

  async send(message: string): Promise<void> {
    await this.accept()
    this.events.push(...JSON.parse(message))
  }

  ofType(type: AuditEvent['type']): AuditEvent[] {
    return this.events.filter((event) => event.type === type)
  }

  /** The one event of its type; fails when there is another. */
  one(type: AuditEvent['type']): AuditEvent {
    const [event, ...more] = this.ofType(type)
    if (!event || more.length > 0) throw new Error(`${more.length + (event ? 1 : 0)} of ${type}`)
    return event
  }
}

export interface Journey {
  queue: TestQueue
  /** All answers that say something failed, with what their headers say. */
  errorBodies: string[]
  /** Every value a cookie was ever given, by its name. */
  cookiesSeen: [name: string, value: string][]
  fetch(path: string, init?: RequestInit): Promise<Response>
  postForm(path: string, fields: Record<string, string> | URLSearchParams): Promise<Response>
  register(metadata?: Record<string, unknown>): Promise<Record<string, string>>
  signIn(name: string): Promise<void>
  /** The consent page's answer. */
  consent(clientId: string, scope: string, decision?: 'allow' | 'deny'): Promise<Consented>
  token(fields: Record<string, string>): Promise<Response>
  call(path: string, tool: string, args?: object, accessToken?: string): Promise<Response>
  /** Sends any request of 2026-07-28. */
  ask(
    path: string,
    method: string,
    params: Record<string, unknown>,
    accessToken?: string,
  ): Promise<Response>
}

export interface Consented {
  code: string
  verifier: string
  /** Hidden fields of the page. */
  hidden: Record<string, string>
}

export function startJourney(bindings: Record<string, unknown> = {}): Journey {
  const queue = new TestQueue()
  const app = createApp([vault, open])
  const cookies = new Map<string, string>()
  const cookiesSeen: Journey['cookiesSeen'] = []
  const errorBodies: string[] = []

  const fetch: Journey['fetch'] = async (path, init = {}) => {
    const headers = new Headers(init.headers)
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    headers.set('cf-connecting-ip', SOURCE)
    headers.set('user-agent', USER_AGENT)
    const request = new Request(new URL(path, ORIGIN), { ...init, headers })
    const context = createExecutionContext()
    // As much of a queue as the platform uses.
    const replaced = { ...env, AUDIT_QUEUE: queue as unknown as Queue, ...bindings }
    const response = await app.fetch(request, replaced, context)
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', ...value] = (cookie.split(';')[0] ?? '').split('=')
      cookies.set(name, value.join('='))
      if (value.join('=') !== '') cookiesSeen.push([name, value.join('=')])
    }
    const text = await response.text()
    await waitOnExecutionContext(context)
    if (response.status >= 400 || /"error":|"isError":true/.test(text)) {
      errorBodies.push(text, JSON.stringify([...response.headers]))
    }
    return new Response([101, 204, 303, 302].includes(response.status) ? null : text, response)
  }
  const postForm: Journey['postForm'] = (path, fields) =>
    fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    })

  const ask: Journey['ask'] = (path, method, params, accessToken) => {
    const named = params.name ?? params.uri
    return fetch(path, {
      method: 'POST',
      headers: {
        ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(typeof named === 'string' && { 'mcp-name': named }),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: {
          ...params,
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
            'io.modelcontextprotocol/clientInfo': { name: 'walker', version: '2.0' },
          },
        },
      }),
    })
  }

  return {
    queue,
    errorBodies,
    cookiesSeen,
    fetch,
    postForm,
    async register(metadata = {}) {
      const response = await fetch('/register', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          client_name: 'Journey',
          redirect_uris: [CALLBACK],
          token_endpoint_auth_method: 'none',
          ...metadata,
        }),
      })
      return response.json()
    },
    async signIn(name) {
      const page = await (await fetch('/sign-in')).text()
      const { hidden } = formWith(page, 'email')
      const response = await postForm('/sign-in', { ...hidden, name })
      if (response.status !== 303) throw new Error(`not signed in: ${response.status}`)
    },
    async consent(clientId, scope, decision = 'allow') {
      const verifier = encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)))
      const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: CALLBACK,
        scope,
        state: 'st',
        code_challenge: encodeBase64Url(new Uint8Array(challenge)),
        code_challenge_method: 'S256',
        resource: `${ORIGIN}/vault/mcp`,
      })
      const page = await fetch(`/authorize?${query}`)
      if (page.status !== 200) throw new Error(`no consent page: ${await page.text()}`)
      const hidden = hiddenFields(await page.text())
      const form = new URLSearchParams({ ...hidden, decision })
      for (const each of scope.split(' ')) form.append('scope', each)
      const decided = await postForm('/authorize', form)
      const location = decided.headers.get('location') ?? ''
      return { code: URL.parse(location)?.searchParams.get('code') ?? '', verifier, hidden }
    },
    token: (fields) => postForm('/token', fields),
    call: (path, tool, args, accessToken) =>
      ask(path, 'tools/call', { name: tool, ...(args && { arguments: args }) }, accessToken),
    ask,
  }
}

export interface Tokens {
  access_token: string
  refresh_token: string
}

/** Registers, signs in and consents; what the token endpoint answered. */
export async function connect(journey: Journey, scope: string) {
  const { client_id: clientId = '' } = await journey.register()
  await journey.signIn('Ada')
  const { code, verifier, hidden } = await journey.consent(clientId, scope)
  const response = await journey.token({
    client_id: clientId,
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    code_verifier: verifier,
  })
  const tokens: Tokens = await response.json()
  const [userId = ''] = tokens.access_token.split(':')
  await recordEndings(userId, journey.queue)
  return { clientId, code, hidden, tokens }
}

/** Has the object that keeps a person's grants record their endings here. */
async function recordEndings(userId: string, queue: TestQueue): Promise<void> {
  const grants = env.USER_GRANTS.get(env.USER_GRANTS.idFromName(`default/grants/${userId}`))
  await runInDurableObject(grants, (object) => {
    Reflect.set(object, 'env', { ...Reflect.get(object, 'env'), AUDIT_QUEUE: queue })
  })
}

const hiddenFields = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')],
    ),
  )

/** Hands events to the consumer, as the queue would. */
export async function consume(events: readonly unknown[], attempts = 1): Promise<MessageBatch> {
  const messages = events.map((body, index) => ({
    id: `message-${index}`,
    timestamp: new Date(),
    attempts,
    body,
  }))
  const batch = createMessageBatch('quayside-audit', messages)
  await consumeAudit(batch, auditEvents(env.DB))
  return batch
}

/** Rows as they are in the table, oldest first. */
export async function rows(where = '1', ...values: unknown[]): Promise<Record<string, unknown>[]> {
  const statement = `SELECT * FROM audit_events WHERE ${where} ORDER BY at, rowid`
  const { results } = await env.DB.prepare(statement)
    .bind(...values)
    .all()
  return results
}
