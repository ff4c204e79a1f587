/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { createSealer, emptySealerCache } from '../../src/keys'
import { toolResult } from '../../src/sdk'
import { openSessionId } from '../../src/session'
import { hold } from '../http/modules'
import { answerOf, openSession, platform, type Session } from '../http/platform'
import { type Block, messagesOf, readSse } from './sse-reader'

const now = () => Math.floor(Date.now() / 1000)
const sealer = createSealer(
  {
    tenant: 'default',
    readRing: (at) => env.KEY_RING.get(env.KEY_RING.idFromName('default/keys')).ring(at),
    now,
  },
  emptySealerCache(),
)

/** The object of a session. */
async function objectOf({ id }: Session) {
  const claims = await openSessionId(sealer, id, 'lab', now())
  if (!claims) throw new Error('not a session of the lab')
  return env.MCP_SESSION.get(env.MCP_SESSION.idFromName(`default/session/${claims.id}`))
}

let keys = 0
/** Starts a call of the tool the test holds. */
function startHeld(session: Session, id: number | string = 1) {
  const key = `streams-${++keys}`
  const held = hold(key)
  const params = { name: 'held', arguments: { key }, _meta: { progressToken: `token-${id}` } }
  const responding = session.post({ jsonrpc: '2.0', id, method: 'tools/call', params })
  return { held, responding }
}

const get = (session: Session, lastEventId?: string) =>
  platform.fetch('/lab/mcp', {
    headers: {
      accept: 'text/event-stream',
      'mcp-session-id': session.id,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
  })

const end = (session: Session) =>
  platform.fetch('/lab/mcp', { method: 'DELETE', headers: { 'mcp-session-id': session.id } })

describe('a call that says something on its way', () => {
  it('H-05, H-50, H-51, H-57 of 2025-11-25 is answered on a stream that opens with an id', async () => {
    const session = await openSession('2025-11-25')
    const { held, responding } = startHeld(session)
    const { progress } = await held.started
    progress(1, 2)
    const stream = readSse(await responding)
    const opening = await stream.next()
    expect(opening).toEqual({ id: expect.stringMatching(/^p\d+\.0$/), retry: 1000, data: '' })
    const [name] = (opening?.id ?? '').split('.')
    expect(await stream.next()).toMatchObject({ id: `${name}.1` })
    held.finish('done')
    const rest = await stream.rest()
    expect(rest.map(({ id }) => id)).toEqual([`${name}.2`])
    expect(messagesOf(rest)).toMatchObject([
      { id: 1, result: { content: [{ type: 'text', text: 'done' }] } },
    ])
  })

  it.each(['2025-03-26', '2025-06-18'])(
    'H-58 of %s opens without an empty event',
    async (revision) => {
      const session = await openSession(revision)
      const { held, responding } = startHeld(session)
      const context = await held.started
      context.progress(1)
      const stream = readSse(await responding)
      expect(await stream.any()).toEqual({ comment: '' })
      expect(messagesOf([await stream.next()])).toMatchObject([
        { method: 'notifications/progress' },
      ])
      held.finish('done')
      expect(messagesOf(await stream.rest())).toMatchObject([{ id: 1 }])
    },
  )

  it('H-52, H-56 goes on when its client goes, and gives the rest to whoever comes back', async () => {
    const session = await openSession('2025-11-25')
    const { held, responding } = startHeld(session)
    const { progress } = await held.started
    progress(1)
    const stream = readSse(await responding)
    await stream.next()
    const first = await stream.next()
    await stream.cancel()
    progress(2)
    const back = readSse(await get(session, first?.id))
    const second = await back.next()
    expect(messagesOf([second])).toMatchObject([{ params: { progress: 2 } }])
    held.finish('done')
    expect(messagesOf(await back.rest())).toMatchObject([{ id: 1, result: {} }])
    const again = readSse(await get(session, second?.id))
    expect(messagesOf(await again.rest())).toMatchObject([{ id: 1, result: {} }])
  })

  it('H-40 survives the eviction of its object', async () => {
    const session = await openSession('2025-11-25')
    const { held, responding } = startHeld(session)
    const { progress } = await held.started
    progress(1)
    const stream = readSse(await responding)
    await stream.next()
    await stream.next()
    const object = await objectOf(session)
    await evictDurableObject(object)
    progress(2)
    expect(messagesOf([await stream.next()])).toMatchObject([{ params: { progress: 2 } }])
    await evictDurableObject(object, { webSockets: 'close' })
    progress(3)
    held.finish('done')
    expect(messagesOf(await stream.rest())).toMatchObject([{ params: { progress: 3 } }, { id: 1 }])
  })

  it('survives a crash of its object', async () => {
    const session = await openSession('2025-11-25')
    const { held, responding } = startHeld(session)
    const { progress } = await held.started
    progress(1)
    const stream = readSse(await responding)
    await stream.next()
    await stream.next()
    const object = await objectOf(session)
    await runInDurableObject(object, (_, state) => state.abort()).catch(() => undefined)
    progress(2)
    held.finish('done')
    expect(messagesOf(await stream.rest())).toMatchObject([{ params: { progress: 2 } }, { id: 1 }])
  })

  it('H-54, H-55, H-56 keeps two streams apart', async () => {
    const session = await openSession('2025-11-25')
    const calls = [startHeld(session, 1), startHeld(session, 2)]
    const streams = await Promise.all(
      calls.map(async ({ held, responding }) => {
        ;(await held.started).progress(1)
        return readSse(await responding)
      }),
    )
    const seen: (Block | undefined)[][] = []
    for (const stream of streams) seen.push([await stream.next(), await stream.next()])
    for (const [index, { held }] of calls.entries()) held.finish(`result ${index + 1}`)
    for (const [index, stream] of streams.entries()) seen[index]?.push(...(await stream.rest()))
    for (const [index, blocks] of seen.entries()) {
      expect(messagesOf(blocks)).toMatchObject([
        { params: { progressToken: `token-${index + 1}` } },
        { id: index + 1, result: { content: [{ text: `result ${index + 1}` }] } },
      ])
    }
    const ids = seen.flat().map((block) => block?.id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('H-71 ends without a response when its client cancels it', async () => {
    const session = await openSession('2025-11-25')
    const { held, responding } = startHeld(session)
    const { progress, signal } = await held.started
    progress(1)
    const stream = readSse(await responding)
    await stream.next()
    const said = await stream.next()
    const params = { requestId: 1, reason: 'changed my mind' }
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params }
    expect((await session.post(cancelled)).status).toBe(202)
    expect((await session.post(cancelled)).status).toBe(202)
    expect(messagesOf(await stream.rest())).toEqual([])
    expect(signal.aborted).toBe(true)
    expect(await answerOf(await get(session, said?.id))).toMatchObject({
      status: 405,
      body: { error: { message: expect.stringContaining('cancelled') } },
    })
  })
})

describe('a call that ends in a bug', () => {
  it('is answered on its stream all the same', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const session = await openSession('2025-11-25')
    const { held, responding } = startHeld(session)
    ;(await held.started).progress(1)
    const stream = readSse(await responding)
    await stream.next()
    // A result that is no JSON: nothing can spell it.
    held.finish(toolResult({ content: [], _meta: { huge: 1n } }) as unknown as string)
    const [last] = messagesOf(await stream.rest()).slice(-1)
    expect(last).toMatchObject({ id: 1, error: { code: -32603 } })
    vi.restoreAllMocks()
  })
})

describe('a silent call', () => {
  it('H-05 is answered as JSON while it is quick and on a stream after a second', async () => {
    const session = await openSession('2025-11-25')
    const { held, responding } = startHeld(session)
    await held.started
    const stream = readSse(await responding)
    held.finish('late')
    expect(messagesOf(await stream.rest())).toMatchObject([{ id: 1 }])
  })

  it('H-71 that was cancelled before it had a stream is not answered', async () => {
    const session = await openSession('2025-11-25')
    const { held, responding } = startHeld(session)
    const { signal } = await held.started
    const params = { requestId: 1 }
    await session.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params })
    const stream = readSse(await responding)
    expect(messagesOf(await stream.rest())).toEqual([])
    expect(signal.aborted).toBe(true)
  })
})

describe('DELETE', () => {
  it('H-34, H-36, H-60 ends the session, its streams and its calls for good', async () => {
    const session = await openSession('2025-11-25')
    const { held, responding } = startHeld(session)
    const { progress, signal } = await held.started
    progress(1)
    const stream = readSse(await responding)
    const listening = readSse(await get(session))
    const opening = await stream.next()
    await listening.next()
    expect((await end(session)).status).toBe(204)
    await stream.rest()
    expect(await listening.rest()).toEqual([])
    expect(signal.aborted).toBe(true)
    expect((await get(session, opening?.id)).status).toBe(404)
    expect((await session.request('ping')).status).toBe(404)
    expect((await end(session)).status).toBe(404)
    await evictDurableObject(await objectOf(session))
    expect((await session.request('ping')).status).toBe(404)
  })
})

describe('GET', () => {
  it('H-01, H-22, H-53, H-54 opens a stream for what belongs to no call, on the newest of several', async () => {
    const session = await openSession('2025-11-25')
    const [first, second] = [readSse(await get(session)), readSse(await get(session))]
    const opening = { id: expect.stringMatching(/^g\d+\.0$/), retry: 1000, data: '' }
    const openings = [await first.next(), await second.next()]
    expect(openings).toEqual([opening, opening])
    expect(openings[1]?.id).not.toBe(openings[0]?.id)
    const object = await objectOf(session)
    const notice = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    expect(await object.push(notice)).toBe(true)
    const id = openings[1]?.id?.replace('.0', '.1')
    expect(await second.next()).toEqual({ id, data: notice })
    await second.cancel()
    await first.cancel()
  })

  it('H-56, H-57 comes back to where it was, after eviction too', async () => {
    const session = await openSession('2025-11-25')
    const stream = readSse(await get(session))
    const opening = await stream.next()
    await stream.cancel()
    const object = await objectOf(session)
    await object.push('{"jsonrpc":"2.0","method":"notifications/one"}')
    await evictDurableObject(object)
    await object.push('{"jsonrpc":"2.0","method":"notifications/two"}')
    const back = readSse(await get(session, opening?.id))
    expect(messagesOf([await back.next(), await back.next()])).toMatchObject([
      { method: 'notifications/one' },
      { method: 'notifications/two' },
    ])
    await back.cancel()
  })

  it('an idle one lets the object be evicted', async () => {
    const session = await openSession('2025-11-25')
    const stream = readSse(await get(session))
    await stream.next()
    const object = await objectOf(session)
    await evictDurableObject(object)
    await object.push('{"jsonrpc":"2.0","method":"notifications/awake"}')
    expect(messagesOf([await stream.next()])).toMatchObject([{ method: 'notifications/awake' }])
    await stream.cancel()
  })

  it.each(['p99.0', 'p1.5', 'nonsense', 'p1.1; DROP'])(
    'H-56, H-60 refuses to resume after %s, which it never gave out',
    async (lastEventId) => {
      const session = await openSession('2025-11-25')
      const response = await get(session, lastEventId)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { code: -32600 } })
    },
  )
})
