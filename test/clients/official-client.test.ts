import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Platform, start } from '../support/platform.ts'
import { usesTheTimeModule } from './time-module.ts'

let platform: Platform
beforeAll(async () => {
  platform = await start()
})
afterAll(() => platform?.stop())

describe.each([
  { mode: 'legacy', era: 'legacy', version: '2025-11-25', hasSession: true },
  { mode: 'auto', era: 'modern', version: '2026-07-28', hasSession: false },
  { mode: { pin: '2026-07-28' }, era: 'modern', version: '2026-07-28', hasSession: false },
] as const)('@modelcontextprotocol/client, negotiation $mode', (negotiation) => {
  const { mode, era, version, hasSession } = negotiation
  let client: Client
  let transport: StreamableHTTPClientTransport
  beforeAll(async () => {
    client = new Client(
      { name: 'quayside-tests', version: '1.0.0' },
      { versionNegotiation: { mode } },
    )
    transport = new StreamableHTTPClientTransport(new URL(`${platform.origin}/time/mcp`))
    await client.connect(transport)
  })
  afterAll(() => client?.close())

  it(`speaks ${version}`, () => {
    expect(client.getProtocolEra()).toBe(era)
    expect(client.getNegotiatedProtocolVersion()).toBe(version)
    expect(client.getServerVersion()).toMatchObject({ name: 'time', title: 'Time' })
    expect(transport.sessionId !== undefined).toBe(hasSession)
  })

  usesTheTimeModule(() => ({
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    callTool: async (name, args) => await client.callTool({ name, arguments: args }),
  }))
})

describe('@modelcontextprotocol/client', () => {
  it('ends its session without an error', async () => {
    const client = new Client({ name: 'quayside-tests', version: '1.0.0' })
    const url = new URL(`${platform.origin}/time/mcp`)
    const transport = new StreamableHTTPClientTransport(url)
    await client.connect(transport)
    await transport.terminateSession()
    await client.close()
  })
})
