import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineTool, NotFoundError, ToolError } from '../../src/sdk'
import { testTool } from '../../src/sdk/testing'

const SURE = z.object({ yes: z.boolean() })
const YES = { action: 'accept', content: { yes: true } }

/** Asks until it hears a yes, and notes what it really did. */
const persistent = (done: string[]) =>
  defineTool({
    name: 'persistent',
    description: 'Asks until it hears a yes.',
    input: z.object({ most: z.int().default(3) }),
    async run({ most }, { step, once, elicit, progress, log }) {
      for (let round = 1; round <= most; round++) {
        progress(round)
        log.info(`round ${round}`)
        await step(`look:${round}`, () => done.push(`look ${round}`))
        const answer = await elicit(`sure:${round}`, { message: `${round}?`, schema: SURE })
        if (answer.action === 'accept') return once('act', () => `acted after ${done.push('act')}`)
      }
      throw new ToolError('refused', 'Nobody said yes.')
    },
  })

describe('testTool', () => {
  it('answers what a tool asks, and tells what it asked, said and came to', async () => {
    const done: string[] = []
    const answers = { 'sure:1': { action: 'decline' }, 'sure:2': YES }
    const call = await testTool(persistent(done), {}, { answers })
    expect(call).toMatchObject({
      ok: true,
      result: 'acted after 3',
      runs: 3,
      progress: [1, 2],
      logs: [
        { level: 'info', data: 'round 1' },
        { level: 'info', data: 'round 2' },
      ],
    })
    expect(call.questions.map(({ key }) => key)).toEqual(['sure:1', 'sure:2'])
    expect(done).toEqual(['look 1', 'look 2', 'act'])
  })

  it('makes lost runs again: steps that only they had finished too, effects never', async () => {
    const done: string[] = []
    const options = { answers: { 'sure:1': YES }, lost: (run: number) => run % 2 === 0 }
    const call = await testTool(persistent(done), {}, options)
    expect(call).toMatchObject({ ok: true, result: 'acted after 3', runs: 4 })
    expect(done).toEqual(['look 1', 'look 1', 'act'])
  })

  it('tells what a tool threw', async () => {
    const call = await testTool(persistent([]), { most: 0 })
    expect(call).toMatchObject({ ok: false, error: { code: 'refused' } })
    if (!call.ok) expect(call.error).toBeInstanceOf(ToolError)
  })

  it('keeps the kind of an error that a step threw', async () => {
    const lost = defineTool({
      name: 'lost',
      description: 'Finds nothing.',
      run: (_, { step }) =>
        step('find', (): string => {
          throw new NotFoundError('unknown', 'There is none.')
        }),
    })
    const call = await testTool(lost, {})
    expect(call.ok ? undefined : call.error).toBeInstanceOf(NotFoundError)
  })

  it('says so when a test does not answer, when arguments do not fit, and when there is no end', async () => {
    await expect(testTool(persistent([]), {})).rejects.toThrow('no answer is scripted for "sure:1"')
    await expect(testTool(persistent([]), { most: 'x' })).rejects.toThrow('do not fit')
    const lost = () => true
    await expect(testTool(persistent([]), {}, { lost })).rejects.toThrow('asks on and on')
  })
})
