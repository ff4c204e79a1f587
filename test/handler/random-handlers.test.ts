import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/app'
import { emptyJournal, type Journal, memoryClaims } from '../../src/handler'
import { answerOf, call2026, ORIGIN, type Platform } from '../http/platform'
import {
  answersFor,
  type Done,
  endOf,
  interpret,
  type Mishap,
  mishaps,
  type Part,
  programs,
  uninterrupted,
} from './programs'
import { LANES, PROGRAMS, programCall, randomModule, tryMany, WIRE_PROGRAMS } from './random-module'
import { run } from './run'

const MAX_ROUNDS = 200

/** One round of a call: what it ended as, or the questions and the state to come back with. */
type Round<State> = { end: string } | { keys: string[]; state: State }

/**
 * Takes a call through its rounds and what happens to them. Runs that are lost or come twice reach
 * nobody; what is sent again from an older state reaches nobody either.
 */
async function follow<State>(
  first: () => Promise<Round<State>>,
  next: (state: State, answers: Record<string, unknown>) => Promise<Round<State>>,
  happening: readonly Mishap[],
): Promise<string> {
  let send = first
  let stale = first
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const mishap = happening[round] ?? 'none'
    if (mishap === 'lost') await send()
    if (mishap === 'stale') await stale()
    const outcome = mishap === 'twice' ? (await Promise.all([send(), send()]))[0] : await send()
    if ('end' in outcome) return outcome.end
    const { keys, state } = outcome
    const answers = answersFor(keys, happening[round + 1] ?? 'none')
    stale = send
    send = () => next(state, answers)
  }
  throw new Error('the call never ends')
}

/** Lost and repeated runs repeat steps that only they had finished; nothing repeats a once. */
const expectDone = (
  done: Done,
  once: Done,
  parts: readonly Part[],
  happening: readonly Mishap[],
) => {
  const isCalm = happening.every((it) => it === 'none' || it === 'partial' || it === 'reordered')
  for (const [key, times] of done) {
    if (isCalm || kindAt(parts, key) === 'once') expect([key, times]).toEqual([key, 1])
  }
  expect([...done.keys()].sort()).toEqual([...once.keys()].sort())
}

/** What stands at a key such as `p.1:0.2`. */
function kindAt(parts: readonly Part[], key: string): Part['kind'] | undefined {
  const [index = '', ...rest] = key.split('.').slice(1)
  const [at, branch] = index.split(':')
  const part = parts[Number(at)]
  if (part?.kind !== 'all') return part?.kind
  return kindAt(part.branches[Number(branch)] ?? [], ['p', ...rest].join('.'))
}

describe('a random handler with random mishaps', () => {
  it('comes to what it comes to uninterrupted, on the engine', async () => {
    await tryMany(
      fc.asyncProperty(programs, mishaps, async (parts, happening) => {
        const expected = await uninterrupted(parts)
        const done: Done = new Map()
        const claims = memoryClaims()
        const enter = async (
          journal: Journal,
          answers: Record<string, unknown>,
        ): Promise<Round<Journal>> => {
          const outcome = await run((engine) => interpret(parts, engine, done), {
            journal,
            answers,
            claims,
          })
          if (outcome.kind === 'returned')
            return { end: await endOf(Promise.resolve(outcome.value)) }
          if (outcome.kind === 'threw') return { end: await endOf(Promise.reject(outcome.error)) }
          const state = JSON.parse(JSON.stringify(outcome.journal)) as Journal
          return { keys: outcome.questions.map(({ key }) => key), state }
        }
        const end = await follow(() => enter(emptyJournal(0), {}), enter, happening)
        expect(end).toBe(expected.end)
        expectDone(done, expected.done, parts, happening)
      }),
      { runs: PROGRAMS, seed: 20260728 },
    )
  }, 600_000)

  it('M-72, M-76 comes to the same on the wire of 2026, from one isolate to the next', async () => {
    /** Another isolate for each request, as far as the code can tell. */
    const isolate = (): Platform => {
      const app = createApp([randomModule])
      return {
        origin: ORIGIN,
        fetch: async (path, init) =>
          app.fetch(new Request(`${ORIGIN}${path}`, init), env, createExecutionContext()),
      }
    }
    const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } }
    await tryMany(
      fc.asyncProperty(programs, mishaps, async (parts, happening) => {
        const expected = await uninterrupted(parts)
        const { args, done, forget } = programCall(parts)
        const enter = async (retry: Record<string, unknown>): Promise<Round<string>> => {
          const sending = { platform: isolate(), meta }
          const { body, text } = await answerOf(
            await call2026('random', args, { ...sending, params: retry }),
          )
          if (body?.result === undefined) throw new Error(text)
          const { resultType, content, inputRequests, requestState } = body.result
          if (resultType === 'complete') return { end: content[0].text }
          return { keys: Object.keys(inputRequests), state: requestState }
        }
        const end = await follow(
          () => enter({}),
          (requestState, inputResponses) => enter({ requestState, inputResponses }),
          happening,
        )
        forget()
        // A first run that was lost was another call: nothing names it, so nothing goes on with it.
        const [first, second] = happening
        const isOneCall = !['lost', 'twice', 'stale'].includes(first ?? '') && second !== 'stale'
        expect(end).toBe(expected.end)
        if (isOneCall) expectDone(done, expected.done, parts, happening)
      }),
      { runs: WIRE_PROGRAMS, seed: 20260728, lanes: LANES },
    )
  }, 600_000)
})
