/** Resources, prompts and completion, as the official clients reach them. @module */
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Platform, start } from '../support/platform.ts'

let platform: Platform
beforeAll(async () => {
  platform = await start({ entry: join(import.meta.dirname, '../conformance/entry.ts') })
})
afterAll(() => platform?.stop())

/** What both clients can do alike. */
type AnyClient = Pick<
  Client,
  | 'listResources'
  | 'listResourceTemplates'
  | 'readResource'
  | 'listPrompts'
  | 'getPrompt'
  | 'complete'
  | 'getServerCapabilities'
  | 'close'
>

const NAME = { name: 'quayside-tests', version: '1.0.0' }

const official = (mode: 'legacy' | { pin: string }) => async (url: URL) => {
  const client = new Client(NAME, { versionNegotiation: { mode } })
  await client.connect(new StreamableHTTPClientTransport(url))
  return client as AnyClient
}

const ofOne = async (url: URL) => {
  const client = new Client1(NAME)
  // The package is not written for `exactOptionalPropertyTypes`; its transport is one.
  await client.connect(new Transport1(url) as Transport)
  return client as unknown as AnyClient // of these methods it has the same
}

describe.each([
  {
    program: '@modelcontextprotocol/client at 2026-07-28',
    open: official({ pin: '2026-07-28' }),
    notFound: -32602,
  },
  // Whatever code a resource that does not exist has on the wire, it hands on that of today.
  {
    program: '@modelcontextprotocol/client in a session',
    open: official('legacy'),
    notFound: -32602,
  },
  { program: '@modelcontextprotocol/sdk 1.x', open: ofOne, notFound: -32002 },
])('$program', ({ open, notFound }) => {
  let client: AnyClient
  let time: AnyClient
  beforeAll(async () => {
    client = await open(new URL(`${platform.origin}/conformance/mcp`))
    time = await open(new URL(`${platform.origin}/time/mcp`))
  })
  afterAll(async () => {
    await client?.close()
    await time?.close()
  })

  it('hears what there is', () => {
    expect(client.getServerCapabilities()).toMatchObject({
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      prompts: { listChanged: true },
      completions: {},
    })
    expect(time.getServerCapabilities()).not.toHaveProperty('prompts')
  })

  it('lists resources and templates', async () => {
    const { resources } = await client.listResources()
    const uris = ['test://static-text', 'test://static-binary', 'test://watched-resource']
    expect(resources.map(({ uri }) => uri)).toEqual(uris)
    const { resourceTemplates } = await client.listResourceTemplates()
    expect(resourceTemplates).toMatchObject([
      { uriTemplate: 'test://template/{id}/data', title: 'Data by id' },
    ])
  })

  it('reads text, bytes and what a template leads to', async () => {
    const read = async (uri: string) => (await client.readResource({ uri })).contents
    expect(await read('test://static-text')).toEqual([
      {
        uri: 'test://static-text',
        mimeType: 'text/plain',
        text: 'This is the content of the static text resource.',
      },
    ])
    expect(await read('test://static-binary')).toMatchObject([
      { mimeType: 'image/png', blob: expect.stringMatching(/^iVBORw/) },
    ])
    expect(await read('test://template/42/data')).toMatchObject([
      { text: expect.stringContaining('"id":"42"') },
    ])
  })

  it('is told that a resource does not exist', async () => {
    await expect(client.readResource({ uri: 'test://none' })).rejects.toMatchObject({
      code: notFound,
    })
  })

  it('lists prompts and fills them in', async () => {
    const { prompts } = await client.listPrompts()
    expect(prompts.map(({ name }) => name)).toContain('test_prompt_with_arguments')
    const { messages } = await client.getPrompt({
      name: 'test_prompt_with_arguments',
      arguments: { arg1: 'hello', arg2: 'world' },
    })
    expect(messages).toEqual([
      {
        role: 'user',
        content: { type: 'text', text: "Prompt with arguments: arg1='hello', arg2='world'" },
      },
    ])
    await expect(client.getPrompt({ name: 'test_prompt_with_arguments' })).rejects.toMatchObject({
      code: -32602,
    })
  })

  it('completes an argument', async () => {
    const { completion } = await client.complete({
      ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
      argument: { name: 'arg1', value: 'par' },
    })
    expect(completion).toEqual({ values: ['party', 'park', 'paris'], total: 3, hasMore: false })
  })

  it('reads a clock whose zone it completed', async () => {
    const { completion } = await time.complete({
      ref: { type: 'ref/resource', uri: 'time://{zone}' },
      argument: { name: 'zone', value: 'berl' },
    })
    expect(completion.values).toEqual(['Europe/Berlin'])
    for (const zone of ['Europe/Berlin', 'Europe%2FBerlin', 'europe/berlin']) {
      const { contents } = await time.readResource({ uri: `time://${zone}` })
      expect(contents).toMatchObject([
        { mimeType: 'application/json', text: expect.stringContaining('"Europe/Berlin"') },
      ])
    }
    await expect(time.readResource({ uri: 'time://Europe/Berlim' })).rejects.toThrow(
      'Did you mean Europe/Berlin',
    )
  })
})
