import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerTo, type Part, programs, uninterrupted } from '../handler/programs'
import { LANES, programCall, randomModule, tryMany, WIRE_PROGRAMS } from '../handler/random-module'
import { answerOf, openSession } from '../http/platform'
import { Follower } from './follower'
import { MISHAPS, type Step, startIsolate } from './isolate'

const PATH = '/lab/mcp'

/** The questions that the person says no to, by what the program calls them. */
const declinedIn = (parts: readonly Part[], at = 'p'): string[] =>
  parts.flatMap((part, index) => {
    const key = `${at}.${index}`
    if (part.kind === 'ask') return part.declined ? [key] : []
    if (part.kind !== 'all') return []
    return part.branches.flatMap((branch, number) => declinedIn(branch, `${key}:${number}`))
  })

/** What happens to the object, and at which steps between it and its Workers. */
const mishaps = fc.array(
  fc.record({
    at: fc.nat({ max: 120 }),
    mishap: fc.constantFrom(...Object.values(MISHAPS)),
  }),
  { maxLength: 6 },
)

interface Habit {
  leaves: boolean
  /** How often it sends an answer. */
  times: number
  /** Which isolate takes the answer. */
  isolate: 0 | 1
  /** Whether it answers an old question too, once more and otherwise. */
  repeats: boolean
}

/** What the client does at its questions, in order. */
const habits: fc.Arbitrary<Habit[]> = fc.array(
  fc.record({
    leaves: fc.boolean(),
    times: fc.integer({ min: 1, max: 3 }),
    isolate: fc.constantFrom(0 as const, 1 as const),
    repeats: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
)

function habitAt(habits: readonly Habit[], index: number): Habit {
  const habit = habits[index % habits.length]
  if (!habit) throw new Error('a client without habits')
  return habit
}

describe('a random handler whose client, object and connections do as they like', () => {
  it.each(['2025-06-18', '2025-11-25'])(
    'H-40, H-52 comes to what it comes to uninterrupted, and does nothing twice, at %s',
    async (revision) => {
      await tryMany(
        fc.asyncProperty(programs, mishaps, habits, async (parts, happening, habit) => {
          const expected = await uninterrupted(parts)
          const { args, done, forget } = programCall(parts)
          let steps = 0
          const onStep = async ({ object }: Step) => {
            const at = steps++
            const found = happening.find((it) => it.at === at)
            return found ? found.mishap(object) : ('passes' as const)
          }
          const start = () => startIsolate({ onStep, servers: [randomModule] })
          const isolates = [start(), start()] as const
          const capabilities = { elicitation: {} }
          const opening = { platform: isolates[0], path: PATH }
          const session = await openSession(revision, { capabilities }, opening)
          const follower = new Follower(session, PATH, isolates[1])
          const params = { name: 'random', arguments: args }
          const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
          let opened = await session.post(call)
          // Nothing has run then, and its client is asked to try again.
          while (opened.status === 503) {
            await opened.text()
            opened = await session.post(call)
          }
          await follower.open(opened)

          const declined = new Set(declinedIn(parts))
          const old: unknown[] = []
          const say = async (question: unknown, result: unknown, isolate: 0 | 1) => {
            const answer = { jsonrpc: '2.0', id: question, result }
            for (let status = 503, attempt = 0; status === 503 && attempt < 20; attempt++) {
              status = (await answerOf(await session.post(answer, { platform: isolates[isolate] })))
                .status
              expect([202, 503]).toContain(status)
            }
          }
          for (let seen = await follower.next(); seen; seen = await follower.next()) {
            const { method, id: question, params } = seen.message
            if (method !== 'elicitation/create') continue
            const { leaves, times, isolate, repeats } = habitAt(habit, old.length)
            if (leaves) await follower.leave()
            const key = params.message.slice(0, -1)
            const answer = answerTo(declined.has(key) ? `${key}-no` : key)
            if (repeats && old.length > 0) await say(old.at(-1), { action: 'cancel' }, 0)
            for (let time = 0; time < times; time++) await say(question, answer, isolate)
            old.push(question)
          }
          forget()
          const { result, error } = follower.seen.at(-1)?.message ?? {}
          expect(error).toBeUndefined()
          expect(result.content[0].text).toBe(expected.end)
          for (const [key, count] of done) expect([key, count]).toEqual([key, 1])
          expect([...done.keys()].sort()).toEqual([...expected.done.keys()].sort())
          expect(new Set(old).size).toBe(old.length)
        }),
        {
          runs: WIRE_PROGRAMS,
          seed: 20251125,
          lanes: LANES,
          endOnFailure: true,
          timeout: 40_000,
        },
      )
    },
    600_000,
  )
})
