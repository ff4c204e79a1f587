import { describe, expect, it } from 'vitest'
import { answerOf, openSession, type Platform, type Session } from '../http/platform'
import { Follower, type Seen } from './follower'
import {
  anyOf,
  deeds,
  type Fate,
  MISHAPS,
  playOf,
  resultOf,
  type Step,
  startIsolate,
} from './isolate'

const PATH = '/stage/mcp'
let keys = 0

interface Cast {
  /** Runs the calls. */
  first: Platform
  /** Where clients come back, and what comes after the calls. */
  second: Platform
  /** Ends the isolate that runs the calls. */
  killFirst(): void
}

/** Starts a call; the follower has its stream once it is open. */
function startCall(session: Session, id: number, tool: 'act' | 'read', { first, second }: Cast) {
  const key = `${tool} ${++keys}`
  const params = { name: tool, arguments: { key }, _meta: { progressToken: key } }
  const body = { jsonrpc: '2.0', id, method: 'tools/call', params }
  const follower = new Follower(session, PATH, second)
  const responding = session.post(body, { platform: first }).then((it) => follower.open(it))
  return { id, key, follower, responding, play: playOf(key) }
}

type Started = ReturnType<typeof startCall>

/** What the client of a call that nothing happened to has seen, in the end. */
const whole = ({ id, key }: Started) => [
  { method: 'notifications/progress', params: { progressToken: key, progress: 1 } },
  { method: 'notifications/progress', params: { progressToken: key, progress: 2 } },
  { id, result: { content: [{ type: 'text', text: resultOf(key) }] } },
]

/** Two calls on streams of their own, one of which loses its client for a while; replay; DELETE. */
async function perform(cast: Cast): Promise<void> {
  const { first, second } = cast
  const session = await openSession('2025-11-25', {}, { platform: first, path: PATH })
  const calls = [startCall(session, 1, 'act', cast), startCall(session, 2, 'read', cast)] as const
  const [one, other] = calls
  for (const { play, responding, follower } of calls) {
    await play.begun
    play.allow(1)
    await responding
    await follower.next()
  }
  await one.follower.leave()
  one.play.allow(2)
  await one.follower.next()
  other.play.allow(2)
  other.play.allow(3)
  await other.follower.rest()
  one.play.allow(3)
  await one.follower.rest()

  for (const call of calls) {
    const messages = call.follower.seen.map(({ message }) => message)
    expect(messages, JSON.stringify(messages)).toMatchObject(whole(call))
    expect(call.play.runs).toBe(1)
  }
  const ids = calls.flatMap(({ follower }) => follower.seen.map(({ id }) => id))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).not.toContain(undefined)

  expect(await replayed(session, second, one.follower.seen)).toMatchObject(whole(one).slice(1))
  await end(session, second)
}

/** What follows the first of these events. */
async function replayed(session: Session, platform: Platform, [from]: Seen[]) {
  const headers = { 'mcp-session-id': session.id, 'last-event-id': from?.id ?? '' }
  const again = new Follower(session, PATH, platform)
  await again.open(await platform.fetch(PATH, { headers }))
  return (await again.rest()).map(({ message }) => message)
}

async function end(session: Session, platform: Platform): Promise<void> {
  const headers = { 'mcp-session-id': session.id }
  // Whoever was cut off asks again.
  const statusOf = async (ask: () => Promise<Response>) =>
    (await answerOf(await ask().catch(ask))).status
  const ask = (method: string) => () => platform.fetch(PATH, { method, headers })
  // The first DELETE may have done its work and lost its answer.
  expect([204, 404]).toContain(await statusOf(ask('DELETE')))
  for (const method of ['GET', 'DELETE']) expect(await statusOf(ask(method))).toBe(404)
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
  expect(await statusOf(() => session.post(ping, { platform }))).toBe(404)
}

interface Talk {
  session: Session
  follower: Follower
  key: string
}

/** Starts a call that asks twice. Its client has a stream, or knows that its request failed. */
async function startTalk({ first, second }: Cast): Promise<Talk> {
  const key = `talk ${++keys}`
  const capabilities = { elicitation: {} }
  const session = await openSession('2025-11-25', { capabilities }, { platform: first, path: PATH })
  const params = { name: 'talk', arguments: { key }, _meta: { progressToken: key } }
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
  const follower = new Follower(session, PATH, second)
  await follower.open(await session.post(body, { platform: first }))
  return { session, follower, key }
}

/** Answers what is asked until the call has ended; answers go to another isolate than the call. */
async function talkToTheEnd({ session, follower }: Talk, platform: Platform): Promise<void> {
  const contents = [{ name: 'Ada' }, { colour: 'red' }]
  const answers = new Map<unknown, object>()
  for (let seen = await follower.next(); seen; seen = await follower.next()) {
    const { id, method } = seen.message
    if (method !== 'elicitation/create') continue
    const content = contents.shift() ?? {}
    const answer = answers.get(id) ?? { action: 'accept', content }
    answers.set(id, answer)
    await insist(() => session.post({ jsonrpc: '2.0', id, result: answer }, { platform }))
  }
}

/** As a client that sends its answer again when it does not know whether it arrived. */
async function insist(send: () => Promise<Response>): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const status = await send().then(
      async (response) => (await answerOf(response)).status,
      () => undefined,
    )
    if (status === 202) return
    if (status !== undefined) expect(status).toBe(503)
  }
  throw new Error('nobody took the answer')
}

/** A call that asks twice, answered elsewhere, whatever happens in between. */
async function performTalk(cast: Cast): Promise<void> {
  const talk = await startTalk(cast)
  await talkToTheEnd(talk, cast.second)
  const { key, follower } = talk
  const messages = follower.seen.map(({ message }) => message)
  expect(messages, JSON.stringify(messages)).toMatchObject([
    { method: 'notifications/progress' },
    { method: 'elicitation/create', params: { message: `Which name, ${key}?` } },
    { method: 'elicitation/create', params: { message: 'Which colour, Ada?' } },
    { id: 1, result: { content: [{ text: 'Ada is red' }] } },
  ])
  expect(deeds.get(`${key}: drafted`)).toBe(1)
  expect(deeds.get(`${key}: painted`)).toBe(1)
  await end(talk.session, cast.second)
}

/** The same where the Worker that asked may be gone as well: an end that is true, or none was begun. */
async function performTalkWhateverComes(cast: Cast): Promise<void> {
  const talk = await startTalk(cast).catch(() => undefined)
  if (!talk) return
  await talkToTheEnd(talk, cast.second)
  const { key, follower } = talk
  const messages = follower.seen.map(({ message }) => message)
  const end = messages.at(-1)
  const said = JSON.stringify(messages)
  if (end.result) expect(end.result.content[0].text, said).toBe('Ada is red')
  else expect(end, said).toMatchObject({ id: 1, error: { code: -32603 } })
  expect(messages.filter((message) => 'id' in message && !message.method)).toHaveLength(1)
  expect(deeds.get(`${key}: drafted`)).toBe(1)
  expect(deeds.get(`${key}: painted`) ?? 0).toBeLessThanOrEqual(1)
  if (end.result) expect(deeds.get(`${key}: painted`)).toBe(1)
}

/** Lets `act` happen at one step of all that both isolates take. */
function castWith(at: number, act: (step: Step) => Promise<Fate>) {
  const taken: string[] = []
  const onStep = async (step: Step): Promise<Fate> => {
    taken.push(step.name)
    return taken.length - 1 === at ? act(step) : 'passes'
  }
  const isolates = [startIsolate({ onStep }), startIsolate({ onStep }), startIsolate({ onStep })]
  const [first, ...others] = isolates
  return {
    first: anyOf(isolates),
    second: anyOf(others),
    killFirst: () => first?.kill(),
    taken,
  }
}

/** Performs once for every step there is, `atOnce` at a time, with `act` happening at it. */
async function atEveryStep(
  performance: (cast: Cast) => Promise<void>,
  act: (step: Step) => Promise<Fate>,
  atOnce: number,
): Promise<void> {
  const unhurt = castWith(-1, act)
  await performance(unhurt)
  expect(unhurt.taken.length).toBeGreaterThan(20)
  const failures: string[] = []
  const unreached: number[] = []
  const performAt = async (at: number) => {
    const cast = castWith(at, act)
    try {
      await performance(cast)
      if (cast.taken.length <= at) unreached.push(at)
    } catch (error) {
      failures.push(`${at}, ${cast.taken[at]}: ${String(error)}`)
    }
  }
  const left = unhurt.taken.keys()
  const performNext = async () => {
    for (const at of left) await performAt(at)
  }
  await Promise.all(Array.from({ length: atOnce }, performNext))
  expect(failures).toEqual([])
  // How often something is tried again is not the same twice, so that a performance may end a step or
  // two earlier than the one that was counted.
  expect(unreached.length, String(unreached)).toBeLessThan(unhurt.taken.length / 10)
}

const killIt = async ({ isolate }: Step): Promise<Fate> => {
  isolate.kill()
  return 'is lost'
}

describe('a session with two streams, a client that comes back, and an end', () => {
  it.each(Object.entries(MISHAPS))(
    'H-34, H-40, H-52, H-54, H-56 loses nothing when its object %s, at whatever step',
    (_, mishap) => atEveryStep(perform, ({ object }) => mishap(object), 8),
    120_000,
  )
})

describe('a call that asks twice and is answered elsewhere', () => {
  it.each(Object.entries(MISHAPS))(
    'H-40, H-52, H-56 asks each question once and does all once when its object %s, at whatever step',
    (_, mishap) => atEveryStep(performTalk, ({ object }) => mishap(object), 8),
    120_000,
  )

  it(
    'H-52, H-56 has one end, and does nothing twice, when any of its Workers is gone',
    () => atEveryStep(performTalkWhateverComes, killIt, 100),
    120_000,
  )
})

/** The same calls, whose clients come back for as long as it takes. */
async function performWhateverComes(cast: Cast, onStreams = () => {}): Promise<void> {
  const { first, second } = cast
  const session = await openSession('2025-11-25', {}, { platform: first, path: PATH })
  const calls = [startCall(session, 1, 'act', cast), startCall(session, 2, 'read', cast)] as const
  const getStream = async ({ play, responding, follower }: Started) => {
    await Promise.race([play.begun, responding])
    play.allow(1)
    await responding
    await follower.next()
  }
  // A client that got no stream has nothing to come back for; it knows that its request failed.
  const opened = await Promise.allSettled(calls.map(getStream))
  onStreams()
  const withStream = calls.filter((_, index) => opened[index]?.status === 'fulfilled')
  await Promise.all(
    withStream.map(async ({ play, follower }) => {
      play.allow(2)
      await follower.next()
      play.allow(3)
      await follower.rest()
    }),
  )
  for (const { follower, id, key, play } of withStream) {
    const messages = follower.seen.map(({ message }) => message)
    const progress = messages.flatMap(({ params }) => params?.progress ?? [])
    expect(progress).toEqual([...new Set(progress)].sort())
    const answers = messages.filter((message) => 'id' in message)
    const whole = { id, result: { content: [{ type: 'text', text: resultOf(key) }] } }
    const lost = { id, error: { code: -32603 } }
    if (id === 2 || !answers[0]?.error) expect(answers).toMatchObject([whole])
    else expect(answers).toMatchObject([lost])
    if (id === 1) expect(play.runs).toBe(1)
    const ids = follower.seen.map((seen) => seen.id)
    expect(new Set(ids).size).toBe(ids.length)
  }
  await end(session, second)
}

describe('a session whose Worker is gone in the middle of two calls', () => {
  it(
    'H-52, H-56, H-70 gives each call one end, and runs anew only what may be',
    () => atEveryStep(performWhateverComes, killIt, 100),
    120_000,
  )

  it(
    'H-52, H-56, H-70 does so when whoever took over is gone too',
    () => atEveryStep((cast) => performWhateverComes(cast, cast.killFirst), killIt, 100),
    120_000,
  )
})
