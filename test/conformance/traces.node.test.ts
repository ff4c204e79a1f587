/**
 * Golden traces: everything a client of each revision is told of one module, kept beside this file
 * to be read. A change of the wire shows here as a change of those files; `vitest -u` writes them
 * anew, and whoever does looks at what became different for whom.
 *
 * @module
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Platform, start } from '../support/platform.ts'
import { BATCHES, EXCHANGES, type Exchange } from './traces/exchanges.ts'

let platform: Platform
beforeAll(async () => {
  platform = await start({ entry: join(import.meta.dirname, 'traces/entry.ts') })
})
afterAll(() => platform?.stop())

interface Sent {
  method: string
  params: Record<string, unknown>
  headers: Record<string, string>
}

const send = (headers: Record<string, string>, body: unknown) =>
  fetch(`${platform.origin}/atlas/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  })

async function post(id: number, { method, params, headers }: Sent) {
  const response = await send(headers, { jsonrpc: '2.0', id, method, params })
  expect(response.headers.get('content-type')).toBe('application/json')
  const {
    jsonrpc,
    id: answered,
    ...answer
  } = z.looseObject({ jsonrpc: z.literal('2.0'), id: z.literal(id) }).parse(await response.json())
  return { response, text: `${response.status} ${JSON.stringify(answer)}` }
}

const META_2026 = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** Every exchange of one revision with its opening: what is asked, and the answer below it. */
async function traceOf(revision: string): Promise<string> {
  const is2026 = revision === '2026-07-28'
  const clientInfo = { name: 'tracer', version: '1.0.0' }
  const opening: Exchange = is2026
    ? { method: 'server/discover' }
    : { method: 'initialize', params: { protocolVersion: revision, capabilities: {}, clientInfo } }
  let session: Record<string, string> = {}
  const lines: string[] = []
  for (const [id, { method, params = {} }] of [opening, ...EXCHANGES].entries()) {
    const named = params.name ?? params.uri
    const sent: Sent = is2026
      ? {
          method,
          params: { ...params, _meta: META_2026 },
          headers: {
            'mcp-protocol-version': revision,
            'mcp-method': method,
            ...(typeof named === 'string' && { 'mcp-name': named }),
          },
        }
      : { method, params, headers: session }
    const { response, text } = await post(id, sent)
    const sessionId = response.headers.get('mcp-session-id')
    if (sessionId !== null) {
      session = {
        'mcp-session-id': sessionId,
        ...(revision !== '2025-03-26' && { 'mcp-protocol-version': revision }),
      }
    }
    lines.push(`> ${method} ${JSON.stringify(params)}`, `< ${text}`, '')
  }
  const usual = is2026 ? { 'mcp-protocol-version': revision } : session
  for (const batch of BATCHES) {
    const response = await send(usual, batch)
    const said = `${response.status} ${await response.text()}`.trimEnd()
    lines.push(`> ${JSON.stringify(batch)}`, `< ${said}`, '')
  }
  return lines.join('\n')
}

describe('what a client is told of one module', () => {
  it.each(['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'])(
    'D-12 at %s is what it was when somebody last read it',
    async (revision) => {
      const trace = await traceOf(revision)
      await expect(trace).toMatchFileSnapshot(`traces/${revision}.txt`)
    },
  )
})
