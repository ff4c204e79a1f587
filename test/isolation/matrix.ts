/// <reference types="@cloudflare/vitest-plugin/types" />
/**
 * Everybody tries everything that belongs to somebody else. Registers the tests of one module: a
 * session of hers, with a running call and an open stream, is tried by other users, by other
 * clients, from another module and from another tenant, on every method. Each attempt must be
 * answered exactly as one with an id that never was, and must change nothing for its owner.
 *
 * @module
 */
import { createExecutionContext, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app'
import { hubOfTopic, noticeText } from '../../src/notify'
import { defineServer, defineTool, type ServerDefinition } from '../../src/sdk'
import type { McpSession } from '../../src/session'
import { readFrame, writeFrame } from '../../src/session/frames'
import { INTRODUCTION_HEADER } from '../../src/session/introduction'
import { readSse, type SseReader } from '../session/sse-reader'
import {
  type Client,
  type Connection,
  connect,
  openBrowser,
  register,
  type Site,
} from '../support/oauth-flow'

/** Something a module makes for a caller and calls by an id, such as a note or a cart. */
export interface OwnThing {
  /** For the title of the test. */
  what: string
  /** Makes one; `idOf` finds its id in the result. */
  make: { tool: string; args?: Record<string, unknown> }
  // biome-ignore lint/suspicious/noExplicitAny: whatever the module returns
  idOf(structuredContent: any): string
  /** Every way to use it, by its id. */
  use: { tool: string; args(id: string): Record<string, unknown> }[]
  /** An id of the same form that nobody was ever given. */
  unknownId: string
}

/** A resource of which each caller has one, and hears when it changes. */
export interface OwnResource {
  /** For the title of the test. */
  what: string
  /** Where the one of this principal is; may be one address for all. */
  uri(principalId: string): string
  /** A tool without arguments that has the module say that its caller's has changed. */
  change: string
}

export interface IsolationOptions {
  /** Resources of the module of whose changes only those may hear whose they are. */
  resources?: readonly OwnResource[]

  /** Things of the module that only the caller who made them may use. */
  things?: readonly OwnThing[]
}

/** One origin for each module: an isolate serves one list of modules at one origin. */
const originOf = ({ name }: ServerDefinition): string => {
  const known = origins.indexOf(name)
  return `http://localhost:${9100 + (known < 0 ? origins.push(name) - 1 : known)}`
}
const origins: string[] = []

/** Registers the tests of one module. Call it at the top of a file of the `worker` project. */
export function isolates(
  server: ServerDefinition,
  { things = [], resources = [] }: IsolationOptions = {},
): void {
  const isPublic = server.access === 'public'
  describe(`${server.name}: what belongs to one caller`, () => {
    let owner: Owner
    beforeEach(async () => {
      owner = await startOwner(server)
    })
    afterEach(() => owner.leave())

    // Of a public module nobody is known: the sealed id is all there is to a caller.
    const others = isPublic ? OTHER_PLACES : { ...OTHER_CALLERS, ...OTHER_PLACES }
    for (const [who, startOther] of Object.entries(others)) {
      it(`H-34, H-37, H-38, H-56, H-60, S-09 is unknown to ${who}`, async () => {
        const other = await startOther(owner)
        const ids = { session: owner.sessionId, ...owner.eventIds }
        for (const [method, attempt] of Object.entries(ATTEMPTS)) {
          if (method === LISTENING_AGAIN && !server.push) continue
          const real = await seen(await attempt(other, ids))
          const made = await seen(await attempt(other, UNKNOWN))
          expect(real, `${who}: ${method}`).toEqual(made)
          expect(real.status, `${who}: ${method}`).toBeGreaterThanOrEqual(400)
        }
        await owner.isUnaffected()
      })

      it(`H-55, H-56 is not found by ${who} in a session of their own`, async () => {
        const other = await startOther(owner)
        if (!other.mayEnter) return
        const session = await open(other)
        for (const eventId of Object.values(owner.eventIds)) {
          const real = await comeBack(other, session, eventId)
          const made = await comeBack(other, session, eventId.replace(/\d+\.\d+$/, '7.7'))
          expect(real, `${who}: ${eventId}`).toEqual(made)
        }
        await owner.isUnaffected()
      })
    }

    for (const { what, uri, change } of resources) {
      it(`S-10, H-75, M-65 nobody else hears of ${what}, or can tell that it is there`, async () => {
        const hers = uri(owner.connection?.userId ?? '')
        const none = uri('AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA')
        const streams: SseReader[] = []
        for (const startOther of [
          OTHER_CALLERS['another user'],
          OTHER_CALLERS['nobody she knows'],
          ...Object.values(OTHER_PLACES),
        ]) {
          const other = await startOther(owner)
          const [real, made] = [await listenFor(other, hers), await listenFor(other, none)]
          expect(withoutId(real.told, hers)).toEqual(withoutId(made.told, none))
          streams.push(...real.streams, ...made.streams)
        }
        const own = await listenFor(owner.caller, hers)
        await callTool(owner.caller, change, {})
        for (const stream of own.streams) expect((await stream.next())?.data).toContain(hers)
        await announceLists(server)
        for (const stream of [...own.streams, ...streams]) {
          expect((await stream.next())?.data).toContain('notifications/tools/list_changed')
          await stream.cancel()
        }
      }, 30_000)
    }

    for (const { what, make, idOf, use, unknownId } of things) {
      it(`S-09 ${what} is unknown to other users, whatever their client`, async () => {
        const made = await callTool(owner.caller, make.tool, make.args ?? {})
        const id = idOf(made.result.structuredContent)
        for (const startOther of [
          OTHER_CALLERS['another user'],
          OTHER_CALLERS['nobody she knows'],
        ]) {
          const other = await startOther(owner)
          for (const { tool, args } of use) {
            const [real, none] = [
              await callTool(other, tool, args(id)),
              await callTool(other, tool, args(unknownId)),
            ]
            expect(withoutId(real, id), tool).toEqual(withoutId(none, unknownId))
          }
        }
        for (const { tool, args } of use) {
          const own = await callTool(owner.caller, tool, args(id))
          const none = await callTool(owner.caller, tool, args(unknownId))
          expect(withoutId(own, id), `${tool} of her own`).not.toEqual(withoutId(none, unknownId))
        }
      })
    }
  })
}

/** Somebody who can send requests to one module. */
interface Caller {
  site: Site
  path: string
  headers: Record<string, string>
  /** Whether the module would let them in with a session of their own. */
  mayEnter: boolean
}

interface Owner {
  caller: Caller
  server: ServerDefinition
  connection: Connection | undefined
  sessionId: string
  /** Of a running call's stream, and of the one that listens where there is one. */
  eventIds: Record<string, string>
  /** Rejects when anything of hers was touched. */
  isUnaffected(): Promise<void>
  leave(): Promise<void>
}

interface Ids {
  session: string
  [event: string]: string
}

/** An id of the right form whose seal nobody made, and events nobody was sent. */
const UNKNOWN: Ids = {
  session: btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(180))))
    .replaceAll('+', '-')
    .replaceAll('/', '_'),
  call: 'p7.7',
  listening: 'g7.7',
}

const message = (method: string, params: object, id?: number) => ({
  method: 'POST',
  body: JSON.stringify({ jsonrpc: '2.0', method, params, ...(id !== undefined && { id }) }),
})

const LISTENING_AGAIN = 'coming back to listen'

/** Whatever a client may ask for, offered or not. */
const REQUESTS: Record<string, object> = {
  ping: {},
  'tools/list': {},
  'tools/call': { name: 'nothing' },
  'resources/list': {},
  'resources/templates/list': {},
  'resources/read': { uri: 'nothing://' },
  'resources/subscribe': { uri: 'nothing://' },
  'resources/unsubscribe': { uri: 'nothing://' },
  'prompts/list': {},
  'prompts/get': { name: 'nothing' },
  'completion/complete': {
    ref: { type: 'ref/prompt', name: 'nothing' },
    argument: { name: 'none', value: '' },
  },
  'logging/setLevel': { level: 'emergency' },
}

type Attempt = (who: Caller, ids: Ids) => Promise<Response>

const requests = Object.entries(REQUESTS).map(([method, params]): [string, Attempt] => [
  method,
  (who, ids) => send(who, ids, message(method, params, 1)),
])

/** Every method with every id it takes. */
const ATTEMPTS: Record<string, Attempt> = {
  ...Object.fromEntries(requests),
  'an array': (who, ids) =>
    send(who, ids, { method: 'POST', body: '[{"jsonrpc":"2.0","id":1,"method":"ping"}]' }),
  'a notification': (who, ids) => send(who, ids, message('notifications/initialized', {})),
  'cancelling her call': (who, ids) =>
    send(who, ids, message('notifications/cancelled', { requestId: HER_REQUEST })),
  'a response': (who, ids) =>
    send(who, ids, { method: 'POST', body: '{"jsonrpc":"2.0","id":1,"result":{}}' }),
  listening: (who, ids) => send(who, ids, { method: 'GET' }),
  'coming back for a call': (who, ids) => send(who, ids, { method: 'GET' }, ids.call),
  [LISTENING_AGAIN]: (who, ids) => send(who, ids, { method: 'GET' }, ids.listening),
  DELETE: (who, ids) => send(who, ids, { method: 'DELETE' }),
}

const HER_REQUEST = 'a request of hers'
const HER_WORDS = 'only for her'

async function send(
  { site, path, headers }: Caller,
  { session }: Pick<Ids, 'session'>,
  init: { method: string; body?: string },
  lastEventId?: string,
): Promise<Response> {
  return site.send(path, {
    ...init,
    headers: {
      accept: init.method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
      ...(init.body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
      'mcp-session-id': session,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
  })
}

/** All that an answer tells; one that streams tells its first event. */
async function seen(response: Response) {
  const { status, headers } = response
  const type = headers.get('content-type')
  const told = {
    status,
    type,
    challenge: headers.get('www-authenticate'),
    allow: headers.get('allow'),
    session: headers.get('mcp-session-id'),
  }
  if (!type?.startsWith('text/event-stream')) return { ...told, body: await response.text() }
  const reader = readSse(response)
  const { id = '', ...block } = (await reader.any()) ?? {}
  await reader.cancel()
  return { ...told, body: { ...block, id: id.replace(/\d+/, '#') } }
}

const comeBack = async (who: Caller, session: string, eventId: string) =>
  seen(await send(who, { session }, { method: 'GET' }, eventId))

/** Opens a session of 2025-11-25. */
async function open({ site, path, headers }: Caller): Promise<string> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'tests', version: '1' },
  }
  const response = await site.send(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
  })
  const id = response.headers.get('mcp-session-id')
  if (id === null) throw new Error(`no session: ${response.status} ${await response.text()}`)
  await response.text()
  return id
}

/** Subscribes in both eras, and all that is told of it. In a session it is left and begun again. */
async function listenFor(who: Caller, uri: string) {
  const session = await open(who)
  const listening = readSse(await send(who, { session }, { method: 'GET' }))
  await listening.next()
  const told: unknown[] = []
  for (const method of ['resources/subscribe', 'resources/unsubscribe', 'resources/subscribe']) {
    told.push(await seen(await send(who, { session }, message(method, { uri }, 1))))
  }
  const method = 'subscriptions/listen'
  const stream = readSse(
    await who.site.send(who.path, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...who.headers,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: {
          notifications: { toolsListChanged: true, resourceSubscriptions: [uri] },
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      }),
    }),
  )
  told.push(await stream.next())
  return { told, streams: [listening, stream] }
}

/** Something that all who listen hear, whoever they are. */
async function announceLists({ name, access }: ServerDefinition): Promise<void> {
  for (const tenant of ['default', SECOND_TENANT]) {
    for (const module of [name, neighbour(access).name]) {
      const hub = `${tenant}/${hubOfTopic(module, 'tools')}`
      const { NOTIFICATION_HUB: hubs } = env
      const text = noticeText({ list: 'tools' })
      await hubs.get(hubs.idFromName(hub)).publish([{ topic: 'tools', text }])
    }
  }
}

const SECOND_TENANT = 'second-tenant'

function neighbour(access: ServerDefinition['access']): ServerDefinition {
  const scopes = access === 'public' ? [] : ['neighbour:ring']
  return defineServer({
    name: 'neighbour',
    version: '1.0.0',
    access,
    scopes: Object.fromEntries(scopes.map((scope) => [scope, 'Ring'])),
    tools: [defineTool({ name: 'ring', description: 'Rings.', scopes, run: () => 'ding' })],
  })
}

/** A deployment with the module and its neighbour, and a way to the object that was asked last. */
function startDeployment(server: ServerDefinition, tenant?: string) {
  const app = createApp([server, neighbour(server.access)])
  const { MCP_SESSION: sessions } = env
  let object: DurableObjectStub<McpSession> | undefined
  const noting = {
    idFromName: (name: string) => sessions.idFromName(name),
    get(id: DurableObjectId) {
      object = sessions.get(id)
      return object
    },
  }
  // The platform asks no more of the namespace than that.
  const bindings = {
    ...env,
    MCP_SESSION: noting,
    ...(tenant !== undefined && { TENANT: tenant }),
  } as unknown as Cloudflare.Env
  const origin = originOf(server)
  const site: Site = {
    origin,
    send: async (url, init) =>
      app.fetch(new Request(new URL(url, origin), init), bindings, createExecutionContext()),
  }
  return { site, object: () => object }
}

async function startOwner(server: ServerDefinition): Promise<Owner> {
  const { site, object: asked } = startDeployment(server)
  const connection = server.access === 'public' ? undefined : await signIn(site, server, 'Ada')
  const caller = callerOf(site, server.name, connection)
  const sessionId = await open(caller)
  await send(caller, { session: sessionId }, message('logging/setLevel', { level: 'debug' }, 1))
  const object = asked()
  if (!object) throw new Error('the session has no object')
  const call = await startCall(object)
  const eventIds: Record<string, string> = { call: `p${call.stream}.1` }
  let listening: SseReader | undefined
  if (server.push) {
    listening = readSse(await send(caller, { session: sessionId }, { method: 'GET' }))
    eventIds.listening = (await listening.next())?.id ?? ''
  }
  return {
    caller,
    server,
    connection,
    sessionId,
    eventIds,
    async isUnaffected() {
      expect(await object.state()).toMatchObject({ over: false, logLevel: 'debug' })
      // Neither was her call cancelled, nor its stream taken.
      expect(call.frames()).toEqual(['attached', 'kept'])
      if (!listening) return
      await object.push(`{"jsonrpc":"2.0","method":"notifications/${HER_WORDS}"}`)
      expect((await listening.next())?.data).toContain(HER_WORDS)
    },
    async leave() {
      call.close()
      await listening?.cancel()
    },
  }
}

/** A call of hers that runs and has said something, whatever tools the module has. */
async function startCall(object: DurableObjectStub<McpSession>) {
  const session = await runInDurableObject(object, (_, { storage }) => {
    const query = 'SELECT owner, expires_at AS expiresAt FROM session'
    return storage.sql.exec<{ owner: string; expiresAt: number }>(query).one()
  })
  const runner = { role: 'runner', key: crypto.randomUUID(), fence: 1, requests: [HER_REQUEST] }
  const introduction = encodeURIComponent(JSON.stringify({ ...session, ...runner }))
  const headers = { upgrade: 'websocket', [INTRODUCTION_HEADER]: introduction }
  const { webSocket } = await object.fetch('https://session/', { headers })
  if (!webSocket) throw new Error('no socket')
  const frames: string[] = []
  let stream = 0
  const kept = Promise.withResolvers<void>()
  webSocket.addEventListener('message', ({ data }) => {
    const { frame } = readFrame(data) ?? {}
    frames.push(frame?.type ?? '')
    if (frame?.type === 'attached') stream = frame.stream
    if (frame?.type === 'kept') kept.resolve()
  })
  webSocket.accept()
  webSocket.send(writeFrame({ type: 'event', seq: 1, part: 0, parts: 1 }, `"${HER_WORDS}"`))
  await kept.promise
  return { stream, frames: () => frames, close: () => webSocket.close() }
}

interface SignInOptions {
  client?: Client
  like?: Connection
}

/** Lets a client in for a person, with all scopes the module has. */
async function signIn(
  site: Site,
  server: ServerDefinition,
  person: string,
  { client, like }: SignInOptions = {},
): Promise<Connection> {
  const scopes = Object.keys(server.scopes)
  return connect(site, {
    module: server.name,
    scope: scopes.join(' '),
    granted: scopes,
    // The same metadata would be the same client.
    client: client ?? (await register(site, { client_name: crypto.randomUUID() })),
    browser: like?.browser ?? openBrowser(site),
    person,
  })
}

const callerOf = (site: Site, module: string, connection: Connection | undefined): Caller => ({
  site,
  path: `/${module}/mcp`,
  headers: connection ? { authorization: `Bearer ${connection.tokens.access_token}` } : {},
  mayEnter: true,
})

const atHome = async (
  { caller: { site }, server }: Owner,
  person: string,
  options: SignInOptions,
): Promise<Caller> => callerOf(site, server.name, await signIn(site, server, person, options))

type StartOther = (owner: Owner) => Promise<Caller>

/** Others at the same module. Hers are Ada and the client she registered. */
const OTHER_CALLERS = {
  'the same user with another client': (owner) =>
    atHome(owner, 'Ada', owner.connection ? { like: owner.connection } : {}),
  'another user': (owner) =>
    atHome(owner, 'Bob', owner.connection ? { client: owner.connection.client } : {}),
  'nobody she knows': (owner) => atHome(owner, 'Bob', {}),
  'nobody at all': async ({ caller }) => ({ ...caller, headers: {}, mayEnter: false }),
  'nobody with a token': async ({ caller }) => ({
    ...caller,
    headers: { authorization: 'Bearer made:up:token' },
    mayEnter: false,
  }),
} satisfies Record<string, StartOther>

/** The same user and client, or anybody, elsewhere. */
const OTHER_PLACES = {
  'another module': async ({ caller: { site }, server, connection }) => {
    const next = neighbour(server.access)
    const options = connection && { client: connection.client, like: connection }
    return callerOf(site, next.name, connection && (await signIn(site, next, 'Ada', options)))
  },
  'another tenant': async ({ server, connection }) => {
    const { site } = startDeployment(server, SECOND_TENANT)
    return callerOf(site, server.name, connection && (await signIn(site, server, 'Ada')))
  },
} satisfies Record<string, StartOther>

/** A tool call in a session of its own. */
async function callTool(who: Caller, name: string, args: Record<string, unknown>) {
  const session = await open(who)
  const sent = await send(who, { session }, message('tools/call', { name, arguments: args }, 1))
  // biome-ignore lint/suspicious/noExplicitAny: whatever the module returns
  const answer: any = sent.headers.get('content-type')?.startsWith('text/event-stream')
    ? JSON.parse((await readSse(sent).rest()).at(-1)?.data ?? '{}')
    : await sent.json()
  return answer
}

/** An answer may repeat the id it was asked about. */
const withoutId = (answer: unknown, id: string): string =>
  JSON.stringify(answer).replaceAll(id, '(the id)')
