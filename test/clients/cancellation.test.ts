import { join } from 'node:path'
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../src/cli/project.ts'
import { type Platform, start } from '../support/platform.ts'

let platform: Platform
beforeAll(async () => {
  platform = await start({ entry: join(projectRoot, 'test/session/counting-entry.ts') })
})
afterAll(() => platform?.stop())

const info = { name: 'quayside-tests', version: '1.0.0' }
const CALL = { name: 'count_once', arguments: { to: 1000, everyMs: 100 } }

/** A client of each line, with a way to make the same call. */
const CLIENTS = {
  async '1.x'(fetchIt: typeof fetch) {
    const client = new ClientV1(info)
    const transport = new TransportV1(new URL(`${platform.origin}/counting/mcp`), {
      fetch: fetchIt,
    })
    // The package is not written for `exactOptionalPropertyTypes`; its transport is one.
    await client.connect(transport as Transport)
    const call = (options: CallOptions) => client.callTool(CALL, undefined, options)
    return { client, call }
  },
  async '2.x'(fetchIt: typeof fetch) {
    const client = new ClientV2(info, { versionNegotiation: { mode: 'legacy' } })
    const url = new URL(`${platform.origin}/counting/mcp`)
    await client.connect(new TransportV2(url, { fetch: fetchIt }))
    return { client, call: (options: CallOptions) => client.callTool(CALL, options) }
  },
}

interface CallOptions {
  signal: AbortSignal
  onprogress(): void
}

describe('a call that an official client cancels in the middle of its stream', () => {
  it.each(Object.entries(CLIENTS))(
    'H-71 ends for %s: it asks once for the rest, and takes the answer for no fault',
    async (_, connect) => {
      const resumed: number[] = []
      const { client, call } = await connect(async (url, init) => {
        const response = await fetch(url, init)
        if (new Headers(init?.headers).has('last-event-id')) resumed.push(response.status)
        return response
      })
      const faults: unknown[] = []
      client.onerror = (fault) => faults.push(fault)
      const abort = new AbortController()
      const calling = call({ signal: abort.signal, onprogress: () => abort.abort() })
      await expect(calling).rejects.toThrow(/abort/i)
      await expect.poll(() => resumed, { timeout: 20_000 }).toEqual([405])
      // What comes next is served as ever.
      await client.ping()
      expect(resumed).toEqual([405])
      expect(faults).toEqual([])
      await client.close()
    },
  )
})
