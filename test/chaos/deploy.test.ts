/**
 * Deploys under live clients of every revision. As on Cloudflare a deploy resets all objects, whose
 * storage stays, and new requests reach the new release; the old one goes on with what it has, and
 * loses its connections in the end. Every few times there is no old one to go on: the platform
 * stops and starts again on its state, as the other release.
 *
 * @module
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../src/cli/project.ts'
import { connect, siteAt } from '../support/oauth-flow.ts'
import { type Platform, start } from '../support/platform.ts'
import { type Follower, followV1, followV2 } from './deploy-clients.ts'
import { type Front, startFront } from './front.ts'

/** How many deploys there are; `npm run soak` has twenty. */
const DEPLOYS = Number(process.env.SOAK_DEPLOYS ?? 3)
const DEPLOY_MS = 120_000
const DEADLINE = { timeout: 40_000 }

const RELEASES = ['first', 'second'] as const
/** As many follow on each other before the platform is stopped, which takes the longest. */
const entries = Array.from({ length: DEPLOYS > 3 ? 4 : 2 }, (_, isolate) =>
  join(projectRoot, `test/session/deploy/${RELEASES[isolate % 2]}-entry.ts`),
)

let platform: Platform
let front: Front
const followers: Follower[] = []
/** One for each module; every call of theirs is a request of its own. */
const speakers: Follower[] = []
/** Which of the isolates new requests go to. */
let current = 0

beforeAll(async () => {
  platform = await start({ entries })
  front = await startFront(platform.port)
  const url = new URL(`${front.origin}/drill/mcp`)
  followers.push(
    await followV1(url, '2025-03-26'),
    await followV2(url, '2025-06-18'),
    await followV1(url, '2025-11-25'),
    await followV2(url, '2025-11-25'),
    await followV2(url, '2026-07-28'),
  )
  const { tokens } = await connect(siteAt(front.origin), { module: 'guarded' })
  const guarded = new URL(`${front.origin}/guarded/mcp`)
  followers.push(
    await followV2(guarded, '2025-11-25', tokens.access_token),
    await followV2(guarded, '2026-07-28', tokens.access_token),
  )
  speakers.push(
    await followV2(url, '2026-07-28'),
    await followV2(guarded, '2026-07-28', tokens.access_token),
  )
})
afterAll(async () => {
  for (const client of [...followers, ...speakers]) await client.close()
  await front?.[Symbol.asyncDispose]()
  await platform?.stop()
})

const sessions = () => followers.filter(({ era }) => era === '2025')

const portOf = (isolate: number) => Number(new URL(platform.origins[isolate] ?? '').port)
const releaseNow = () => RELEASES[current % 2] ?? 'first'

/** Says in each module that it has changed, at the release that new requests reach. */
async function tell(uri: string): Promise<void> {
  for (const speaker of speakers) expect(await speaker.call('tell', { uri })).toBe('told')
}

/** How often a tool has noted that it did this. */
const noted = (did: string, key: string): number =>
  platform.logs.filter(({ message }) => message === JSON.stringify({ did, key })).length

/** What a client has under way when a deploy comes. */
interface Work {
  follower: Follower
  key: string
  counts: { tool: string; heard: number[]; text: Promise<string> }[]
  booking: Promise<string>
  rebuilt: Promise<string>
}

async function begin(follower: Follower, deploy: number): Promise<Work> {
  const key = `${deploy} of ${follower.name}`
  await follower.follow(`drill://tides/${deploy}`)
  const counts = ['count_again', 'count_once'].map((tool) => {
    const heard: number[] = []
    const args = { to: 15, everyMs: 100 }
    return { tool, heard, text: follower.call(tool, args, (value) => heard.push(value)) }
  })
  const booking = follower.call('book', { key })
  const rebuilt = follower.call('rebuilt', { key: `rebuilt ${key}` })
  const isUnderWay = () =>
    follower.questions.length === 2 && counts.every((it) => it.heard.length > 0)
  await expect.poll(isUnderWay, DEADLINE).toBe(true)
  return { follower, key, counts, booking, rebuilt }
}

/** Calls one after the other until it is told to stop; each has to come out. */
function keepCalling({ call, name }: Follower): { stop(): Promise<number> } {
  let isOver = false
  const calling = (async () => {
    let calls = 0
    for (; !isOver; calls++) {
      const text = `${calls} of ${name}`
      expect(await call('echo', { text })).toBe(text)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return calls
  })()
  calling.catch(() => {}) // told when it is stopped
  return {
    stop() {
      isOver = true
      return calling
    },
  }
}

/** Everybody hears of it. */
const allHear = (what: string, all: readonly Follower[] = followers) =>
  Promise.all(
    all.map(({ heard, name }) =>
      expect
        .poll(() => heard, { ...DEADLINE, message: `${name} hears of ${what}` })
        .toContain(what),
    ),
  )

/** The old release goes on with what it has while the new one is there. */
async function roll(deploy: number): Promise<void> {
  const busy = followers.map(keepCalling)
  const endOld = front.switchTo(portOf(++current))
  const reset = await fetch(new URL('/drill/reset', platform.origin), { method: 'POST' })
  expect(await reset.text()).toContain('objects reset')
  await tell(`drill://tides/${deploy}`)
  // Streams without a session end with their result here, and hear on once they are opened anew.
  await allHear(`drill://tides/${deploy}`, sessions())
  const calls = await Promise.all(busy.map(({ stop }) => stop()))
  expect(Math.min(...calls)).toBeGreaterThan(0)
  drains.push(endOld)
}
/** Ends the connections of releases that are gone. */
const drains: (() => void)[] = []

/** There is nothing for a while; then the other release, on the same state. */
async function replace(deploy: number): Promise<void> {
  current = 0
  const endOld = front.switchTo(portOf(0))
  await platform.restart()
  endOld()
  // Nobody is back yet, and whoever has a session hears of it all the same.
  await tell(`drill://tides/${deploy}`)
  await allHear(`drill://tides/${deploy}`, sessions())
}

/** Every call has one end: its result, or the word that nobody knows whether it took effect. */
async function expectEnds({ follower, counts }: Work, old: string, wasRolled: boolean) {
  for (const { tool, heard, text } of counts) {
    const ended = await text
    const about = `${tool} of ${follower.name} heard ${heard} and "${ended}"`
    expect(heard, about).toEqual([...new Set(heard)].sort((a, b) => a - b))
    if (wasRolled) {
      expect(ended, about).toBe(`counted to 15 by ${old}`)
      expect(heard, about).toEqual(Array.from({ length: 15 }, (_, at) => at + 1))
    } else if (follower.era === '2026') {
      // The connection was all there is to it.
      expect(ended, about).toMatch(/^(failed: |counted to 15 by)/)
    } else if (tool === 'count_again') expect(ended, about).toMatch(/^counted to 15 by/)
    else expect(ended, about).toMatch(/^counted to 15 by|^failed: .*interrupted/)
  }
}

/**
 * The questions that were open are answered. With a session that goes on where it asked, for as long
 * as that is there, or else in the new release; without one always there.
 */
async function expectAnswered({ follower, key, booking, rebuilt }: Work, isOldThere: boolean) {
  for (const { agree } of follower.questions.splice(0)) agree()
  expect(await booking, key).toBe(`booked a room for ${key}`)
  const ended = await rebuilt
  // A tool that is not the one it was says so instead of going on.
  if (isOldThere && follower.era === '2025')
    expect(ended, key).toMatch(/^booked$|^failed: .*tool changed/)
  else expect(ended, key).toMatch(/^failed: .*tool changed, call again/)
  expect(follower.questions, 'nothing is asked twice').toEqual([])
  expected.push([key, { drafted: 1, booked: 1 }])
  expected.push([`rebuilt ${key}`, { drafted: 0, booked: ended === 'booked' ? 1 : 0 }])
}
/** What tools have to have done in the end. */
const expected: [key: string, did: { drafted: number; booked: number }][] = []

describe('a deploy under live clients', () => {
  it(
    `H-40, H-52, H-84, M-62 loses nothing and doubles nothing, ${DEPLOYS} times`,
    async () => {
      for (let deploy = 1; deploy <= DEPLOYS; deploy++) {
        const startedAt = Date.now()
        const work = await Promise.all(followers.map((follower) => begin(follower, deploy)))
        const old = releaseNow()
        for (const { heard } of followers) heard.length = 0
        const streams = followers.map((follower) => follower.streams)
        const wasRolled = current < entries.length - 1
        await (wasRolled ? roll(deploy) : replace(deploy))

        await allHear('tools')
        // The others may wait for their clients to lose patience.
        const ends = work.map((it) => expectEnds(it, old, wasRolled))
        await Promise.all(ends.filter((_, index) => wasRolled || followers[index]?.era === '2025'))
        const answerAll = () => Promise.all(work.map((it) => expectAnswered(it, wasRolled)))
        if (deploy % 2 === 1) await answerAll()
        for (const end of drains.splice(0)) end()
        // A session is told of what it has missed while it had no connection.
        for (const { heard } of sessions()) heard.length = 0
        await tell(`drill://tides/${deploy}`)
        await allHear(`drill://tides/${deploy}`, sessions())
        if (deploy % 2 === 0) await answerAll()
        await Promise.all(ends)
        for (const follower of followers) {
          expect(await follower.tools(), follower.name).toContain(`only_in_${releaseNow()}`)
        }
        for (const { era, listensEnded, name } of followers) {
          // With its result where there is somebody to send it.
          const how = era === '2025' ? [] : [wasRolled ? 'graceful' : 'remote']
          expect(listensEnded.splice(0), name).toEqual(how)
        }
        // Connections to what is gone are opened anew, and hear on.
        for (const [index, follower] of followers.entries()) {
          await expect.poll(() => follower.streams, DEADLINE).toBeGreaterThan(streams[index] ?? 0)
          follower.heard.length = 0
        }
        await tell(`drill://tides/${deploy}`)
        await allHear(`drill://tides/${deploy}`)
        console.info(
          `deploy ${deploy} (${wasRolled ? 'rolled' : 'replaced'}): ${Date.now() - startedAt} ms`,
        )
      }
      for (const [key, did] of expected) {
        expect({ drafted: noted('drafted', key), booked: noted('booked', key) }, key).toEqual(did)
      }
      for (const { errors, name } of followers) {
        expect(
          errors.filter((error) => /unknown (message|request) id/i.test(error)),
          name,
        ).toEqual([])
      }
    },
    DEPLOYS * DEPLOY_MS,
  )
})
