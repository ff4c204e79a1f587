/// <reference types="@cloudflare/vitest-plugin/types" />
import { createExecutionContext, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Outbox } from '../../src/lib'
import type { Said } from '../../src/session/asking'
import { listen } from '../../src/session/listener'
import { COMEBACK_MS, LEASE_MS } from '../../src/session/running-calls'
import { type StreamOptions, streamCall, takeOverCall } from '../../src/session/streamed-call'
import { substitute } from '../../src/session/substitute'
import { crash, type Fate, tapObject } from './isolate'
import {
  ACCEPT,
  ENTRY,
  makeObject,
  progressText,
  resultText,
  resumer,
  runner,
  startAsking,
  stopClock,
  type TestObject,
} from './object'
import { messagesOf, readSse, type SseReader } from './sse-reader'

const context = createExecutionContext()
const waitUntil = (work: Promise<unknown>) => context.waitUntil(work)

const MESSAGE = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} })
const sse = (body: ReadableStream<Uint8Array> | undefined): SseReader =>
  readSse(new Response(body ?? null, { headers: { 'content-type': 'text/event-stream' } }))

interface Streaming {
  object: TestObject
  onStep?: (name: string) => Promise<Fate>
  options?: Partial<StreamOptions>
  message?: string
}

/** A call on a stream, with the test in the place of its tool. */
async function stream({ object, onStep = passes, options, message }: Streaming) {
  const outbox = new Outbox<Said>()
  const answer = Promise.withResolvers<string | undefined>()
  const abandoned = Promise.withResolvers<unknown>()
  const call = {
    key: crypto.randomUUID(),
    fence: 1,
    answers: [{ id: 1, body: answer.promise }],
    outbox,
    ...(message !== undefined && { message }),
    cancel: () => answer.resolve(undefined),
    abandon: (reason: unknown) => abandoned.resolve(reason),
  }
  const body = await streamCall(call, {
    object: tapObject(() => object.stub, onStep),
    session: object.owner,
    primes: true,
    watch: () => ({ stop: () => undefined }),
    waitUntil,
    ...options,
  })
  const reader = sse(body)
  const opening = await reader.next()
  const name = Number(/^p(\d+)\./.exec(opening?.id ?? '')?.[1])
  return { call, outbox, answer, abandoned: abandoned.promise, reader, name }
}

const passes = async (): Promise<Fate> => 'passes'

/** The way to an object on which the first such step, and all behind it, takes for ever. */
const stuckAt = (step: string) => {
  let times = 0
  return (name: string): Promise<Fate> =>
    name === step && ++times === 1 ? new Promise(() => undefined) : passes()
}

/** All that the log has of a stream after this event, once it has ended. */
async function logAfter(object: TestObject, name: number, seq: number): Promise<string[]> {
  const socket = await object.attach(resumer(name, seq))
  await socket.expect('attached')
  const bodies: string[] = []
  for (;;) {
    const { frame, body } = await socket.next()
    if (frame.type === 'event') bodies.push(body)
    else if (frame.type === 'end') return bodies
  }
}

beforeEach(stopClock)
afterEach(() => void vi.useRealTimers())

describe('a call on a stream', () => {
  it('H-52 without a connection ends in time, with words that say so', async () => {
    const object = makeObject()
    const { reader, abandoned, name } = await stream({ object, options: { aloneMs: 20 } })
    await reader.cancel()
    expect(await abandoned).toMatchObject({ name: 'AbortError' })
    const [said = ''] = await logAfter(object, name, 0)
    expect(JSON.parse(said)).toMatchObject({
      id: 1,
      error: { code: -32603, message: expect.stringContaining('longer than the 0.02 s') },
    })
  })

  it('H-57 sends its client away with the last event it was shown', async () => {
    const object = makeObject()
    const paused = Promise.withResolvers<void>()
    let kept = 0
    const onStep = async (name: string): Promise<Fate> => {
      // The word that the second event was kept comes when the connection is closed already.
      if (name === 'down kept' && ++kept === 2) await paused.promise
      return 'passes'
    }
    const { outbox, answer, reader, name } = await stream({
      object,
      onStep,
      options: { pollAfterMs: 50 },
    })
    outbox.put(progressText(1))
    await reader.next()
    answer.resolve(resultText(1))
    expect(await reader.next()).toEqual({ id: `p${name}.1`, retry: 1000, data: '' })
    expect(await reader.next()).toBeUndefined()
    paused.resolve()
    expect(await logAfter(object, name, 1)).toEqual([resultText(1)])
  })

  it('has its message kept, although the object crashed before it was', async () => {
    const object = makeObject()
    let messages = 0
    const { outbox, reader, call, name } = await stream({
      object,
      message: MESSAGE,
      async onStep(step) {
        if (step !== 'up message' || ++messages > 1) return 'passes'
        await crash(object.stub)
        return 'is lost'
      },
    })
    outbox.put(progressText(1))
    await reader.next()
    // Its Worker is gone, and another connection is there.
    await (await object.attach({ ...runner(), key: call.key })).close()
    await object.later(LEASE_MS)
    const carrier = await object.attach(resumer(name, 1))
    await carrier.expect('attached')
    expect(await carrier.expect('adopt')).toMatchObject({ key: call.key, body: MESSAGE })
  })

  it('comes back to the object when its socket has died without a word', async () => {
    const object = makeObject()
    const { outbox, answer, reader } = await stream({ object, onStep: stuckAt('up event') })
    outbox.put(progressText(1))
    answer.resolve(resultText(1))
    const messages = messagesOf(await reader.rest())
    expect(messages).toMatchObject([{ method: 'notifications/progress' }, { id: 1, result: {} }])
  }, 30_000)

  it('does not pile up what a tool says while the object is out of reach', async () => {
    const object = makeObject()
    const back = Promise.withResolvers<void>()
    const { outbox, answer, reader } = await stream({
      object,
      async onStep(step) {
        if (step === 'up event') await back.promise
        return 'passes'
      },
    })
    for (let progress = 1; progress <= 30; progress++) {
      for (let each = 0; each < 100; each++) outbox.put(progressText(progress * 100 + each))
      await new Promise((resolve) => setTimeout(resolve))
    }
    answer.resolve(resultText(1))
    back.resolve()
    const messages = messagesOf(await reader.rest())
    expect(messages.length).toBeLessThan(1200)
    expect(messages.at(-1)).toMatchObject({ id: 1, result: {} })
  }, 30_000)

  it('H-51 that lost its place still answers the client it has', async () => {
    const object = makeObject()
    const late = Promise.withResolvers<void>()
    let sockets = 0
    const { answer, reader, name, abandoned } = await stream({
      object,
      async onStep(step) {
        if (step === 'ask socket' && ++sockets === 2) await late.promise
        return 'passes'
      },
    })
    await crash(object.stub)
    const carrier = await object.attach(resumer(name, 0))
    await carrier.expect('attached')
    await object.later(LEASE_MS)
    expect((await carrier.expect('event')).body).toContain('"code":-32603')
    late.resolve()
    await new Promise((resolve) => setTimeout(resolve, 50))
    answer.resolve(resultText(1))
    // Under no number: that one has the log given to the word that the call was lost.
    expect(await reader.rest()).toEqual([{ data: resultText(1) }])
    expect(await Promise.race([abandoned, 'never'])).toBe('never')
  })

  it('that lost its place and its client is stopped', async () => {
    const object = makeObject()
    const late = Promise.withResolvers<void>()
    let sockets = 0
    const { reader, abandoned } = await stream({
      object,
      options: { aloneMs: 20 },
      async onStep(step) {
        if (step === 'ask socket' && ++sockets === 2) await late.promise
        return 'passes'
      },
    })
    await reader.cancel()
    await crash(object.stub)
    await object.later(60_000)
    late.resolve()
    expect(await abandoned).toMatchObject({ name: 'AbortError' })
  })
})

describe('a call that whoever answers goes on with', () => {
  /** Brings the answer to a call whose runner is gone; the test is in the place of its tool. */
  async function goOn(aloneMs: number, onStep: (name: string) => Promise<Fate> = passes) {
    const object = makeObject()
    const { socket, stream: name, first } = await startAsking(object)
    await socket.close()
    const { ready = '' } = await object.stub.answer(object.owner, first, ACCEPT)
    const answer = Promise.withResolvers<string | undefined>()
    const told = Promise.withResolvers<{ entry: string; answers: ReadonlyMap<string, string> }>()
    const abandoned = Promise.withResolvers<unknown>()
    const link = {
      object: tapObject(() => object.stub, onStep),
      session: object.owner,
      aloneMs,
    }
    const done = substitute({
      ...link,
      key: ready,
      adopt: ({ key, fence }) =>
        takeOverCall(
          {
            key,
            fence,
            answers: [{ id: 1, body: answer.promise }],
            outbox: new Outbox<Said>(),
            resume: (entry, answers) => told.resolve({ entry, answers }),
            cancel: () => undefined,
            abandon: (reason) => abandoned.resolve(reason),
          },
          { ...link, primes: false, isAlone: true, watch: () => ({ stop() {} }), waitUntil },
        ),
    })
    await object.later(COMEBACK_MS)
    return { object, name, first, answer, told: told.promise, abandoned: abandoned.promise, done }
  }

  it('has what the runs before have left, and the answer', async () => {
    const { object, name, first, answer, told, done } = await goOn(20_000)
    expect(await told).toEqual({ entry: ENTRY.join(''), answers: new Map([[first, ACCEPT]]) })
    answer.resolve(resultText(1))
    await done
    expect(await logAfter(object, name, 1)).toEqual([resultText(1)])
  })

  it.each(['down attached', 'down entry', 'down go'])(
    'hears of it although its socket died without a word: %s',
    async (step) => {
      const { object, name, first, answer, told, done } = await goOn(20_000, stuckAt(step))
      expect(await told).toEqual({ entry: ENTRY.join(''), answers: new Map([[first, ACCEPT]]) })
      answer.resolve(resultText(1))
      await done
      expect(await logAfter(object, name, 1)).toEqual([resultText(1)])
    },
    30_000,
  )

  it('ends in time, with words that say so', async () => {
    const { object, name, told, abandoned, done } = await goOn(3000)
    await told
    expect(await abandoned).toMatchObject({ name: 'AbortError' })
    await done
    expect(await logAfter(object, name, 1)).toEqual([
      expect.stringContaining('longer than the 3 s it may go on'),
    ])
  })
})

describe('a connection that shows a stream', () => {
  const adopt = async () => {}
  const open = async (
    object: TestObject,
    listening: Partial<Parameters<typeof listen>[0]> = {},
  ) => {
    const result = await listen({
      object: tapObject(() => object.stub, passes),
      session: object.owner,
      from: undefined,
      primes: true,
      watch: () => ({ stop: () => undefined }),
      mayHear: () => true,
      adopt,
      waitUntil,
      ...listening,
    })
    if (!result.ok) throw new Error(result.reason)
    return sse(result.body)
  }
  const notice = (text: string) =>
    JSON.stringify({ jsonrpc: '2.0', method: `notifications/${text}` })

  it('H-54, H-56 shows a fresh stream from its first event when its own is gone', async () => {
    const object = makeObject()
    const first = await open(object)
    const opening = await first.next()
    for (const text of ['one', 'two', 'three']) await object.stub.push(notice(text))
    await first.next()
    await first.next()
    await first.cancel()
    const stream = Number(/^g(\d+)\./.exec(opening?.id ?? '')?.[1])
    const back = await open(object, { from: { kind: 'get', stream, seq: 2 } })
    expect(messagesOf([await back.next()])).toMatchObject([{ method: 'notifications/three' }])
    await runInDurableObject(object.stub, (_, state) => state.storage.deleteAll())
    await crash(object.stub)
    expect((await back.next())?.id).toMatch(/^g\d+\.0$/)
    expect(await object.stub.push(notice('four'))).toBe(true)
    expect(messagesOf([await back.next()])).toMatchObject([{ method: 'notifications/four' }])
    await back.cancel()
  })

  it.each([
    [
      'H-57 an id and a time to come back',
      true,
      [{ id: expect.any(String), retry: 1000, data: '' }],
    ],
    ['H-58 nothing that older clients cannot read', false, []],
  ])('ends, when the object stays away, with %s', async (_, primes, expected) => {
    const object = makeObject()
    let isAway = false
    const reader = await open(object, {
      primes,
      object: tapObject(
        () => object.stub,
        async (step) => {
          if (isAway && step === 'ask socket') vi.setSystemTime(Date.now() + 10_000)
          return isAway && step === 'ask socket' ? 'is lost' : 'passes'
        },
      ),
    })
    if (primes) await reader.next()
    isAway = true
    await crash(object.stub)
    expect(await reader.rest()).toEqual(expected)
  })

  it('H-54 leaves a stream to the connection that took it, however slow its own client is', async () => {
    const object = makeObject()
    // Nobody reads this one: what is put on it stays there.
    const stuck = await open(object)
    const opening = await stuck.next()
    const from = { kind: 'get' as const, stream: Number(opening?.id?.slice(1, -2)), seq: 0 }
    const taken = await open(object, { from })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await object.stub.push(notice('one'))
    expect(messagesOf([await taken.next()])).toMatchObject([{ method: 'notifications/one' }])
    await taken.cancel()
    await stuck.cancel()
  })
})
