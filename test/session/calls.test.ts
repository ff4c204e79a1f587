import { afterEach, describe, expect, it, vi } from 'vitest'
import { answerOf, openSession, type Platform, type Session } from '../http/platform'
import { Follower } from './follower'
import { type Fate, playOf, resultOf, type Step, startIsolate, VERSE } from './isolate'
import { stopClock } from './object'
import { messagesOf, readSse } from './sse-reader'

const STAGE = '/stage/mcp'
const isolate = startIsolate()
const elsewhere = startIsolate()
let keys = 0

const open = (revision: string, path = STAGE) =>
  openSession(revision, {}, { platform: isolate, path })

function request(id: number | string, name = 'act') {
  const key = `${name} ${++keys}`
  const params = { name, arguments: { key }, _meta: { progressToken: key } }
  return { key, play: playOf(key), message: { jsonrpc: '2.0', id, method: 'tools/call', params } }
}

const comeBack = (session: Session, lastEventId: string, path = STAGE, to: Platform = isolate) =>
  to.fetch(path, { headers: { 'mcp-session-id': session.id, 'last-event-id': lastEventId } })

afterEach(() => void vi.useRealTimers())

describe('calls of one session', () => {
  it('H-11, H-54 that carry the same id at the same time each get their own answer', async () => {
    const session = await open('2025-11-25')
    const calls = [request('same'), request('same')]
    const streams = await Promise.all(
      calls.map(async ({ message, play }) => {
        play.allow(1)
        return readSse(await session.post(message))
      }),
    )
    for (const { play } of calls.toReversed()) play.allow(3)
    for (const [index, { key }] of calls.entries()) {
      const messages = messagesOf((await streams[index]?.rest()) ?? [])
      expect(messages).toMatchObject([
        { params: { progressToken: key, progress: 1 } },
        { params: { progressToken: key, progress: 2 } },
        { id: 'same', result: { content: [{ text: resultOf(key) }] } },
      ])
    }
  })

  it('H-71 are cancelled by way of another isolate', async () => {
    const session = await open('2025-11-25')
    const { message, play } = request(1)
    play.allow(1)
    const stream = readSse(await session.post(message))
    await stream.next()
    await stream.next()
    const cancelled = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1 },
    }
    expect((await session.post(cancelled, { platform: elsewhere })).status).toBe(202)
    expect(await stream.rest()).toEqual([])
    play.allow(3)
  })

  it('H-71 that have ended, or never were, are not hurt by a cancellation', async () => {
    const session = await open('2025-11-25')
    const { message, play } = request(5)
    play.allow(3)
    const follower = new Follower(session, STAGE, isolate)
    await follower.open(await session.post(message))
    await follower.rest()
    for (const requestId of [5, 6, 'initialize', null, {}, undefined]) {
      const params = { requestId }
      const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params }
      expect((await answerOf(await session.post(cancelled))).text).toBe('')
    }
    const from = follower.seen[0]?.id ?? ''
    const replayed = messagesOf(await readSse(await comeBack(session, from)).rest())
    expect(replayed.at(-1)).toMatchObject({ id: 5, result: {} })
  })

  it('H-07, H-50 in an array of 2025-03-26 answer one by one on one stream', async () => {
    const session = await open('2025-03-26')
    const calls = [request(1), request('two')]
    for (const { play } of calls) play.allow(1)
    const batch = [
      ...calls.map(({ message }) => message),
      { jsonrpc: '2.0', id: 3, method: 'ping' },
    ]
    const stream = readSse(await session.post(batch))
    const seen = [await stream.next(), await stream.next(), await stream.next()]
    await stream.cancel()
    for (const { play } of calls.toReversed()) play.allow(3)
    const lastId = seen.at(-1)?.id ?? ''
    const back = readSse(await comeBack(session, lastId, STAGE, elsewhere))
    const messages = messagesOf([...seen, ...(await back.rest())])
    const answers = messages.filter((message) => 'id' in message)
    expect(answers.map(({ id }) => id).sort()).toEqual([1, 3, 'two'])
    for (const { key, message } of calls) {
      const progress = messages.filter(({ params }) => params?.progressToken === key)
      expect(progress.map(({ params }) => params.progress)).toEqual([1, 2])
      const answer = answers.find(({ id }) => id === message.id)
      expect(answer.result.content[0].text).toBe(resultOf(key))
    }
  })

  it('H-60 may have a result of more than a mebibyte, and get all of it, twice', async () => {
    const session = await open('2025-11-25')
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'recite' } }
    const stream = readSse(await session.post(message))
    const blocks = await stream.rest()
    const [opening] = blocks
    const textOf = (all: typeof blocks) => messagesOf(all).at(-1).result.content[0].text
    expect(textOf(blocks) === VERSE).toBe(true)
    const back = readSse(await comeBack(session, opening?.id ?? '', STAGE, elsewhere))
    expect(textOf(await back.rest()) === VERSE).toBe(true)
  })

  it('H-56 of a module that never says anything on its own are come back for too', async () => {
    const session = await open('2025-11-25', '/quiet/mcp')
    const { message, play } = request(1)
    play.allow(1)
    const stream = readSse(await session.post(message))
    const opening = await stream.next()
    await stream.cancel()
    play.allow(3)
    const back = readSse(await comeBack(session, opening?.id ?? '', '/quiet/mcp'))
    expect(messagesOf(await back.rest()).at(-1)).toMatchObject({ id: 1, result: {} })
    const headers = { 'mcp-session-id': session.id }
    expect((await isolate.fetch('/quiet/mcp', { headers })).status).toBe(405)
  })

  it('H-01, H-56 are not come back for after their last event', async () => {
    const session = await open('2025-11-25')
    const { message, play } = request(1)
    play.allow(3)
    const blocks = await readSse(await session.post(message)).rest()
    const { status, body } = await answerOf(await comeBack(session, blocks.at(-1)?.id ?? ''))
    expect({ status, code: body.error.code }).toEqual({ status: 405, code: -32600 })
  })

  it('H-05 are answered as JSON when their session cannot be reached', async () => {
    stopClock()
    const onStep = async ({ name }: Step): Promise<Fate> => {
      if (name !== 'ask socket') return 'passes'
      vi.setSystemTime(Date.now() + 10_000)
      return 'is lost'
    }
    const cutOff = startIsolate({ onStep })
    const session = await open('2025-11-25')
    const { message, play, key } = request(1)
    play.allow(3)
    const { status, body } = await answerOf(await session.post(message, { platform: cutOff }))
    expect(status).toBe(200)
    expect(body.result.content[0].text).toBe(resultOf(key))
    const headers = { 'mcp-session-id': session.id }
    const { status: refused } = await answerOf(await cutOff.fetch(STAGE, { headers }))
    expect(refused).toBe(503)
  })
})
