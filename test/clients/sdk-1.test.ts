import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Platform, start } from '../support/platform.ts'
import { type CallOutcome, usesTheTimeModule } from './time-module.ts'

let platform: Platform
let client: Client
let transport: StreamableHTTPClientTransport
beforeAll(async () => {
  platform = await start()
  client = new Client({ name: 'quayside-tests', version: '1.0.0' })
  transport = new StreamableHTTPClientTransport(new URL(`${platform.origin}/time/mcp`))
  // The package is not written for `exactOptionalPropertyTypes`; its transport is one.
  await client.connect(transport as Transport)
})
afterAll(async () => {
  await client?.close()
  await platform?.stop()
})

describe('@modelcontextprotocol/sdk 1.x', () => {
  it('opens a 2025 session', () => {
    expect(transport.protocolVersion).toBe('2025-11-25')
    expect(transport.sessionId).toEqual(expect.any(String))
    expect(client.getServerVersion()).toMatchObject({ name: 'time', title: 'Time' })
  })

  usesTheTimeModule(() => ({
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    callTool: async (name, args) =>
      (await client.callTool({ name, arguments: args })) as CallOutcome,
  }))
})
