/**
 * The official clients as they come, with a person each, in sessions of whatever revision or in none.
 *
 * @module
 */
import {
  Client as ClientV2,
  type McpSubscription,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'

const PATIENCE_MS = 120_000
/** Of a call that counts, without a session: the client does not say that its connection broke. */
const STATELESS_PATIENCE_MS = 20_000
const info = { name: 'quayside-tests', version: '1.0.0' }
const capabilities = { elicitation: {}, sampling: {} }
/** A platform that starts takes its time. */
const reconnectionOptions = {
  initialReconnectionDelay: 200,
  maxReconnectionDelay: 1000,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: 60,
}

/** A client, its person, and what it was told. */
export interface Follower {
  readonly name: string
  readonly era: '2025' | '2026'
  /** Of calls, questions and streams, in the words of the client. */
  readonly errors: string[]
  /** `tools` for the list, else the address that has changed, in the order of arrival. */
  readonly heard: string[]
  /** Questions that nobody has answered yet. */
  readonly questions: { message: string; agree(): void }[]
  /** How each stream of `subscriptions/listen` ended that its client did not close. */
  readonly listensEnded: string[]
  /** Streams for what belongs to no call that were opened so far. */
  readonly streams: number
  /** The text of a result, or of an error. */
  call(tool: string, args: object, onProgress?: (value: number) => void): Promise<string>
  tools(): Promise<string[]>
  /** Follows this address and the lists, until it follows another. Resolves once it does. */
  follow(uri: string): Promise<void>
  close(): Promise<void>
}

/** What all of them have in common. */
function followerState(name: string) {
  const state = {
    name,
    errors: [] as string[],
    heard: [] as string[],
    questions: [] as Follower['questions'],
    listensEnded: [] as string[],
    streams: 0,
    /** Answers once its person has agreed. */
    ask<Answer>(message: string, answer: Answer): Promise<Answer> {
      return new Promise((resolve) => {
        state.questions.push({ message, agree: () => resolve(answer) })
      })
    },
    onError: (error: Error) => {
      state.errors.push(error.message)
    },
  }
  return state
}

const AGREED = { action: 'accept' as const, content: { yes: true } }
const SAID_YES = {
  role: 'assistant' as const,
  model: 'test',
  content: { type: 'text' as const, text: 'yes' },
}

/** Opens sessions of this revision, and counts streams of notices. */
const speaking = (revision: string, state: { streams: number }): typeof fetch =>
  (async (input: string | URL, init: RequestInit = {}) => {
    const { body } = init
    const isOpening = typeof body === 'string' && body.includes('"method":"initialize"')
    const sent = isOpening
      ? body.replace(/"protocolVersion":"[^"]*"/, `"protocolVersion":"${revision}"`)
      : body
    const response = await fetch(input, { ...init, ...(isOpening && { body: sent }) })
    if (init.method === 'GET' && response.ok) state.streams += 1
    return response
  }) as typeof fetch // what the clients use of it

/** A client of 1.x, which asks for the newest revision it knows unless it is made to. */
export async function followV1(url: URL, revision: string): Promise<Follower> {
  const state = followerState(`1.x at ${revision}`)
  const client = new ClientV1(info, { capabilities })
  client.onerror = state.onError
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => state.ask(params.message, AGREED))
  client.setRequestHandler(CreateMessageRequestSchema, () => state.ask('Sure?', SAID_YES))
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    state.heard.push('tools')
  })
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    state.heard.push(params.uri)
  })
  const options = { reconnectionOptions, fetch: speaking(revision, state) }
  // The package is not written for `exactOptionalPropertyTypes`; its transport is one.
  await client.connect(new TransportV1(url, options) as Transport)
  return Object.assign(state, {
    era: '2025' as const,
    call: (name: string, args: object, onProgress?: (value: number) => void) =>
      textOf(client.callTool({ name, arguments: { ...args } }, undefined, patience(onProgress))),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    async follow(uri: string) {
      await client.subscribeResource({ uri })
    },
    close: () => client.close(),
  })
}

/** A client of 2.x, in a session of a revision that has them, or in none. */
export async function followV2(
  url: URL,
  revision: string,
  accessToken?: string,
): Promise<Follower> {
  const isStateless = revision === '2026-07-28'
  const signedIn = accessToken === undefined ? '' : ', signed in'
  const state = followerState(`2.x at ${revision}${signedIn}`)
  const mode = isStateless ? { pin: revision } : ('legacy' as const)
  const client = new ClientV2(info, { capabilities, versionNegotiation: { mode } })
  client.onerror = state.onError
  client.setRequestHandler('elicitation/create', ({ params }) => state.ask(params.message, AGREED))
  client.setRequestHandler('sampling/createMessage', () => state.ask('Sure?', SAID_YES))
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    state.heard.push('tools')
  })
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
    state.heard.push(params.uri)
  })
  const headers = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }
  const fetch = speaking(revision, state)
  await client.connect(
    new TransportV2(url, { reconnectionOptions, fetch, requestInit: { headers } }),
  )

  let wanted: string | undefined
  let subscription: McpSubscription | undefined
  /** As a host does: once a stream has ended it opens the next. */
  const listen = async (uri: string): Promise<void> => {
    const filter = { toolsListChanged: true, resourceSubscriptions: [uri] }
    const opened = await client.listen(filter)
    state.streams += 1
    subscription = opened
    void opened.closed.then((how) => {
      if (how === 'local') return
      state.listensEnded.push(how)
      if (wanted === uri) void listenUntilHeard(uri)
    })
  }
  const listenUntilHeard = async (uri: string): Promise<void> => {
    while (wanted === uri) {
      try {
        return await listen(uri)
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
  }
  return Object.assign(state, {
    era: isStateless ? ('2026' as const) : ('2025' as const),
    call: (name: string, args: object, onProgress?: (value: number) => void) =>
      textOf(client.callTool({ name, arguments: { ...args } }, patience(onProgress, isStateless))),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    async follow(uri: string) {
      if (!isStateless) {
        await client.subscribeResource({ uri })
        return
      }
      wanted = uri
      await subscription?.close()
      await listen(uri)
    },
    async close() {
      wanted = undefined
      await subscription?.close()
      await client.close()
    },
  })
}

const patience = (onProgress: ((value: number) => void) | undefined, isStateless = false) => ({
  timeout: isStateless && onProgress ? STATELESS_PATIENCE_MS : PATIENCE_MS,
  ...(onProgress && { onprogress: ({ progress }: { progress: number }) => onProgress(progress) }),
})

async function textOf(calling: Promise<unknown>): Promise<string> {
  const settled = await calling.catch((error: unknown) => error)
  if (settled instanceof Error) return `failed: ${settled.message}`
  const { content } = settled as { content: { text: string }[] } // as our tools answer
  return content[0]?.text ?? ''
}
