/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PART_CHARS } from '../../src/session/frames'
import { LEASE_MS } from '../../src/session/running-calls'
import { crash } from './isolate'
import {
  makeObject,
  progressText,
  resultText,
  resumer,
  runner,
  stopClock,
  type TestObject,
  type TestSocket,
} from './object'

const MESSAGE = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} })

beforeEach(stopClock)
afterEach(() => void vi.useRealTimers())

/** A call that has said one thing, with its socket. */
async function startCall(object: TestObject, message?: string) {
  const introduction = runner()
  const socket = await object.attach(introduction)
  const { stream } = await socket.expect('attached')
  if (message !== undefined) socket.send({ type: 'message' }, message)
  await socket.say(1, progressText(1))
  return { introduction, socket, stream }
}

/** What a client that comes back for a stream is shown, to its end. */
async function shownAfter(object: TestObject, stream: number, seq: number): Promise<string[]> {
  const socket = await object.attach(resumer(stream, seq))
  await socket.expect('attached')
  return restOf(socket)
}

async function restOf(socket: TestSocket): Promise<string[]> {
  const bodies: string[] = []
  for (;;) {
    const { frame, body } = await socket.next()
    if (frame.type !== 'event') {
      expect(frame.type).toBe('end')
      return bodies
    }
    bodies.push(body)
  }
}

const interrupted = expect.stringContaining('"code":-32603')

describe('a runner that is out of reach', () => {
  it('goes on where it was when it is back before its lease ends', async () => {
    const object = makeObject()
    const { introduction, socket, stream } = await startCall(object)
    await socket.close()
    await object.later(LEASE_MS - 1)
    const back = await object.attach(introduction)
    expect(await back.expect('attached')).toMatchObject({ stream, next: 2 })
    await object.later(10 * LEASE_MS)
    await back.say(2, resultText(1), { answers: 1, last: true })
    expect(await shownAfter(object, stream, 1)).toEqual([resultText(1)])
  })

  it('has lost its call once the lease has passed, and is refused from then on', async () => {
    const object = makeObject()
    const { introduction, socket, stream } = await startCall(object)
    await socket.close()
    await object.later(LEASE_MS)
    const back = await object.attach(introduction)
    expect(await back.expect('refused')).toMatchObject({ reason: 'superseded' })
    expect(await shownAfter(object, stream, 1)).toEqual([interrupted])
  })

  it('has lost it although the object fell asleep and woke up meanwhile', async () => {
    const object = makeObject()
    const { socket, stream } = await startCall(object)
    await socket.close()
    for (let nap = 0; nap < 5; nap++) {
      await evictDurableObject(object.stub)
      await object.later(LEASE_MS / 4)
    }
    expect(await shownAfter(object, stream, 1)).toEqual([interrupted])
  })

  it('has a whole lease after a crash of the object, which nobody told of the end', async () => {
    const object = makeObject()
    const { introduction, stream } = await startCall(object)
    await crash(object.stub)
    // Somebody else finds out.
    const carrier = await object.attach(resumer(stream, 1))
    await carrier.expect('attached')
    await object.later(LEASE_MS - 1)
    const back = await object.attach(introduction)
    await back.expect('attached')
    await back.close()
    await object.later(LEASE_MS)
    expect((await carrier.expect('event')).body).toEqual(interrupted)
    await carrier.expect('end')
  })

  it('is found out by the alarm when nobody else comes, within a lease', async () => {
    const object = makeObject()
    const { stream } = await startCall(object)
    // However long the call had been running.
    await object.later(3.5 * LEASE_MS)
    await crash(object.stub)
    await object.later(2 * LEASE_MS)
    expect(await shownAfter(object, stream, 1)).toEqual([interrupted])
  })

  it('leaves no half of an event behind for what follows', async () => {
    const object = makeObject()
    const { introduction, socket, stream } = await startCall(object)
    const half = { type: 'event', seq: 2, part: 0, parts: 2, answers: 1, last: true } as const
    socket.send(half, 'x'.repeat(PART_CHARS))
    await socket.close()
    await object.later(LEASE_MS)
    expect(await shownAfter(object, stream, 1)).toEqual([interrupted])
    expect((await object.rows()).events).toBe(2)
    const back = await object.attach(introduction)
    expect(await back.expect('refused')).toMatchObject({ reason: 'superseded' })
  })

  it('is not missed by its call when the other runner speaks for it', async () => {
    const object = makeObject()
    const { introduction, socket, stream } = await startCall(object, MESSAGE)
    socket.send({ type: 'event', seq: 2, part: 0, parts: 2 }, 'half of something else')
    await socket.close()
    await object.later(LEASE_MS)
    const carrier = await object.attach(resumer(stream, 1))
    await carrier.expect('attached')
    const adopted = await carrier.expect('adopt')
    expect(adopted).toMatchObject({ key: introduction.key, fence: 2, progress: 1, body: MESSAGE })
    const other = await object.attach(runner([1], introduction.key, 2))
    expect(await other.expect('attached')).toMatchObject({ stream, next: 2 })
    await other.expect('taken')
    const late = await object.attach(introduction)
    expect(await late.expect('refused')).toMatchObject({ reason: 'superseded' })
    await other.say(2, resultText(1, 'by the other'), { answers: 1, last: true })
    expect(await restOf(carrier)).toEqual([resultText(1, 'by the other')])
  })

  it('is refused on a socket it still has, when the call has moved on', async () => {
    const object = makeObject()
    const { introduction, socket, stream } = await startCall(object, MESSAGE)
    await socket.close()
    await object.later(LEASE_MS)
    const carrier = await object.attach(resumer(stream, 1))
    await carrier.expect('attached')
    await carrier.expect('adopt')
    const second = await object.attach(runner([1], introduction.key, 2))
    await second.expect('attached')
    await second.expect('taken')
    await second.close()
    await object.later(LEASE_MS)
    await carrier.expect('adopt')
    const third = await object.attach(runner([1], introduction.key, 3))
    await third.expect('attached')
    await third.expect('taken')
    expect(await (await object.attach(runner([1], introduction.key, 2))).expect('refused')).toEqual(
      expect.objectContaining({ reason: 'superseded' }),
    )
    await third.close()
    await object.later(LEASE_MS)
    // Three Workers died of it: there will not be a fourth.
    expect(await restOf(carrier)).toEqual([interrupted])
  })

  it('is waited for by nobody for longer than an hour', async () => {
    const object = makeObject()
    const { socket, stream } = await startCall(object, MESSAGE)
    await socket.close()
    await object.later(LEASE_MS)
    await object.later(60 * 60_000)
    expect(await shownAfter(object, stream, 1)).toEqual([interrupted])
    await object.later(61 * 60_000)
    expect(await object.rows()).toEqual({})
  })
})

describe('a cancelled call', () => {
  it('H-71 is over at once, though its runner hears of it only when it is back', async () => {
    const object = makeObject()
    const { introduction, socket, stream } = await startCall(object, MESSAGE)
    await socket.close()
    await object.stub.cancel(object.owner, 1, 'enough')
    const carrier = await object.attach(resumer(stream, 1))
    expect(await carrier.expect('refused')).toMatchObject({ reason: 'cancelled' })
    const back = await object.attach(introduction)
    expect(await back.expect('refused')).toMatchObject({ reason: 'cancelled' })
    await object.later(2 * LEASE_MS)
    expect(await (await object.attach(resumer(stream, 1))).expect('refused')).toMatchObject({
      reason: 'cancelled',
    })
  })

  it('H-71 takes no response any more, and its runner is told why', async () => {
    const object = makeObject()
    const { socket, stream } = await startCall(object)
    const carrier = await object.attach(resumer(stream, 0))
    await carrier.expect('attached')
    await socket.expect('taken')
    await object.stub.cancel(object.owner, 1, 'enough')
    expect(await socket.expect('cancel')).toMatchObject({ id: 1, reason: 'enough' })
    await socket.say(2, resultText(1), { answers: 1, last: true })
    expect(await restOf(carrier)).toEqual([progressText(1)])
    expect(await shownAfter(object, stream, 0)).toEqual([progressText(1)])
  })

  it('H-71 that overtook its request is not answered', async () => {
    const object = makeObject()
    await object.stub.cancel(object.owner, 1, undefined)
    const socket = await object.attach(runner())
    await socket.expect('attached')
    expect(await socket.expect('cancel')).toMatchObject({ id: 1 })
    const later = await object.attach(runner([1]))
    await later.expect('attached')
    await later.say(1, resultText(1), { answers: 1, last: true })
  })

  it('H-07, H-71 of several in an array leaves the others', async () => {
    const object = makeObject()
    const introduction = runner([1, 2])
    const first = await object.attach(introduction)
    const { stream } = await first.expect('attached')
    await first.close()
    await object.stub.cancel(object.owner, 2, undefined)
    const back = await object.attach(introduction)
    await back.expect('attached')
    expect(await back.expect('cancel')).toMatchObject({ id: 2 })
    await back.say(1, resultText(1), { answers: 1, last: true })
    expect(await shownAfter(object, stream, 0)).toEqual([resultText(1)])
  })

  it('H-71 is told to all that run under an id which the client uses twice', async () => {
    const object = makeObject()
    const both = [await object.attach(runner()), await object.attach(runner())]
    for (const socket of both) await socket.expect('attached')
    await object.stub.cancel(object.owner, 1, undefined)
    for (const socket of both) expect(await socket.expect('cancel')).toMatchObject({ id: 1 })
  })

  it('leaves no record behind that nobody clears away', async () => {
    const object = makeObject()
    await object.stub.cancel(object.owner, 'never sent', undefined)
    expect(await object.rows()).toMatchObject({ session: 1, cancellations: 1 })
    await object.later(61 * 60_000)
    expect(await object.rows()).toEqual({})
  })
})
