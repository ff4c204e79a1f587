import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../src/cli/project.ts'
import { openSession } from '../support/mcp.ts'
import { type Platform, start } from '../support/platform.ts'
import { residentMiB } from '../support/processes.ts'

let platform: Platform
let url: string

beforeAll(async () => {
  platform = await start({ entry: join(projectRoot, 'test/session/counting-entry.ts') })
  url = `${platform.origin}/counting/mcp`
})
afterAll(() => platform.stop())

const DEADLINE_MS = 20_000

/** One event of a stream: its id, and its message unless it has none. */
interface StreamEvent {
  id: string
  message?: { id?: number; method?: string; params?: { progress?: number }; result?: unknown }
}

/** A connection that reads as much as it is told to. */
class Connection {
  readonly #response: IncomingMessage
  #text = ''
  #wake = (): void => {}

  constructor(response: IncomingMessage) {
    this.#response = response
    response.setEncoding('utf8')
    response.on('error', () => {}) // a reset is what these tests are about
    for (const event of ['readable', 'end', 'close']) response.on(event, () => this.#wake())
  }

  get status(): number {
    return this.#response.statusCode ?? 0
  }

  /** The next event; undefined at the end of the stream. */
  async next(): Promise<StreamEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const lines = this.#text.slice(0, end).split('\n')
        this.#text = this.#text.slice(end + 2)
        const fields = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s)))
        if (fields.id === undefined) continue
        return { id: fields.id, ...(fields.data && { message: JSON.parse(fields.data) }) }
      }
      if (this.#response.readableEnded || this.#response.destroyed) return undefined
      const chunk: string | null = this.#response.read()
      if (chunk !== null) this.#text += chunk
      else {
        await new Promise<void>((resolve, reject) => {
          const late = () => reject(new Error(`nothing came for ${DEADLINE_MS} ms`))
          const timer = setTimeout(late, DEADLINE_MS)
          this.#wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    }
  }

  async rest(): Promise<StreamEvent[]> {
    const events: StreamEvent[] = []
    for (let event = await this.next(); event; event = await this.next()) events.push(event)
    return events
  }

  get socket() {
    return this.#response.socket
  }
}

async function connect(method: string, headers: object, body?: object): Promise<Connection> {
  const outgoing = request(url, {
    method,
    agent: false,
    headers: { accept: 'application/json, text/event-stream', ...headers },
  })
  outgoing.on('error', () => {})
  outgoing.end(body && JSON.stringify(body))
  const [response] = await once(outgoing, 'response', {
    signal: AbortSignal.timeout(DEADLINE_MS),
  })
  return new Connection(response)
}

const call = (sessionId: string, name: string, args: object, id = 1) =>
  connect(
    'POST',
    { 'content-type': 'application/json', 'mcp-session-id': sessionId },
    {
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name, arguments: args, _meta: { progressToken: 'p' } },
    },
  )

const listen = (sessionId: string, lastEventId?: string) =>
  connect('GET', {
    'mcp-session-id': sessionId,
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  })

const progressOf = (events: readonly (StreamEvent | undefined)[]) =>
  events.flatMap((event) => event?.message?.params?.progress ?? [])

const CUTS = {
  'with a FIN': (connection: Connection) => connection.socket.destroy(),
  'with a RST': (connection: Connection) => connection.socket.resetAndDestroy(),
  'on one side only': (connection: Connection) => connection.socket.end(),
}
type Cut = keyof typeof CUTS
const cuts = Object.keys(CUTS) as Cut[]

describe('the connection of a call, cut', () => {
  it.each(cuts)('H-52, H-56 %s leaves the call alone and its result to fetch', async (cut) => {
    const sessionId = await openSession(url)
    const first = await call(sessionId, 'count_once', { to: 20, everyMs: 100 })
    await first.next()
    const said = await first.next()
    CUTS[cut](first)
    const back = await listen(sessionId, said?.id)
    const events = await back.rest()
    expect(progressOf([said, ...events])).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
    expect(events.at(-1)?.message).toMatchObject({
      id: 1,
      result: { content: [{ text: 'counted to 20 by 1.0.0' }] },
    })
  })

  it.each(cuts)('H-52, H-56 %s and fetched only when it has ended', async (cut) => {
    const sessionId = await openSession(url)
    const first = await call(sessionId, 'count_once', { to: 10, everyMs: 100 })
    const opening = await first.next()
    CUTS[cut](first)
    const ended = () =>
      platform.logs.some(({ message }) => {
        const line = message.startsWith('{') ? JSON.parse(message) : {}
        return line.tool === 'count_once' && line.outcome === 'ok' && line.argumentChars === 23
      })
    await expect.poll(ended, { timeout: DEADLINE_MS }).toBe(true)
    const events = await (await listen(sessionId, opening?.id)).rest()
    expect(progressOf(events)).toEqual(Array.from({ length: 10 }, (_, at) => at + 1))
    expect(events.at(-1)?.message).toMatchObject({ id: 1, result: {} })
  })

  it('H-54 by a network that tells nobody: the new connection has the stream for itself', async () => {
    const sessionId = await openSession(url)
    const silent = await call(sessionId, 'count_once', { to: 30, everyMs: 100 })
    await silent.next()
    const said = await silent.next()
    // From here on nobody reads it, and nobody closes it.
    const back = await listen(sessionId, said?.id)
    const events = await back.rest()
    expect(progressOf([said, ...events])).toEqual(Array.from({ length: 30 }, (_, at) => at + 1))
    expect(events.at(-1)?.message).toMatchObject({ id: 1, result: {} })
    // The old one was ended when the new one came.
    const late = await silent.rest()
    expect(late.at(-1)?.message?.result).toBeUndefined()
  })
})

describe('a connection that listens', () => {
  it.each(['with a FIN', 'with a RST'] as const)(
    'is let go when it was cut %s, and can be come back for',
    async (cut) => {
      const sessionId = await openSession(url)
      const before = await openSockets()
      const listening = await listen(sessionId)
      const opening = await listening.next()
      CUTS[cut](listening)
      const again = await listen(sessionId, opening?.id)
      expect(again.status).toBe(200)
      CUTS[cut](again)
      if (before !== undefined) {
        await expect.poll(openSockets, { timeout: DEADLINE_MS }).toBeLessThanOrEqual(before)
      }
    },
  )
})

describe('a client that does not read', () => {
  // 400 MB together: far more than the sockets in between hold, and than logs do.
  const LOAD = { messages: 1000, chars: 100_000 }
  const CLIENTS = 4

  it('H-52, H-60 holds nobody up, takes little memory, and finds its result when it comes back', async () => {
    const before = await residentMiB(platform)
    const slow = await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const sessionId = await openSession(url)
        const connection = await call(sessionId, 'fill', LOAD)
        return { sessionId, connection, opening: await connection.next() }
      }),
    )
    // Somebody else is served meanwhile.
    const other = await call(await openSession(url), 'count_again', { to: 3, everyMs: 10 })
    expect((await other.rest()).at(-1)?.message).toMatchObject({ result: {} })
    for (const { sessionId, connection, opening } of slow) {
      const events: StreamEvent[] = []
      // What is too much for one connection comes on the next.
      while (!events.some(({ message }) => message?.id !== undefined)) {
        const back = await listen(sessionId, events.at(-1)?.id ?? opening?.id)
        expect(back.status).toBe(200)
        events.push(...(await back.rest()))
      }
      const text = `sent ${LOAD.messages}`
      expect(events.at(-1)?.message).toMatchObject({ result: { content: [{ text }] } })
      const ids = events.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      connection.socket.destroy()
    }
    if (before !== undefined) expect((await residentMiB(platform)) ?? 0).toBeLessThan(before + 400)
  }, 120_000)
})

/** Connections to the platform that its side has not closed; only Linux tells. */
async function openSockets(): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined
  const port = platform.port.toString(16).toUpperCase().padStart(4, '0')
  const CLOSED = ['06', '07', '0A'] // TIME_WAIT, CLOSE, LISTEN
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1)
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state = '']) => local?.endsWith(`:${port}`) && !CLOSED.includes(state))
    .length
}
