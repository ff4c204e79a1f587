/** Tools that ask, as the official clients answer them in a session. @module */
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CreateMessageRequestSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Platform, start } from '../support/platform.ts'

let platform: Platform
beforeAll(async () => {
  const entry = join(import.meta.dirname, '../conformance/entry.ts')
  platform = await start({ entry, twoIsolates: true })
})
afterAll(() => platform?.stop())

const NAME = { name: 'quayside-tests', version: '1.0.0' }
const CAPABILITIES = { elicitation: {}, sampling: {} }

/** What a person types, by the words they read. */
const ANSWERS: Record<string, Record<string, string>> = {
  'Step 1: What is your name?': { name: 'Ada' },
  'Step 2: What is your favorite color?': { color: 'red' },
  'Who are you?': { username: 'ada', email: 'ada@example.com' },
}
const fillIn = ({ message }: { message: string }) => {
  const content = ANSWERS[message]
  return content ? { action: 'accept' as const, content } : { action: 'decline' as const }
}
const model = () => ({
  role: 'assistant' as const,
  model: 'test',
  content: { type: 'text' as const, text: 'Paris' },
})

/** Sends answers to the other isolate than everything else. */
const split: typeof fetch = (input, init) => {
  const isAnswer = typeof init?.body === 'string' && !('method' in JSON.parse(init.body))
  const { pathname } = new URL(String(input))
  return fetch(`${platform.origins[isAnswer ? 1 : 0]}${pathname}`, init)
}

interface AnyClient {
  callTool(params: { name: string; arguments?: Record<string, string> }): Promise<unknown>
  close(): Promise<void>
}

const ofTwo = async (url: URL): Promise<AnyClient> => {
  const client = new Client(NAME, {
    versionNegotiation: { mode: 'legacy' },
    capabilities: CAPABILITIES,
  })
  client.setRequestHandler('elicitation/create', ({ params }) => fillIn(params))
  client.setRequestHandler('sampling/createMessage', model)
  await client.connect(new StreamableHTTPClientTransport(url, { fetch: split }))
  return client
}

const ofOne = async (url: URL): Promise<AnyClient> => {
  const client = new Client1(NAME, { capabilities: CAPABILITIES })
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => fillIn(params))
  client.setRequestHandler(CreateMessageRequestSchema, model)
  // The package is not written for `exactOptionalPropertyTypes`; its transport is one.
  await client.connect(new Transport1(url, { fetch: split }) as Transport)
  return client
}

describe.each([
  { program: '@modelcontextprotocol/client in a session', open: ofTwo },
  { program: '@modelcontextprotocol/sdk 1.x', open: ofOne },
])('$program', ({ open }) => {
  let client: AnyClient
  beforeAll(async () => {
    client = await open(new URL(`${platform.origin}/conformance/mcp`))
  })
  afterAll(() => client?.close())

  it('H-84 is asked twice in a row, and answers another isolate', async () => {
    const name = 'test_input_required_result_multi_round'
    expect(JSON.stringify(await client.callTool({ name }))).toMatch(/Ada.*red/)
  })

  it('H-84 is asked for a form', async () => {
    const message = 'Who are you?'
    const result = await client.callTool({ name: 'test_elicitation', arguments: { message } })
    expect(JSON.stringify(result)).toContain('ada@example.com')
  })

  it('H-84 declines', async () => {
    const message = 'What else?'
    const result = await client.callTool({ name: 'test_elicitation', arguments: { message } })
    expect(JSON.stringify(result)).toContain('decline')
  })

  it('H-84 lends its model', async () => {
    const prompt = 'What is the capital of France?'
    const result = await client.callTool({ name: 'test_sampling', arguments: { prompt } })
    expect(JSON.stringify(result)).toContain('Paris')
  })
})
