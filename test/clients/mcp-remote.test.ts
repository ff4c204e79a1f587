import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../src/cli/project.ts'
import { loopbackOnly } from '../support/loopback-only.ts'
import { type Platform, start } from '../support/platform.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { usesTheTimeModule } from './time-module.ts'

let platform: Platform
let client: Client
let home: Awaited<ReturnType<typeof temporaryFolder>>
let printed = ''

beforeAll(async () => {
  home = await temporaryFolder()
  platform = await start()
  client = new Client({ name: 'quayside-tests', version: '1.0.0' })
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      join(projectRoot, 'node_modules/.bin/mcp-remote'),
      ...[`${platform.origin}/time/mcp`, '--allow-http', '--transport', 'http-only'],
    ],
    env: {
      ...getDefaultEnvironment(),
      HOME: home.path,
      MCP_REMOTE_CONFIG_DIR: join(home.path, 'mcp-auth'),
      ...loopbackOnly,
    },
    stderr: 'pipe',
  })
  transport.stderr?.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  await client.connect(transport)
})
afterAll(async () => {
  await client?.close()
  await platform?.stop()
  await home?.[Symbol.asyncDispose]()
})

describe('a host that only speaks stdio, through mcp-remote', () => {
  it('opens a 2025 session and reaches nothing but the platform', () => {
    expect(client.getNegotiatedProtocolVersion()).toBe('2025-11-25')
    expect(client.getServerVersion()).toMatchObject({ name: 'time' })
    expect(printed).not.toContain('refused to connect')
  })

  usesTheTimeModule(() => ({
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    callTool: async (name, args) => await client.callTool({ name, arguments: args }),
  }))
})
