/// <reference types="@cloudflare/vitest-plugin/types" />
import { describe, expect, it, vi } from 'vitest'
import { answerOf, openSession, type Platform, type Session } from '../http/platform'
import { Follower } from './follower'
import { deeds, startIsolate } from './isolate'

const PATH = '/stage/mcp'
const platform = startIsolate()
let keys = 0

const WITH_FORMS = { capabilities: { elicitation: {} } }
const open = (revision = '2025-11-25', params: Record<string, unknown> = WITH_FORMS) =>
  openSession(revision, params, { platform, path: PATH })

interface Talk {
  session: Session
  tool?: string
  id?: number
  key?: string
  on?: Platform
  /** Where its client goes when it comes back. */
  back?: Platform
}

/** Calls a tool that asks, and follows its stream. */
async function startTalk({
  session,
  tool = 'talk',
  id = 1,
  key = `talk ${++keys}`,
  on = platform,
  back = on,
}: Talk) {
  const params = { name: tool, arguments: { key } }
  const body = { jsonrpc: '2.0', id, method: 'tools/call', params }
  const follower = new Follower(session, PATH, back)
  await follower.open(await session.post(body, { platform: on }))
  return { key, follower }
}

/** The next thing on a stream that is no notification. */
async function nextOf(follower: Follower) {
  for (;;) {
    const seen = await follower.next()
    if (!seen || 'id' in seen.message) return seen?.message
  }
}

const accept = (content: Record<string, unknown>) => ({ result: { action: 'accept', content } })
const reply = (session: Session, id: unknown, outcome: object, on: Platform = platform) =>
  session.post({ jsonrpc: '2.0', id, ...outcome }, { platform: on })

const REFUSAL = { error: { code: -1, message: 'User rejected the request' } }

const textOf = (message: { result: { content: { text: string }[] } }) =>
  message.result.content[0]?.text

describe('a call of a 2025 client that asks', () => {
  it.each(['2025-06-18', '2025-11-25'])(
    'H-23, H-84 puts its questions on its own stream and ends with what came of the answers, at %s',
    async (revision) => {
      const session = await open(revision)
      const { follower, key } = await startTalk({ session })
      const first = await nextOf(follower)
      expect(first).toMatchObject({
        jsonrpc: '2.0',
        method: 'elicitation/create',
        params: {
          message: `Which name, ${key}?`,
          requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
        },
      })
      const answered = await answerOf(await reply(session, first.id, accept({ name: 'Ada' })))
      expect(answered).toMatchObject({ status: 202, text: '' })
      const second = await nextOf(follower)
      expect(second.params.message).toBe('Which colour, Ada?')
      expect(second.id).not.toBe(first.id)
      await reply(session, second.id, accept({ colour: 'red' }))
      expect(textOf(await nextOf(follower))).toBe('Ada is red')
      expect(await follower.next()).toBeUndefined()
      expect(deeds.get(`${key}: drafted`)).toBe(1)
      expect(deeds.get(`${key}: painted`)).toBe(1)
    },
  )

  it('takes the answer in another isolate', async () => {
    const session = await open()
    const other = startIsolate()
    const { follower } = await startTalk({ session })
    await reply(session, (await nextOf(follower)).id, accept({ name: 'Ada' }), other)
    await reply(session, (await nextOf(follower)).id, accept({ colour: 'red' }), other)
    expect(textOf(await nextOf(follower))).toBe('Ada is red')
  })

  it('goes on where the answer arrives when the isolate that asked is gone', async () => {
    const session = await open()
    const [first, other] = [startIsolate(), startIsolate()]
    const { follower, key } = await startTalk({ session, on: first, back: other })
    const question = await nextOf(follower)
    first.kill()
    await reply(session, question.id, accept({ name: 'Ada' }), other)
    const second = await nextOf(follower)
    await follower.leave()
    await reply(session, second.id, accept({ colour: 'blue' }), other)
    expect(textOf(await nextOf(follower))).toBe('Ada is blue')
    expect(deeds.get(`${key}: drafted`)).toBe(1)
  }, 30_000)

  it('goes on without any connection, and its client finds the result', async () => {
    const session = await open()
    const { follower } = await startTalk({ session })
    const first = await nextOf(follower)
    await follower.leave()
    await reply(session, first.id, accept({ name: 'Ada' }))
    const second = await nextOf(follower)
    await follower.leave()
    await reply(session, second.id, accept({ colour: 'red' }))
    expect(textOf(await nextOf(follower))).toBe('Ada is red')
  }, 30_000)

  it('is finished by whoever answered, though its client never comes back', async () => {
    const session = await open()
    const { follower, key } = await startTalk({ session })
    const first = await nextOf(follower)
    await reply(session, first.id, accept({ name: 'Ada' }))
    const second = await nextOf(follower)
    await follower.leave()
    await reply(session, second.id, accept({ colour: 'red' }), startIsolate())
    await vi.waitFor(() => expect(deeds.get(`${key}: painted`)).toBe(1), { timeout: 20_000 })
  }, 30_000)

  it('asks again, under another id, what was answered wrongly', async () => {
    const session = await open()
    const { follower } = await startTalk({ session })
    const first = await nextOf(follower)
    await reply(session, first.id, accept({ name: 7 }))
    const again = await nextOf(follower)
    expect(again.id).not.toBe(first.id)
    await reply(session, first.id, accept({ name: 'Eve' }))
    await reply(session, again.id, accept({ name: 'Ada' }))
    expect((await nextOf(follower)).params.message).toBe('Which colour, Ada?')
  })

  it('asks all at once what it asks at once', async () => {
    const session = await open()
    const { follower, key } = await startTalk({ session, tool: 'talk_at_once' })
    const questions = [await nextOf(follower), await nextOf(follower)]
    expect(questions.map(({ params }) => params.message)).toEqual([
      `first of ${key}?`,
      `second of ${key}?`,
    ])
    await reply(session, questions[1].id, accept({ name: 'second' }))
    await reply(session, questions[0].id, accept({ name: 'first' }))
    expect(JSON.parse(textOf(await nextOf(follower)) ?? '')).toMatchObject([
      { content: { name: 'first' } },
      { content: { name: 'second' } },
    ])
  })

  it.each([
    ['declines', { result: { action: 'decline' } }, 'decline'],
    ['closes the form', { result: { action: 'cancel' } }, 'cancel'],
    ['cannot show it', { error: { code: -32602, message: 'no such mode' } }, 'cancel'],
  ])('hears of a client that %s', async (_, outcome, action) => {
    const session = await open()
    const { follower, key } = await startTalk({ session })
    await reply(session, (await nextOf(follower)).id, outcome)
    expect(textOf(await nextOf(follower))).toBe(`${key}: ${action}`)
  })

  it.each([
    ['ends with what its model said', { result: { role: 'assistant', model: 'm' } }, /model.*:.*m/],
    ['ends with the error of a client whose model says nothing', REFUSAL, /rejected the request/],
  ])('H-84 that asks a model %s', async (_, outcome, expected) => {
    const session = await open('2025-06-18', { capabilities: { sampling: {} } })
    const { follower } = await startTalk({ session, tool: 'think' })
    const question = await nextOf(follower)
    expect(question).toMatchObject({ method: 'sampling/createMessage', params: { maxTokens: 1 } })
    await reply(session, question.id, outcome)
    expect(JSON.stringify(await nextOf(follower))).toMatch(expected)
    expect(await follower.next()).toBeUndefined()
  })

  it('H-07, H-84 in an array is not asked, for it cannot be answered on its own', async () => {
    const session = await open('2025-03-26', { capabilities: { sampling: {} } })
    const call = (id: number) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'think', arguments: { key: 'none' } },
    })
    const { body } = await answerOf(await session.post([call(1), call(2)], { platform }))
    expect(JSON.stringify(body)).toMatch(/Send it alone.*Send it alone/)
  })

  it.each([
    ['H-23, H-84 declares no forms, at 2025-11-25', '2025-11-25', {}, 'talk'],
    [
      'H-86 declares pages only, and is to fill in a form',
      '2025-11-25',
      { elicitation: { url: {} } },
      'talk',
    ],
    ['H-86 declares forms only, and is to open a page', '2025-11-25', { elicitation: {} }, 'visit'],
    [
      'H-86 declares pages before there were any',
      '2025-06-18',
      { elicitation: { url: {} } },
      'visit',
    ],
    ['H-84 declares forms before there were any', '2025-03-26', { elicitation: {} }, 'talk'],
  ])('a client that %s is asked nothing and told why', async (_, revision, capabilities, name) => {
    const session = await open(revision, { capabilities })
    const params = { name, arguments: { key: 'none' } }
    const { body } = await session.request('tools/call', params)
    expect(body.result).toMatchObject({ isError: true })
    expect(body.result.content[0].text).toMatch(/elicitation/)
  })
})

describe('an answer', () => {
  it('of another session resolves nothing, whatever id it names', async () => {
    const [mine, theirs] = [await open(), await open()]
    const { follower } = await startTalk({ session: mine })
    const own = await startTalk({ session: theirs })
    const question = await nextOf(follower)
    const other = await nextOf(own.follower)
    expect((await reply(theirs, question.id, accept({ name: 'Eve' }))).status).toBe(202)
    await reply(mine, question.id, accept({ name: 'Ada' }))
    expect((await nextOf(follower)).params.message).toBe('Which colour, Ada?')
    await reply(theirs, other.id, accept({ name: 'Eve' }))
    expect((await nextOf(own.follower)).params.message).toBe('Which colour, Eve?')
  })

  it.each([
    ['an id that was never given out', crypto.randomUUID()],
    ['a number', 1],
    ['the id of the call itself', 'opening'],
    ['a text that is no id of ours', 'x'.repeat(300)],
  ])('to %s is taken and changes nothing', async (_, id) => {
    const session = await open()
    const { follower } = await startTalk({ session })
    const question = await nextOf(follower)
    const answered = await answerOf(await reply(session, id, accept({ name: 'Eve' })))
    expect(answered).toMatchObject({ status: 202, text: '' })
    await reply(session, question.id, accept({ name: 'Ada' }))
    expect((await nextOf(follower)).params.message).toBe('Which colour, Ada?')
  })

  it('that is repeated, late or many times at once counts once', async () => {
    const session = await open()
    const { follower, key } = await startTalk({ session })
    const first = await nextOf(follower)
    const names = ['Ada', ...Array.from({ length: 20 }, (_, index) => `Eve ${index}`)]
    await Promise.all(names.map((name) => reply(session, first.id, accept({ name }))))
    const second = await nextOf(follower)
    expect(second.params.message).toMatch(/^Which colour, (Ada|Eve \d+)\?$/)
    await Promise.all(
      Array.from({ length: 20 }, () => reply(session, second.id, accept({ colour: 'red' }))),
    )
    await nextOf(follower)
    await reply(session, first.id, accept({ name: 'Eve' }))
    expect(deeds.get(`${key}: painted`)).toBe(1)
    expect(deeds.get(`${key}: drafted`)).toBe(1)
  })

  it('that is longer than any form is refused, and the question stays open', async () => {
    const session = await open()
    const { follower } = await startTalk({ session })
    const { id } = await nextOf(follower)
    const long = await answerOf(await reply(session, id, accept({ name: 'x'.repeat(300_000) })))
    expect(long).toMatchObject({ status: 400, body: { error: { code: -32600 } } })
    await reply(session, id, accept({ name: 'Ada' }))
    expect((await nextOf(follower)).params.message).toBe('Which colour, Ada?')
  })

  it("H-34, H-71 after a cancellation or a DELETE is nobody's", async () => {
    const session = await open()
    const { follower, key } = await startTalk({ session, id: 5 })
    const { id } = await nextOf(follower)
    const params = { requestId: 5 }
    await session.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params })
    expect((await reply(session, id, accept({ name: 'Ada' }))).status).toBe(202)
    const other = await startTalk({ session, id: 6 })
    const question = await nextOf(other.follower)
    const headers = { 'mcp-session-id': session.id }
    expect((await platform.fetch(PATH, { method: 'DELETE', headers })).status).toBe(204)
    expect((await reply(session, question.id, accept({ name: 'Ada' }))).status).toBe(404)
    expect(deeds.get(`${key}: painted`)).toBeUndefined()
    expect(deeds.get(`${other.key}: painted`)).toBeUndefined()
  })
})
