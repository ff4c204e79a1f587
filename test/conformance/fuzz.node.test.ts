/**
 * Whatever is sent, to the platform as a process: thousands of requests that are often nearly
 * right, in both eras, while sessions of each revision are open and listen.
 *
 * @module
 */
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REVISIONS_2025 } from '../../src/protocol/revision.ts'
import { type Platform, start } from '../support/platform.ts'
import { residentMiB } from '../support/processes.ts'
import { type GeneratedRequest, requestsFor } from './requests.ts'

/** How many requests are sent; `npm run soak` sends ten times as many, others each time. */
const REQUESTS = Number(process.env.SOAK_REQUESTS ?? 2_000)
const AT_ONCE = 8
/** Nothing that is asked for here takes a second. */
const DEADLINE_MS = 20_000

/** Every code we may emit; M-22 forbids those of older revisions at 2026-07-28. */
const CODES_2026 = [-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022]
const CODES_2025 = [-32700, -32600, -32601, -32602, -32603, -32020, -32022, -32002]

let platform: Platform
let sessions: { id: string; revision: string }[]
const listening = new AbortController()

beforeAll(async () => {
  platform = await start({ entry: join(import.meta.dirname, 'differential/entry.ts') })
  sessions = await Promise.all(REVISIONS_2025.map(open))
  for (const { id } of sessions) {
    const heard = await fetch(`${platform.origin}/gauge/mcp`, {
      headers: { accept: 'text/event-stream', 'mcp-session-id': id },
      signal: listening.signal,
    })
    expect(heard.status).toBe(200)
  }
})
afterAll(async () => {
  listening.abort()
  await platform?.stop()
})

const send = (headers: Record<string, string>, body: object) =>
  fetch(`${platform.origin}/gauge/mcp`, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 'opening', ...body }),
    signal: AbortSignal.timeout(DEADLINE_MS),
  })

async function open(revision: string): Promise<{ id: string; revision: string }> {
  const clientInfo = { name: 'fuzz', version: '1.0.0' }
  const params = { protocolVersion: revision, capabilities: {}, clientInfo }
  const response = await send({}, { method: 'initialize', params })
  await response.text()
  const id = response.headers.get('mcp-session-id')
  if (id === null) throw new Error(`no session at ${revision}: ${response.status}`)
  return { id, revision }
}

async function sessionHeader({ session }: GeneratedRequest): Promise<Record<string, string>> {
  if (session === 'none') return {}
  if (session === 'made-up') return { 'mcp-session-id': 'made-up' }
  const { id } =
    session === 'disposable' ? await open('2025-11-25') : (sessions[session] ?? { id: '' })
  return { 'mcp-session-id': id }
}

/** Every status there was: requests that are all refused would show nothing. */
const met = new Set<number>()

/** Sends one and checks what must hold of any answer. */
async function check(request: GeneratedRequest): Promise<void> {
  const { verb, path, headers, body } = request
  const over = new AbortController()
  const response = await fetch(`${platform.origin}${path}`, {
    method: verb,
    headers: { ...headers, ...(await sessionHeader(request)) },
    ...(body !== undefined && { body }),
    signal: AbortSignal.any([over.signal, AbortSignal.timeout(DEADLINE_MS)]),
  })
  const { status } = response
  met.add(status)
  const type = response.headers.get('content-type') ?? ''
  if (verb === 'GET' && status === 200) {
    // A stream of notices has no end of its own.
    expect(type).toBe('text/event-stream')
    over.abort()
    return
  }
  const text = await response.text()
  if (status >= 500) expect([status, codesIn(text, type)]).toEqual([503, [-32603]])
  if (status >= 400 && verb !== 'HEAD') {
    expect(type).toBe('application/json')
    const { jsonrpc, error } = JSON.parse(text)
    expect({ jsonrpc, message: typeof error?.message }).toEqual({
      jsonrpc: '2.0',
      message: 'string',
    })
  }
  const claims2026 = body?.includes('"io.modelcontextprotocol/protocolVersion":"2026-07-28"')
  const is2026 = claims2026 && headers['mcp-protocol-version'] === '2026-07-28'
  for (const code of codesIn(text, type)) {
    expect(is2026 ? CODES_2026 : CODES_2025).toContain(code)
  }
}

/** The codes of all errors in an answer. */
function codesIn(text: string, type: string): unknown[] {
  if (text === '') return []
  const said: unknown[] = type.startsWith('text/event-stream')
    ? text
        .split('\n')
        .filter((line) => /^data: ?[^ ]/.test(line))
        .map((line) => JSON.parse(line.slice('data:'.length)))
    : [JSON.parse(text)].flat()
  return said.flatMap((message) => {
    const error = (message as { error?: { code: unknown } }).error
    return error === undefined ? [] : [error.code]
  })
}

describe('whatever is sent', () => {
  it('M-17, M-22, H-12, D-04 is answered in time, without a 5xx, with codes that may be used', async () => {
    const seed = process.env.SOAK_REQUESTS === undefined ? 20_260_728 : undefined
    const together = fc.array(requestsFor(sessions.length), {
      minLength: AT_ONCE,
      maxLength: AT_ONCE,
    })
    const runs = Math.ceil(REQUESTS / AT_ONCE)
    const sizes: number[] = []
    let ran = 0
    const everyOne = fc.asyncProperty(together, async (requests) => {
      await Promise.all(requests.map(check))
      ran += 1
      const size = await residentMiB(platform)
      if (size !== undefined) sizes.push(size)
    })
    await fc.assert(everyOne, { numRuns: runs, ...(seed !== undefined && { seed }) })
    expect(ran).toBe(runs)
    expect([...met]).toEqual(expect.arrayContaining([200, 202, 400, 404, 405, 406, 415]))

    // Sessions are as good as before, and so is everything else.
    for (const { id, revision } of sessions) {
      const answer = await send({ 'mcp-session-id': id }, { id: 7, method: 'ping' })
      expect([revision, await answer.json()]).toEqual([
        revision,
        { jsonrpc: '2.0', id: 7, result: {} },
      ])
    }
    // Once warm, memory does not grow with what comes.
    const quarter = Math.ceil(sizes.length / 4)
    const [early, late] = [sizes.slice(quarter, 2 * quarter), sizes.slice(-quarter)]
    if (process.env.SOAK_REQUESTS) console.log(median(early), median(late), [...met])
    if (sizes.length > 0) expect(median(late)).toBeLessThan(median(early) + MAX_GROWTH_MIB)
  }, 1_200_000)
})

/** The isolate's heap and caches fill up to their bounds; a leak passes this within a soak. */
const MAX_GROWTH_MIB = 64

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
