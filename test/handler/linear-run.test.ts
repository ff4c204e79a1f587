import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { emptyJournal, type LinearRun, MisuseError, memoryClaims } from '../../src/handler'
import { accept, run, suspended } from './run'

const YES = { message: 'Sure?', schema: z.object({ yes: z.boolean() }) }
const NAME = { message: 'Who?', schema: z.object({ name: z.string().min(2) }) }

/** What went wrong in a run. */
const problemOf = async (...args: Parameters<typeof run>): Promise<Error> => {
  const outcome = await run(...args)
  if (outcome.kind !== 'threw' || !(outcome.error instanceof Error)) {
    throw new Error(`the run ended as ${outcome.kind}`)
  }
  return outcome.error
}

describe('a linear handler', () => {
  it('is suspended by a question and goes on with its answer, repeating no finished step', async () => {
    const done: string[] = []
    const handler = async ({ step, elicit, once }: LinearRun) => {
      const draft = await step('draft', () => done.push('draft'))
      const answer = await elicit('sure', YES)
      if (answer.action !== 'accept' || !answer.content.yes) return 'no'
      return once('book', () => {
        done.push('book')
        return { draft }
      })
    }
    const claims = memoryClaims()
    const { keys, questions, journal } = suspended(await run(handler, { claims }))
    expect(keys).toEqual(['sure'])
    expect(questions[0]?.request).toEqual({
      method: 'elicitation/create',
      params: {
        mode: 'form',
        message: 'Sure?',
        requestedSchema: {
          type: 'object',
          properties: { yes: { type: 'boolean' } },
          required: ['yes'],
        },
      },
    })
    const answers = { sure: accept({ yes: true }) }
    const again = await run(handler, { claims, journal, answers })
    expect(again).toEqual({ kind: 'returned', value: { draft: 1 } })
    // The same retry once more, as from a client that lost the answer.
    expect(await run(handler, { claims, journal, answers })).toEqual(again)
    expect(done).toEqual(['draft', 'book'])
  })

  it('runs neither catch nor finally while it waits', async () => {
    const seen: string[] = []
    await run(async ({ elicit }) => {
      try {
        await elicit('sure', YES)
      } catch {
        seen.push('catch')
      } finally {
        seen.push('finally')
      }
    }).then(suspended)
    expect(seen).toEqual([])
  })

  it('asks all its open questions at once, after every started step has settled', async () => {
    const handler = async ({ step, elicit }: LinearRun) =>
      Promise.all([
        elicit('first', YES),
        step('slow', () => new Promise((resolve) => setTimeout(resolve, 20, 'x'))).then(() =>
          elicit('second', NAME),
        ),
      ])
    const { keys, journal } = suspended(await run(handler))
    expect(keys).toEqual(['first', 'second'])
    expect(journal.settled).toEqual({ slow: { value: 'x' } })
    // One of them answered: only the other is asked again.
    const partly = suspended(
      await run(handler, { journal, answers: { second: accept({ name: 'Ada' }) } }),
    )
    expect(partly.keys).toEqual(['first'])
    const outcome = await run(handler, {
      journal: partly.journal,
      answers: { first: { action: 'decline' } },
    })
    expect(outcome).toEqual({
      kind: 'returned',
      value: [{ action: 'decline' }, accept({ name: 'Ada' })],
    })
  })

  it('starts nothing more once it is suspended', async () => {
    const done: string[] = []
    const outcome = await run(({ step, elicit }) =>
      Promise.all([
        elicit('sure', YES),
        new Promise((resolve) => setTimeout(resolve, 30)).then(() =>
          step('late', () => done.push('late')),
        ),
      ]),
    )
    expect(suspended(outcome).keys).toEqual(['sure'])
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(done).toEqual([])
  })

  it.each([
    ['nothing', undefined],
    ['a number', 12],
    ['no action', { content: { name: 'Ada' } }],
    ['an unknown action', { action: 'perhaps' }],
    ['no content', { action: 'accept' }],
    ['content of the wrong type', accept({ name: 12 })],
    ['content the schema refuses', accept({ name: 'A' })],
    ['a list', { action: 'accept', content: ['Ada'] }],
    ['too much', accept({ name: 'A'.repeat(100_000) })],
  ])('M-73 asks again, and says why, when the answer is %s', async (_, sent) => {
    const handler = ({ elicit }: LinearRun) => elicit('name', NAME)
    const { journal } = suspended(await run(handler))
    const answers = sent === undefined ? {} : { name: sent }
    const again = suspended(await run(handler, { journal, answers }))
    expect(again.keys).toEqual(['name'])
    const message = sent === undefined ? 'Who?' : /^Who\?\n\nThe last answer was not valid: /
    expect(again.questions[0]?.request.params).toMatchObject({
      message: expect.stringMatching(message),
    })
    const outcome = await run(handler, {
      journal: again.journal,
      answers: { name: accept({ name: 'Ada' }) },
    })
    expect(outcome).toMatchObject({ kind: 'returned', value: accept({ name: 'Ada' }) })
  })

  it('M-73 drops what was not asked for', async () => {
    const handler = ({ elicit }: LinearRun) => elicit('name', NAME)
    const { journal } = suspended(await run(handler))
    const answers = { name: accept({ name: 'Ada', admin: true }), other: accept({ x: 1 }) }
    const outcome = await run(handler, { journal, answers })
    expect(outcome).toEqual({ kind: 'returned', value: accept({ name: 'Ada' }) })
  })

  it('does not ask for ever', async () => {
    const handler = ({ elicit }: LinearRun) => elicit('name', NAME)
    let journal = emptyJournal(0)
    for (let times = 0; times < 10; times++) {
      ;({ journal } = suspended(await run(handler, { journal, answers: { name: 0 } })))
    }
    const error = await problemOf(handler, { journal, answers: { name: 0 } })
    expect(error).toMatchObject({ code: 'no_valid_answer' })
  })

  it('takes an answer for the question that was asked and for no other', async () => {
    const ask =
      (message: string) =>
      ({ elicit }: LinearRun) =>
        elicit('sure', { ...YES, message })
    const { journal } = suspended(await run(ask('Pay 1 €?')))
    const answers = { sure: accept({ yes: true }) }
    const changed = { journal, answers, development: false }
    const again = suspended(await run(ask('Pay 1000 €?'), changed))
    expect(again.questions[0]?.request.params).toMatchObject({ message: 'Pay 1000 €?' })
    const error = await problemOf(ask('Pay 1000 €?'), { journal, answers })
    expect(error).toBeInstanceOf(MisuseError)
    expect(error.message).toContain('"sure" is another one')
  })

  it('gives a step that failed the same failure in every run', async () => {
    let tries = 0
    const handler = async ({ step, elicit }: LinearRun) => {
      const failed = await step('fails', () => {
        tries += 1
        throw Object.assign(new Error('no luck'), { name: 'ToolError', code: 'unlucky' })
      }).catch((error: unknown) => error)
      await elicit('sure', YES)
      throw failed
    }
    const { journal } = suspended(await run(handler))
    const error = await problemOf(handler, { journal, answers: { sure: { action: 'cancel' } } })
    expect(error).toMatchObject({ name: 'ToolError', message: 'no luck', code: 'unlucky' })
    expect(tries).toBe(1)
  })

  it('hands out copies, so that what is recorded stays what it was', async () => {
    const handler = async ({ step, elicit }: LinearRun) => {
      const list = await step('list', () => [1])
      list.push(2)
      await elicit('sure', YES)
      return list
    }
    const { journal } = suspended(await run(handler))
    expect(journal.settled).toEqual({ list: { value: [1] } })
    const outcome = await run(handler, { journal, answers: { sure: { action: 'cancel' } } })
    expect(outcome).toEqual({ kind: 'returned', value: [1, 2] })
  })

  it('has a page opened where a secret is needed', async () => {
    const handler = ({ elicit }: LinearRun) =>
      elicit('key', { message: 'Enter your key', url: 'https://example.com/keys' })
    const { questions, journal } = suspended(await run(handler))
    expect(questions[0]?.request.params).toEqual({
      mode: 'url',
      message: 'Enter your key',
      url: 'https://example.com/keys',
    })
    const outcome = await run(handler, { journal, answers: { key: accept({ stray: 1 }) } })
    expect(outcome).toEqual({ kind: 'returned', value: { action: 'accept' } })
  })
})

describe('ctx.once', () => {
  it('M-76 has one of many runs at once do it, and gives all of them what it came to', async () => {
    let effects = 0
    const claims = memoryClaims()
    const handler = ({ once }: LinearRun) =>
      once('pay', async () => {
        await new Promise((resolve) => setTimeout(resolve, 30))
        effects += 1
        return { paid: effects }
      })
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => run(handler, { claims })))
    expect(effects).toBe(1)
    expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'returned', value: { paid: 1 } })))
  })

  it('M-76 does not try again what nobody knows the outcome of', async () => {
    const claims = memoryClaims()
    await claims.claim('pay')
    claims.forsake()
    let effects = 0
    const error = await problemOf(({ once }) => once('pay', () => (effects += 1)), { claims })
    expect(error).toMatchObject({ name: 'ToolError', code: 'outcome_unknown' })
    expect(effects).toBe(0)
  })

  it('repeats a failure and not the effect', async () => {
    const claims = memoryClaims()
    let effects = 0
    const handler = ({ once }: LinearRun) =>
      once('pay', () => {
        effects += 1
        throw new Error('declined')
      })
    expect((await problemOf(handler, { claims })).message).toBe('declined')
    expect((await problemOf(handler, { claims })).message).toBe('declined')
    expect(effects).toBe(1)
  })

  it('does nothing where it cannot be recorded', async () => {
    let effects = 0
    const claims = {
      claim: async () => Promise.reject(new Error('the object is gone')),
      settle: async () => {},
    }
    const error = await problemOf(({ once }) => once('pay', () => (effects += 1)), { claims })
    expect(error).toMatchObject({ code: 'unavailable' })
    expect(effects).toBe(0)
  })

  it('keeps its result when that can be recorded only at the second try', async () => {
    const claims = memoryClaims()
    let tries = 0
    const flaky = {
      claim: claims.claim,
      settle: async (...args: Parameters<typeof claims.settle>) => {
        tries += 1
        if (tries === 1) throw new Error('the object was restarted')
        await claims.settle(...args)
      },
    }
    const handler = ({ once }: LinearRun) => once('pay', () => 'paid')
    expect(await run(handler, { claims: flaky })).toMatchObject({ value: 'paid' })
    expect(await run(handler, { claims })).toMatchObject({ value: 'paid' })
  })
})

describe('misuse is found and named:', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic

  it.each<[string, (run: LinearRun) => unknown, string]>([
    [
      'a key used twice',
      async ({ step }) => [await step('a', () => 1), await step('a', () => 2)],
      '"a" is used twice',
    ],
    [
      'a key of a step used for a question',
      async ({ step, elicit }) => [await step('a', () => 1), await elicit('a', YES)],
      '"a" is used twice',
    ],
    ['a key that is none', ({ step }) => step('', () => 1), '1 to 64 characters'],
    [
      'a date',
      ({ step }) => step('a', () => ({ at: new Date(0) })),
      '("a") returned what is no JSON: it.at is a Date',
    ],
    ['a function', ({ step }) => step('a', () => [() => 1]), 'it[0] is of type function'],
    ['a big integer', ({ step }) => step('a', () => 1n), 'it is of type bigint'],
    ['not a number', ({ step }) => step('a', () => Number.NaN), 'it is NaN'],
    ['a map', ({ once }) => once('a', () => new Map()), 'it is a Map'],
    ['a circle', ({ once }) => once('a', () => cyclic), 'it.self contains itself'],
    [
      'a question inside a step',
      ({ step, elicit }) => step('a', () => elicit('b', YES)),
      '"b" is asked inside "a"',
    ],
    [
      'a form that is not flat',
      ({ elicit }) => elicit('a', { message: '?', schema: z.object({ b: z.object({}) }) }),
      'field "b" is an object; forms are flat',
    ],
    [
      'H-85 a form that asks for a secret',
      ({ elicit }) => elicit('a', { message: '?', schema: z.object({ apiKey: z.string() }) }),
      'field "apiKey" asks for a secret',
    ],
    [
      'a page without https',
      ({ elicit }) => elicit('a', { message: '?', url: 'ftp://example.com/' }),
      'https address',
    ],
  ])('%s', async (_, handler, words) => {
    const error = await problemOf(handler)
    expect(error).toBeInstanceOf(MisuseError)
    expect(error.message).toContain(words)
  })

  it('an effect between questions, in development', async () => {
    const handler = ({ elicit }: LinearRun) => elicit('sure', YES)
    const effects = () => ['ctx.fetch with POST']
    const error = await problemOf(handler, { effects })
    expect(error.message).toContain('ctx.fetch with POST was used outside of ctx.step')
    suspended(await run(handler, { effects, development: false }))
  })
})

describe('what is too much to be kept', () => {
  const MUCH = 'x'.repeat(600_000)

  it('M-76 of a once has happened, in every run, and says so', async () => {
    const claims = memoryClaims()
    let effects = 0
    const handler = ({ once }: LinearRun) =>
      once('pay', () => {
        effects += 1
        return MUCH
      })
    for (let runs = 0; runs < 3; runs++) {
      const error = await problemOf(handler, { claims, development: false })
      expect(error).toMatchObject({ name: 'ToolError', code: 'result_too_large' })
      expect(error.message).toMatch(/^"pay" has happened.*600002 characters.*at most 524288/)
    }
    expect(effects).toBe(1)
  })

  it('of a once can be caught, and the call goes on', async () => {
    const handler = async ({ once, elicit }: LinearRun) => {
      const paid = await once('pay', () => MUCH).catch(({ code }) => code)
      return [paid, (await elicit('sure', YES)).action]
    }
    const claims = memoryClaims()
    const { journal } = suspended(await run(handler, { claims }))
    const answers = { sure: { action: 'decline' } }
    const outcome = await run(handler, { claims, journal, answers })
    expect(outcome).toEqual({ kind: 'returned', value: ['result_too_large', 'decline'] })
  })

  it('of a step is nothing that has to be kept where nothing is asked', async () => {
    const outcome = await run(async ({ step }) => (await step('much', () => MUCH)).length)
    expect(outcome).toEqual({ kind: 'returned', value: MUCH.length })
  })

  it.each([true, false])(
    'ends a call that has to ask, and names what weighs most (development: %s)',
    async (development) => {
      const handler = async ({ step, once, elicit }: LinearRun) => {
        await step('little', () => 1)
        await once('much', () => 'x'.repeat(400_000))
        await step('more', () => 'x'.repeat(300_000))
        await elicit('sure', YES)
      }
      const error = await problemOf(handler, { development })
      expect(error).toMatchObject({ name: 'ToolError', code: 'journal_too_large' })
      expect(error.message).toMatch(/at most 524288 are kept; "much" alone has 4000\d\d\b/)
    },
  )

  it('of an error is left out', async () => {
    const claims = memoryClaims()
    const handler = ({ once }: LinearRun) =>
      once('pay', () => {
        throw Object.assign(new Error(MUCH), { name: 'ToolError', code: MUCH })
      })
    const errors = [await problemOf(handler, { claims }), await problemOf(handler, { claims })]
    for (const error of errors) expect(JSON.stringify(error).length).toBeLessThan(20_000)
    expect(errors[1]).toEqual(errors[0])
  })

  it('M-76 of earlier calls keeps an effect from beginning', async () => {
    let effects = 0
    const claims = { claim: async () => ({ kind: 'full' as const }), settle: async () => {} }
    const error = await problemOf(({ once }) => once('pay', () => (effects += 1)), { claims })
    expect(error).toMatchObject({ name: 'ToolError', code: 'unavailable' })
    expect(error.message).toContain('"pay" was not begun')
    expect(effects).toBe(0)
  })
})
