/**
 * Random linear handlers as data: steps, onces, questions and failures, one after the other and in
 * parallel branches.
 *
 * @module
 */
import * as fc from 'fast-check'
import * as z from 'zod'
import type { Answer, FormQuestion, FormSchema, UrlAnswer, UrlQuestion } from '../../src/handler'
import { accept } from './run'

export type Part =
  | { kind: 'step' | 'once'; fails: boolean; slow: boolean }
  | { kind: 'ask'; declined: boolean }
  | { kind: 'all'; branches: Part[][] }
  /** Fails, unless what came before has; the handler lets it through. */
  | { kind: 'throw' }

export const programs: fc.Arbitrary<Part[]> = fc.letrec<{ parts: Part[]; part: Part }>((tie) => ({
  parts: fc.array(tie('part'), { maxLength: 5 }),
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('step' as const, 'once' as const),
        fails: fc.integer({ max: 4, min: 0 }).map((it) => it === 0),
        slow: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('ask' as const), declined: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('all' as const),
        branches: fc.array(tie('parts'), { minLength: 1, maxLength: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'throw' as const }) },
  ),
})).parts

/** The part of a context that programs use. */
export interface Engine {
  step(key: string, work: () => unknown): Promise<unknown>
  once(key: string, effect: () => unknown): Promise<unknown>
  elicit(key: string, question: UrlQuestion): Promise<UrlAnswer>
  elicit<S extends FormSchema>(key: string, question: FormQuestion<S>): Promise<Answer<unknown>>
}

/** How often each step and once was really done, by its key. */
export type Done = Map<string, number>

const FORM = z.object({ value: z.string() })

/** What a person answers to a question, always the same. */
export const answerTo = (key: string) =>
  key.endsWith('!') || key.endsWith('-no') ? { action: 'decline' } : accept({ value: `on ${key}` })

/** Runs a program. Its result says what every part of it came to. */
export async function interpret(
  parts: readonly Part[],
  engine: Engine,
  done: Done,
  at = 'p',
): Promise<unknown[]> {
  const results: unknown[] = []
  for (const [index, part] of parts.entries()) {
    const key = `${at}.${index}`
    switch (part.kind) {
      case 'step':
      case 'once': {
        const work = async () => {
          if (part.slow) await new Promise((resolve) => setTimeout(resolve, 1))
          done.set(key, (done.get(key) ?? 0) + 1)
          if (part.fails) throw new Error(`${key} fails`)
          return { key, seen: results.length }
        }
        results.push(await engine[part.kind](key, work).catch((error: Error) => error.message))
        break
      }
      case 'ask': {
        const question = part.declined ? `${key}-no` : key
        results.push(await engine.elicit(question, { message: `${key}?`, schema: FORM }))
        break
      }
      case 'all':
        results.push(
          await allOf(
            part.branches.map((branch, at) => interpret(branch, engine, done, `${key}:${at}`)),
          ),
        )
        break
      case 'throw':
        throw new Error(`${key} throws after ${JSON.stringify(results)}`)
      default:
        part satisfies never
    }
  }
  return results
}

/** What all branches come to. Which of two fails first is a race that an answer may decide. */
async function allOf(branches: readonly Promise<unknown>[]): Promise<unknown[]> {
  const ended = await Promise.allSettled(branches)
  return ended.map((branch) => {
    if (branch.status === 'rejected') throw branch.reason
    return branch.value
  })
}

/** What a program comes to when nothing ever interrupts it, and what it does on the way. */
export async function uninterrupted(parts: readonly Part[]): Promise<{ end: string; done: Done }> {
  const done: Done = new Map()
  const engine: Engine = {
    step: async (_, work) => work(),
    once: async (_, effect) => effect(),
    elicit: async (key: string) => answerTo(key) as UrlAnswer & Answer<unknown>,
  }
  return { end: await endOf(interpret(parts, engine, done)), done }
}

export const endOf = async (running: Promise<unknown>): Promise<string> =>
  running.then(
    (value) => `returned ${JSON.stringify(value)}`,
    (error: Error) => `threw ${error.message}`,
  )

/** What happens to one run before the call goes on. */
export const MISHAPS = ['none', 'lost', 'twice', 'partial', 'stale', 'reordered'] as const
export type Mishap = (typeof MISHAPS)[number]
export const mishaps = fc.array(fc.constantFrom(...MISHAPS), { maxLength: 12 })

/** The answers to some questions, as a client sends them under a mishap. */
export function answersFor(keys: readonly string[], mishap: Mishap): Record<string, unknown> {
  const answered = mishap === 'partial' ? keys.filter((_, index) => index % 2 === 1) : keys
  const entries = answered.map((key) => [key, answerTo(key)] as const)
  if (mishap !== 'reordered') return Object.fromEntries(entries)
  return Object.fromEntries([['nobody.asked', accept({ value: 'x' })], ...entries.toReversed()])
}
