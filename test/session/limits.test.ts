/// <reference types="@cloudflare/vitest-plugin/types" />
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hubOfTopic } from '../../src/notify'
import type { McpSession } from '../../src/session'
import { KEPT_SHARE, MAX_EVENT_CHARS, MAX_EVENTS } from '../../src/session/event-log'
import { PART_CHARS, partsOf } from '../../src/session/frames'
import { KEEP_MS } from '../../src/session/record'
import {
  listener,
  makeObject,
  progressText,
  resultText,
  resumer,
  runner,
  stopClock,
  type TestObject,
  type TestSocket,
} from './object'

beforeEach(stopClock)
afterEach(() => void vi.useRealTimers())

/** Sends events of one part each and waits until all are kept. */
async function sayAll(socket: TestSocket, bodies: string[], from = 1): Promise<void> {
  for (const [index, body] of bodies.entries()) {
    socket.send({ type: 'event', seq: from + index, part: 0, parts: 1 }, body)
  }
  for (const _ of bodies) await socket.expect('kept')
}

async function openCall(object: TestObject) {
  const socket = await object.attach(runner())
  const { stream } = await socket.expect('attached')
  return { socket, stream }
}

/** Why nothing is shown after this event; undefined when something is. */
async function refusalAfter(object: TestObject, stream: number, seq: number) {
  const { frame } = await (await object.attach(resumer(stream, seq))).next()
  return frame.type === 'refused' ? frame.reason : undefined
}

/** Thousands of messages on a machine that is busy. */
const timeout = 60_000

describe('the log of a session', { timeout }, () => {
  it('H-60 holds so many events, and lets the oldest go but never the response', async () => {
    const object = makeObject()
    const { socket, stream } = await openCall(object)
    const said = Array.from({ length: MAX_EVENTS + 50 }, (_, index) => progressText(index))
    await sayAll(socket, said)
    const { events = 0 } = await object.rows()
    expect(events).toBeGreaterThan(MAX_EVENTS * KEPT_SHARE)
    expect(events).toBeLessThanOrEqual(MAX_EVENTS)
    await socket.say(said.length + 1, resultText(1), { answers: 1, last: true })
    // A client that was away for too long misses some of what was said on the way.
    const back = await object.attach(resumer(stream, 1))
    await back.expect('attached')
    for (const body of said.slice(-events))
      expect(await back.expect('event')).toMatchObject({ body })
    expect((await back.expect('event')).body).toBe(resultText(1))
    await back.expect('end')
  })

  it('H-60 lets streams go that have ended before those that have not', async () => {
    const object = makeObject()
    const [ended, open] = [await openCall(object), await openCall(object)]
    await ended.socket.say(1, resultText(1), { answers: 1, last: true })
    await open.socket.say(1, progressText(0))
    const said = Array.from({ length: MAX_EVENTS - 1 }, (_, index) => progressText(index + 1))
    await sayAll(open.socket, said, 2)
    expect(await refusalAfter(object, ended.stream, 0)).toBe('gone')
    expect(await refusalAfter(object, open.stream, 0)).toBeUndefined()
  })

  it('H-60 holds so much text, but of each stream what was said last', async () => {
    const object = makeObject()
    const { socket, stream } = await openCall(object)
    const long = 'x'.repeat(PART_CHARS)
    const fitting = Math.floor(MAX_EVENT_CHARS / PART_CHARS)
    await sayAll(socket, Array<string>(fitting + 1).fill(long))
    const { events = 0 } = await object.rows()
    expect(events).toBe(Math.floor((MAX_EVENT_CHARS * KEPT_SHARE) / PART_CHARS))
    const other = await openCall(object)
    const parts = partsOf('x'.repeat(MAX_EVENT_CHARS))
    for (const [part, body] of parts.entries()) {
      other.socket.send({ type: 'event', seq: 1, part, parts: parts.length }, body)
    }
    await other.socket.expect('kept')
    expect((await object.rows()).events).toBe(parts.length + 1)
    for (const { stream: name } of [{ stream }, other]) {
      const back = await object.attach(resumer(name, 0))
      await back.expect('attached')
      await back.expect('event')
    }
  })

  it('H-60 keeps a stream for an hour after the last that happened on it', async () => {
    const object = makeObject()
    const { socket, stream } = await openCall(object)
    await socket.say(1, resultText(1), { answers: 1, last: true })
    await socket.close()
    await object.later(KEEP_MS - 1)
    // Coming back for it counts.
    const back = await object.attach(resumer(stream, 0))
    await back.expect('attached')
    await back.close()
    await object.later(KEEP_MS - 1)
    expect(await refusalAfter(object, stream, 0)).toBeUndefined()
  })

  it('H-55, H-60 drops an idle session, and uses no number of it again', async () => {
    const object = makeObject()
    const names = new Set<number>()
    for (let life = 0; life < 5; life++) {
      const { socket, stream } = await openCall(object)
      await socket.say(1, resultText(1), { answers: 1, last: true })
      await socket.close()
      expect(names).not.toContain(stream)
      names.add(stream)
      await object.later(2 * KEEP_MS)
      expect(await object.rows()).toEqual({})
      expect(await refusalAfter(object, stream, 0)).toBe('gone')
      // Asking for what is gone begins no record.
      expect(await object.rows()).toEqual({})
    }
  })

  it('remembers the log level for as long as the session lives', async () => {
    const object = makeObject()
    await object.stub.setLogLevel(object.owner, 'error')
    await object.later(10 * KEEP_MS)
    expect(await object.stub.state()).toMatchObject({ over: false, logLevel: 'error' })
  })

  it('remembers so many calls that have ended, with or without an event', async () => {
    const object = makeObject()
    for (let batch = 0; batch < 11; batch++) {
      const calls = await Promise.all(Array.from({ length: 50 }, () => openCall(object)))
      await object.stub.cancel(object.owner, 1, undefined)
      await Promise.all(calls.map(({ socket }) => socket.expect('cancel')))
    }
    await openCall(object)
    expect((await object.rows()).streams).toBe(501)
  })
})

describe('streams for notices', () => {
  it('are so many at most, and those that nobody listens to go first', async () => {
    const object = makeObject()
    const first = await object.attach(listener())
    await first.expect('attached')
    const deaf = await object.attach(listener())
    const { stream } = await deaf.expect('attached')
    await deaf.close()
    for (let index = 0; index < 15; index++) {
      await (await object.attach(listener())).expect('attached')
    }
    expect((await object.rows()).streams).toBe(16)
    expect(first.isOpen).toBe(true)
    // Whoever comes back for one that had to go gets a fresh one, for which the oldest ends.
    const back = await object.attach(resumer(stream, 0, 'get'))
    expect((await back.expect('attached')).stream).not.toBe(stream)
    await first.expect('end')
    expect((await object.rows()).streams).toBe(16)
  })

  it('H-54 belong to the connection a client opened last', async () => {
    const object = makeObject()
    const older = listener()
    const { stream } = await (await object.attach(older)).expect('attached')
    const newer = await object.attach(resumer(stream, 0, 'get'))
    await newer.expect('attached')
    // The older one was cut off from the object, and is not from its client, it thinks.
    const again = await object.attach({
      ...resumer(stream, 0, 'get'),
      ...older,
      role: 'resumer',
      again: true,
    })
    expect(await again.expect('refused')).toMatchObject({ reason: 'taken' })
    await object.stub.push('{"jsonrpc":"2.0","method":"notifications/one"}')
    await newer.expect('event')
  })
})

/** Has this run when the session of an object tells its hubs that it listens no more. */
const whenItLeaves = (object: TestObject, work: (session: McpSession) => Promise<unknown>) =>
  runInDurableObject(object.stub, (session) => {
    const unlisten = () => work(session)
    const hubs = { idFromName: () => 'a hub', get: () => ({ unlisten }) }
    Reflect.set(session, 'env', { ...Reflect.get(session, 'env'), NOTIFICATION_HUB: hubs })
  })

describe('a session that nobody has touched for long', () => {
  it('H-34, H-60 keeps what comes while its hubs are told that it listens no more', async () => {
    const object = makeObject()
    const listening = await object.attach(listener())
    await listening.expect('attached')
    await listening.close()
    await whenItLeaves(object, (session) => session.setLogLevel(object.owner, 'debug'))
    await object.later(2 * KEEP_MS)
    expect(await object.stub.state()).toMatchObject({ logLevel: 'debug' })
    expect((await object.rows()).session).toBe(1)
  })
})

describe('the end of a session', () => {
  it('leaves its hubs nobody to tell, though its client listens to the last', async () => {
    const object = makeObject(3600)
    await (await object.attach(listener())).expect('attached')
    const hub = env.NOTIFICATION_HUB.get(
      env.NOTIFICATION_HUB.idFromName(`tests/${hubOfTopic('lab', 'tools')}`),
    )
    const rows = () =>
      runInDurableObject(hub, (_, { storage }) =>
        storage.sql
          .exec('SELECT topic FROM listeners WHERE session = ?', object.stub.id.toString())
          .toArray(),
      )
    expect(await rows()).toHaveLength(3)
    await object.later(3_600_000)
    expect(await object.stub.state()).toMatchObject({ over: true })
    expect(await rows()).toEqual([])
  })

  it('H-34, H-38 comes by itself, to all that is open too, and leaves nothing behind', async () => {
    const object = makeObject(3600)
    const { socket } = await openCall(object)
    const listening = await object.attach(listener())
    await listening.expect('attached')
    await object.later(3_600_000)
    await socket.expect('over')
    await listening.expect('over')
    expect(await object.stub.state()).toMatchObject({ over: true })
    expect(await (await object.attach(runner())).expect('refused')).toMatchObject({
      reason: 'over',
    })
    await object.later(60_000)
    expect(await object.rows()).toEqual({})
  })

  it('H-34, H-60 by DELETE leaves one row until no clock takes its id for valid any more', async () => {
    const object = makeObject(7200)
    const { socket, stream } = await openCall(object)
    await socket.say(1, progressText(1))
    await object.stub.end(object.owner)
    await socket.expect('over')
    const tombstone = await object.rows()
    const { session: kept, ...emptied } = tombstone
    expect(kept).toBe(1)
    expect(new Set(Object.values(emptied))).toEqual(new Set([0]))
    expect(await refusalAfter(object, stream, 0)).toBe('over')
    expect(await object.stub.push('{}')).toBe(false)
    await object.stub.setLogLevel(object.owner, 'debug')
    await object.stub.cancel(object.owner, 1, undefined)
    await object.later(7_200_000)
    expect(await object.rows()).toEqual(tombstone)
    await object.later(60_000)
    expect(await object.rows()).toEqual({})
  })
})

describe('a message in parts', () => {
  const MEBIBYTE = 1024 * 1024
  const boats = '🛥'.repeat(PART_CHARS)

  it.each([
    ['nothing', ''],
    ['as much as fits', 'x'.repeat(PART_CHARS)],
    ['one more', 'x'.repeat(PART_CHARS + 1)],
    ['three bytes each', '客'.repeat(2 * PART_CHARS)],
    ['pairs on the boundary', boats],
    ['pairs across the boundary', `x${boats}`],
    ['pairs across the second boundary', `${'x'.repeat(PART_CHARS)}y${boats}`],
  ])('is whole again, and each part under a mebibyte: %s', (_, text) => {
    const parts = partsOf(text)
    expect(parts.join('')).toBe(text)
    const encoder = new TextEncoder()
    for (const part of parts) {
      const bytes = encoder.encode(part)
      expect(bytes.length).toBeLessThan(MEBIBYTE)
      // Half a pair would come out as something else.
      expect(new TextDecoder().decode(bytes)).toBe(part)
    }
  })

  it('is kept in rows under a mebibyte, and shown when it is whole', async () => {
    const object = makeObject()
    const { socket, stream } = await openCall(object)
    const carrier = await object.attach(resumer(stream, 0))
    await carrier.expect('attached')
    await socket.expect('taken')
    const message = resultText(1, `x${boats}`)
    const bodies = partsOf(message)
    for (const [part, body] of bodies.entries()) {
      const about = { answers: 1, last: true } as const
      socket.send({ type: 'event', seq: 1, part, parts: bodies.length, ...about }, body)
    }
    await socket.expect('kept')
    expect((await object.rows()).events).toBe(bodies.length)
    let shown = ''
    for (const [part] of bodies.entries()) {
      const event = await carrier.expect('event')
      expect(event).toMatchObject({ seq: 1, part, parts: bodies.length })
      shown += event.body
    }
    expect(shown).toBe(message)
    await carrier.expect('end')
  })
})
