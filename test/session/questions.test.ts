/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PART_CHARS } from '../../src/session/frames'
import { MAX_OFFERS } from '../../src/session/left-calls'
import { MAX_OPEN_QUESTIONS } from '../../src/session/question-record'
import { KEEP_MS } from '../../src/session/record'
import { COMEBACK_MS, LEASE_MS, QUESTION_LIFE_MS } from '../../src/session/running-calls'
import { crash } from './isolate'
import {
  ACCEPT,
  askRound,
  ENTRY,
  makeObject,
  questionText,
  resultText,
  resumer,
  runner,
  startAsking,
  stopClock,
  type TestObject,
  type TestSocket,
} from './object'

beforeEach(stopClock)
afterEach(() => void vi.useRealTimers())

const DECLINE = JSON.stringify({ result: { action: 'decline' } })

const substitute = (key: string) => ({ role: 'substitute' as const, key })
const successor = (key: string, fence: number) => ({
  ...runner([1], key, fence),
  resumes: true as const,
})

/** What somebody who goes on with a call is told. */
async function toldOf(socket: TestSocket) {
  const answers: string[] = []
  let entry = ''
  await socket.expect('attached')
  for (;;) {
    const { frame, body } = await socket.next()
    if (frame.type === 'entry') entry += body
    else if (frame.type === 'answer') answers.push(body)
    else if (frame.type === 'go') return { entry, answers }
  }
}

/** Answers the one question of a call, and has its runner go on. */
async function goOn(object: TestObject, socket: TestSocket, question: string): Promise<void> {
  await object.stub.answer(object.owner, question, ACCEPT)
  await socket.expect('answer')
  const { round } = await socket.expect('ready')
  socket.send({ type: 'resume', round })
  await socket.expect('go')
}

/** A call with its answers that is offered to a connection whose Worker never goes on with it. */
async function offerToTheDeaf() {
  const object = makeObject()
  const { socket, stream, first } = await startAsking(object)
  await socket.close()
  await object.stub.answer(object.owner, first, ACCEPT)
  const deaf = await object.attach(resumer(stream, 1))
  await deaf.expect('attached')
  return { object, stream, deaf }
}

/** Loses a runner that goes on, and has a client that comes back give the call another. */
async function successorOf(object: TestObject, lost: TestSocket, key: string, stream: number) {
  await lost.close()
  await object.later(LEASE_MS)
  const carrier = await object.attach(resumer(stream, 0))
  for (;;) {
    const { frame } = await carrier.next()
    if (frame.type !== 'adopt') continue
    await carrier.close()
    const next = await object.attach(successor(key, frame.fence))
    await toldOf(next)
    return next
  }
}

/** What the log has of a stream after this event, to its end. */
async function logAfter(object: TestObject, stream: number, seq: number): Promise<string[]> {
  const socket = await object.attach(resumer(stream, seq))
  await socket.expect('attached')
  const bodies: string[] = []
  for (;;) {
    const { frame, body } = await socket.next()
    if (frame.type === 'event') bodies.push(body)
    else if (frame.type === 'end') return bodies
  }
}

describe('a question whose runner is there', () => {
  it('is answered to the runner, which goes on once it may', async () => {
    const object = makeObject()
    const { socket, first, introduction } = await startAsking(object)
    expect(await object.stub.answer(object.owner, first, ACCEPT)).toMatchObject({
      ready: introduction.key,
    })
    expect(await socket.expect('answer')).toMatchObject({ id: first, body: ACCEPT })
    expect(await socket.expect('ready')).toMatchObject({ round: 1 })
    socket.send({ type: 'resume', round: 1 })
    await socket.expect('go')
    await socket.say(2, resultText(1), { answers: 1, last: true })
    expect(await object.rows()).toMatchObject({ questions: 0, entries: 0, rounds: 0 })
  })

  it('waits for all that was asked at once, whatever the order of the answers', async () => {
    const object = makeObject()
    const { socket, asked } = await startAsking(object, 2)
    const [one = '', other = ''] = asked
    expect(await object.stub.answer(object.owner, other, DECLINE)).not.toHaveProperty('ready')
    await object.stub.answer(object.owner, one, ACCEPT)
    expect(await socket.expect('answer')).toMatchObject({ id: one, body: ACCEPT })
    expect(await socket.expect('answer')).toMatchObject({ id: other, body: DECLINE })
    await socket.expect('ready')
  })

  it('takes the first answer and no other, ever', async () => {
    const object = makeObject()
    const { socket, first } = await startAsking(object)
    await Promise.all([ACCEPT, DECLINE].map((it) => object.stub.answer(object.owner, first, it)))
    expect(await socket.expect('answer')).toMatchObject({ body: ACCEPT })
    await socket.expect('ready')
    socket.send({ type: 'resume', round: 1 })
    await socket.expect('go')
    const [second = ''] = await askRound(socket, 2)
    for (const id of [first, 'never asked', '']) {
      expect(await object.stub.answer(object.owner, id, DECLINE)).toEqual({ over: false })
    }
    await object.stub.answer(object.owner, second, ACCEPT)
    expect(await socket.expect('answer')).toMatchObject({ id: second, body: ACCEPT })
  })

  it('H-71 is void when the call is cancelled, and when the session ends', async () => {
    const object = makeObject()
    const { socket, first } = await startAsking(object)
    await object.stub.cancel(object.owner, 1, undefined)
    await socket.expect('cancel')
    expect(await object.stub.answer(object.owner, first, ACCEPT)).toEqual({ over: false })
    expect(await object.rows()).toMatchObject({ questions: 0, entries: 0 })
    const other = await startAsking(object)
    await object.stub.end(object.owner)
    await other.socket.expect('over')
    expect(await object.stub.answer(object.owner, other.first, ACCEPT)).toEqual({ over: true })
  })

  it('that nobody answers ends with words that say so, through the runner', async () => {
    const object = makeObject()
    const { socket, first, stream } = await startAsking(object)
    await object.later(QUESTION_LIFE_MS - 1)
    expect(socket.isOpen).toBe(true)
    await object.later(1)
    await socket.expect('unanswered')
    expect(await object.stub.answer(object.owner, first, ACCEPT)).toEqual({ over: false })
    await socket.say(2, resultText(1, 'too late'), { answers: 1, last: true })
    expect(await logAfter(object, stream, 1)).toEqual([resultText(1, 'too late')])
  })

  it('is not asked when too many are open', async () => {
    const object = makeObject()
    await startAsking(object, MAX_OPEN_QUESTIONS)
    const socket = await object.attach(runner([2]))
    await socket.expect('attached')
    const asks = { id: 'one too many', round: 1, isLast: true }
    socket.send({ type: 'event', seq: 1, part: 0, parts: 1, asks }, questionText('one too many'))
    expect(await socket.expect('kept')).toMatchObject({ refused: true })
  })
})

describe('a question whose runner is gone', () => {
  it('is answered in the log when its life is over', async () => {
    const object = makeObject()
    const { socket, stream } = await startAsking(object)
    await socket.close()
    await evictDurableObject(object.stub)
    await object.later(QUESTION_LIFE_MS + 60_000)
    expect(await logAfter(object, stream, 1)).toEqual([expect.stringContaining('Nobody answered')])
  })

  it('is still shown to a client that comes back, and outlives any lease', async () => {
    const object = makeObject()
    const { socket, stream, first } = await startAsking(object)
    await socket.close()
    await object.later(10 * LEASE_MS)
    const carrier = await object.attach(resumer(stream, 0))
    await carrier.expect('attached')
    expect((await carrier.expect('event')).body).toBe(questionText(first))
  })

  it('has its call gone on with by whoever brings the answer, under the next fence', async () => {
    const object = makeObject()
    const { socket, stream, first, introduction } = await startAsking(object)
    await socket.close()
    const { ready = '' } = await object.stub.answer(object.owner, first, ACCEPT)
    const standing = await object.attach(substitute(ready))
    await object.later(COMEBACK_MS)
    const { key, fence, resumes } = await standing.expect('adopt')
    expect({ key, fence, resumes }).toEqual({ key: introduction.key, fence: 2, resumes: [1] })
    const next = await object.attach(successor(key, fence))
    expect(await toldOf(next)).toEqual({ entry: ENTRY.join(''), answers: [ACCEPT] })
    await standing.expect('end')
    const late = await object.attach(introduction)
    expect(await late.expect('refused')).toMatchObject({ reason: 'superseded' })
    await next.say(2, resultText(1), { answers: 1, last: true })
    expect(await logAfter(object, stream, 1)).toEqual([resultText(1)])
  })

  it('is left to the runner that is back in time', async () => {
    const object = makeObject()
    const { socket, first, introduction } = await startAsking(object)
    await socket.close()
    const { ready = '' } = await object.stub.answer(object.owner, first, ACCEPT)
    const standing = await object.attach(substitute(ready))
    const back = await object.attach(introduction)
    await back.expect('attached')
    await back.expect('answer')
    await back.expect('ready')
    back.send({ type: 'resume', round: 1 })
    await back.expect('go')
    await standing.expect('end')
    const needless = await object.attach(substitute(ready))
    expect(await needless.expect('refused')).toMatchObject({ reason: 'ended' })
  })

  it('is gone on with on the connection of its client, where there is one', async () => {
    const object = makeObject()
    const { socket, stream, first } = await startAsking(object)
    const carrier = await object.attach(resumer(stream, 1))
    await carrier.expect('attached')
    await socket.close()
    const { ready = '' } = await object.stub.answer(object.owner, first, ACCEPT)
    const standing = await object.attach(substitute(ready))
    await object.later(COMEBACK_MS)
    const { key, fence } = await carrier.expect('adopt')
    // It does not come, so that another is asked.
    await object.later(LEASE_MS)
    expect(await standing.expect('adopt')).toMatchObject({ key, fence: fence + 1 })
    const late = await object.attach(successor(key, fence))
    expect(await late.expect('refused')).toMatchObject({ reason: 'superseded' })
    // Nor does that one: then the first is asked once more.
    await standing.close()
    await object.later(LEASE_MS)
    expect(await carrier.expect('adopt')).toMatchObject({ key, fence: fence + 2 })
    expect(await toldOf(await object.attach(successor(key, fence + 2)))).toMatchObject({
      answers: [ACCEPT],
    })
  })

  it('is not forgotten when something else happens before the alarm that was due', async () => {
    const object = makeObject()
    const { socket, first } = await startAsking(object)
    await socket.close()
    const { ready = '' } = await object.stub.answer(object.owner, first, ACCEPT)
    const standing = await object.attach(substitute(ready))
    vi.setSystemTime(Date.now() + COMEBACK_MS + 1)
    await object.stub.setLogLevel(object.owner, 'info')
    await object.later(0)
    await standing.expect('adopt')
  })

  it('is gone on with by a client that comes back later, or given up after an hour', async () => {
    const object = makeObject()
    const { socket, stream, first } = await startAsking(object)
    const other = await startAsking(object)
    await socket.close()
    await other.socket.close()
    await object.stub.answer(object.owner, first, ACCEPT)
    await object.stub.answer(object.owner, other.first, ACCEPT)
    await object.later(30 * 60_000)
    const carrier = await object.attach(resumer(stream, 1))
    await carrier.expect('attached')
    await carrier.expect('adopt')
    await object.later(60 * 60_000)
    expect(await logAfter(object, other.stream, 1)).toEqual([expect.stringContaining('-32603')])
  })

  it('is gone on with by a client that comes back to a runner that says nothing', async () => {
    const object = makeObject()
    const { introduction, first, stream } = await startAsking(object)
    await object.stub.answer(object.owner, first, ACCEPT)
    await object.later(COMEBACK_MS)
    const carrier = await object.attach(resumer(stream, 1))
    await carrier.expect('attached')
    expect(await carrier.expect('adopt')).toMatchObject({ key: introduction.key, fence: 2 })
  })

  it('is gone on with once more when the runner that went on with it is lost', async () => {
    const object = makeObject()
    const { introduction, socket, stream, first } = await startAsking(object)
    await goOn(object, socket, first)
    await socket.close()
    await object.later(LEASE_MS)
    const late = await object.attach(introduction)
    expect(await late.expect('refused')).toMatchObject({ reason: 'superseded' })
    const carrier = await object.attach(resumer(stream, 1))
    await carrier.expect('attached')
    const { key, fence } = await carrier.expect('adopt')
    const next = await object.attach(successor(key, fence))
    expect(await toldOf(next)).toEqual({ entry: ENTRY.join(''), answers: [ACCEPT] })
    await next.expect('taken')
    await next.say(2, resultText(1), { answers: 1, last: true })
    expect((await carrier.expect('event')).body).toBe(resultText(1))
  })

  it('is not offered for ever to a connection whose Worker never goes on with it', async () => {
    const { object, stream, deaf } = await offerToTheDeaf()
    const fences: number[] = []
    for (let offers = 0; offers < MAX_OFFERS; offers++) {
      fences.push((await deaf.expect('adopt')).fence)
      await object.later(LEASE_MS)
    }
    expect(new Set(fences).size).toBe(MAX_OFFERS)
    // Its client hangs up and comes back, and this Worker does better.
    await object.later(10 * LEASE_MS)
    const carrier = await object.attach(resumer(stream, 1))
    await deaf.expect('taken')
    await carrier.expect('attached')
    const { key, fence } = await carrier.expect('adopt')
    const next = await object.attach(successor(key, fence))
    expect(await toldOf(next)).toMatchObject({ answers: [ACCEPT] })
  })

  it('ends when nobody has taken it for an hour', async () => {
    const { object, deaf } = await offerToTheDeaf()
    await object.later((MAX_OFFERS + 1) * LEASE_MS + KEEP_MS)
    for (let offers = 0; offers < MAX_OFFERS; offers++) await deaf.expect('adopt')
    expect((await deaf.expect('event')).body).toContain('interrupted')
    await deaf.expect('end')
  })

  it('is offered again when the object crashes before its new runner heard anything', async () => {
    const object = makeObject()
    const { introduction, socket, stream, first } = await startAsking(object)
    await socket.close()
    await object.stub.answer(object.owner, first, ACCEPT)
    const { key } = introduction
    await (await object.attach(resumer(stream, 1))).expect('attached')
    await object.attach(successor(key, 2))
    await crash(object.stub)
    // Its socket says nothing of that, so that it does not come back; the client's does.
    const carrier = await object.attach(resumer(stream, 1))
    await carrier.expect('attached')
    await object.later(LEASE_MS)
    const { fence } = await carrier.expect('adopt')
    expect(await toldOf(await object.attach(successor(key, fence)))).toMatchObject({
      answers: [ACCEPT],
    })
  })

  it('is gone on with from the last whole round when the next is lost half asked', async () => {
    const object = makeObject()
    const { socket, stream, first } = await startAsking(object)
    await goOn(object, socket, first)
    const asks = { id: 'half a round', round: 2, isLast: false }
    socket.send({ type: 'event', seq: 2, part: 0, parts: 1, asks }, questionText(asks.id))
    await socket.expect('kept')
    await socket.close()
    await object.later(LEASE_MS)
    expect(await object.stub.answer(object.owner, asks.id, DECLINE)).toEqual({ over: false })
    const carrier = await object.attach(resumer(stream, 2))
    await carrier.expect('attached')
    const { key, fence } = await carrier.expect('adopt')
    const next = await object.attach(successor(key, fence))
    expect(await toldOf(next)).toEqual({ entry: ENTRY.join(''), answers: [ACCEPT] })
    await next.expect('taken')
    await askRound(next, 3)
    expect(await object.rows()).toMatchObject({ questions: 1, rounds: 1, losses: 0 })
  })

  it('is lost with the third runner that went on with it, however many rounds before', async () => {
    const object = makeObject()
    const { introduction, socket, stream, first } = await startAsking(object)
    let [runs, asked] = [socket, first]
    for (let round = 2; round <= 6; round++) {
      await goOn(object, runs, asked)
      runs = await successorOf(object, runs, introduction.key, stream)
      asked = (await askRound(runs, round))[0] ?? ''
    }
    await goOn(object, runs, asked)
    runs = await successorOf(object, runs, introduction.key, stream)
    runs = await successorOf(object, runs, introduction.key, stream)
    await runs.close()
    await object.later(LEASE_MS)
    expect(await logAfter(object, stream, 6)).toEqual([expect.stringContaining('interrupted')])
  })

  it('is gone on with once more when that does no harm, with the answer there was', async () => {
    const object = makeObject()
    const { socket, stream, first } = await startAsking(object)
    socket.send({ type: 'message' }, 'the message')
    await object.stub.answer(object.owner, first, ACCEPT)
    await socket.expect('answer')
    await socket.expect('ready')
    socket.send({ type: 'resume', round: 1 })
    await socket.expect('go')
    await socket.close()
    await object.later(LEASE_MS)
    const carrier = await object.attach(resumer(stream, 1))
    await carrier.expect('attached')
    const { key, fence } = await carrier.expect('adopt')
    const next = await object.attach(successor(key, fence))
    expect(await toldOf(next)).toEqual({ entry: ENTRY.join(''), answers: [ACCEPT] })
  })

  it('counts for nothing when its runner was lost before all was asked', async () => {
    const object = makeObject()
    const introduction = runner()
    const socket = await object.attach(introduction)
    const { stream } = await socket.expect('attached')
    const asks = { id: 'the first of two', round: 1, isLast: false }
    socket.send({ type: 'event', seq: 1, part: 0, parts: 1, asks }, questionText(asks.id))
    await socket.expect('kept')
    await socket.close()
    await object.later(LEASE_MS)
    expect(await object.stub.answer(object.owner, asks.id, ACCEPT)).toEqual({ over: false })
    expect(await logAfter(object, stream, 1)).toEqual([expect.stringContaining('interrupted')])
  })
})

describe('what is kept of a question', () => {
  it('stays in the log, whatever else is said', async () => {
    const object = makeObject()
    const { stream, first } = await startAsking(object)
    const loud = await object.attach(runner([2]))
    await loud.expect('attached')
    const text = 'x'.repeat(PART_CHARS)
    for (let seq = 1; seq <= 40; seq++) await loud.say(seq, text)
    const carrier = await object.attach(resumer(stream, 0))
    await carrier.expect('attached')
    expect((await carrier.expect('event')).body).toBe(questionText(first))
  })

  it('is kept once, however often it is sent', async () => {
    const object = makeObject()
    const { socket, first, introduction } = await startAsking(object)
    await object.stub.answer(object.owner, first, ACCEPT)
    await socket.close()
    const back = await object.attach(introduction)
    expect(await back.expect('attached')).toMatchObject({ next: 2 })
    await back.expect('answer')
    await back.expect('ready')
    const asks = { id: first, round: 1, isLast: true }
    back.send({ type: 'event', seq: 1, part: 0, parts: 1, asks }, questionText(first))
    await back.expect('kept')
    back.send({ type: 'resume', round: 1 })
    await back.expect('go')
    expect(await object.rows()).toMatchObject({ questions: 1, events: 1, rounds: 1 })
  })
})
