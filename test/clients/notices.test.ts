import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Platform, start } from '../support/platform.ts'

const URI = 'test://watched-resource'
const INFO = { name: 'quayside-tests', version: '1.0.0' }

let platform: Platform
/** In another isolate than the clients that listen. */
let speaker: Client
const url = (isolate: number) => new URL(`${platform.origins[isolate]}/conformance/mcp`)

beforeAll(async () => {
  platform = await start({
    entry: join(import.meta.dirname, '../conformance/entry.ts'),
    twoIsolates: true,
  })
  speaker = new Client(INFO, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  await speaker.connect(new StreamableHTTPClientTransport(url(1)))
})
afterAll(async () => {
  await speaker?.close()
  await platform?.stop()
})

/** A client opens its stream in its own time, so what it is to hear is said until it does. */
async function hearing(heard: string[], expected: string, trigger: string): Promise<void> {
  await vi.waitFor(
    async () => {
      await speaker.callTool({ name: trigger })
      await vi.waitFor(() => expect(heard).toContain(expected), { timeout: 1000 })
    },
    { timeout: 30_000 },
  )
}

describe.each(['legacy', 'auto'] as const)('@modelcontextprotocol/client, %s', (mode) => {
  it('hears of lists and of the resource it subscribed to', async () => {
    const client = new Client(INFO, { versionNegotiation: { mode } })
    const heard: string[] = []
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      heard.push('tools')
    })
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      heard.push(params.uri)
    })
    await client.connect(new StreamableHTTPClientTransport(url(0)))
    const filter = { toolsListChanged: true, resourceSubscriptions: [URI] }
    const subscription = mode === 'auto' ? await client.listen(filter) : undefined
    if (subscription) expect(subscription.honoredFilter).toEqual(filter)
    else await client.subscribeResource({ uri: URI })
    await hearing(heard, 'tools', 'test_trigger_tool_change')
    await hearing(heard, URI, 'test_trigger_resource_update')
    expect(new Set(heard)).toEqual(new Set(['tools', URI]))
    await subscription?.close()
    if (!subscription) await client.unsubscribeResource({ uri: URI })
    await client.close()
  })
})

describe('@modelcontextprotocol/sdk 1.x', () => {
  it('hears of lists and of the resource it subscribed to', async () => {
    const client = new Client1(INFO)
    const heard: string[] = []
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      heard.push('tools')
    })
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      heard.push(params.uri)
    })
    // The package is not written for `exactOptionalPropertyTypes`; its transport is one.
    await client.connect(new Transport1(url(0)) as Transport)
    await client.subscribeResource({ uri: URI })
    await hearing(heard, 'tools', 'test_trigger_tool_change')
    await hearing(heard, URI, 'test_trigger_resource_update')
    await client.unsubscribeResource({ uri: URI })
    await client.close()
  })
})
