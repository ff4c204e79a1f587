import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import {
  type Complete,
  type Completions,
  definePrompt,
  defineResourceTemplate,
} from '../../src/sdk'
import { ask, host, resultOf } from './harness'

const prompt = (complete: Complete, over = {}) => ({
  ...definePrompt({
    name: 'fill',
    description: 'For tests.',
    input: z.object({
      name: z.string(),
      tone: z.enum(['warm', 'plain', 'Polite']).optional(),
      free: z.string().optional(),
    }),
    complete: { name: complete },
    run: () => '',
  }),
  ...over,
})

const server = (complete: Complete, over = {}) =>
  host({
    scopes: { 'lab:read': 'Read' },
    prompts: [prompt(complete, over)],
    resourceTemplates: [
      defineResourceTemplate({
        name: 'item',
        description: 'For tests.',
        uriTemplate: 'lab://{kind}/{id}',
        complete: { id: (value, _, { kind = 'none' }) => [`${kind}-${value}`] },
        read: () => '',
      }),
    ],
  })

interface Typed {
  of?: { prompt: string } | { template: string }
  argument?: string
  value?: string
  chosen?: Record<string, string>
}

async function run(complete: Complete, typed: Typed = {}, over = {}, caller = {}) {
  const { of = { prompt: 'fill' }, argument = 'name', value = '', chosen = {} } = typed
  const asked = { method: 'completion/complete', of, argument, value, chosen } as const
  return await ask(server(complete, over), asked, caller)
}
const completionOf = async (complete: Complete, typed?: Typed) =>
  resultOf((await run(complete, typed)).result).completion
const errorOf = async (complete: Complete, typed?: Typed, over = {}) => {
  const { result, records } = await run(complete, typed, over)
  if (result.kind !== 'error') throw new Error(`it ended as ${result.kind}`)
  return { kind: result.error.kind, message: result.error.message, outcome: records[0]?.outcome }
}

const none: Complete = () => []
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)

describe('completing an argument', () => {
  it.each<[Completions | Promise<Completions>, object]>([
    [[], { values: [], total: 0, hasMore: false }],
    [['a', 'b', 'a'], { values: ['a', 'b'], total: 2, hasMore: false }],
    [Promise.resolve(['a']), { values: ['a'], total: 1, hasMore: false }],
    [numbers(150), { values: numbers(100), total: 150, hasMore: true }],
    [
      { values: numbers(150), total: 1000 },
      { values: numbers(100), total: 1000, hasMore: true },
    ],
    [
      { values: ['a'], hasMore: true },
      { values: ['a'], hasMore: true },
    ],
    [
      { values: ['a'], total: 1 },
      { values: ['a'], total: 1, hasMore: false },
    ],
    [{ values: ['x'.repeat(2000), 'a'] }, { values: ['a'], total: 1, hasMore: false }],
  ])(
    'H-73, M-40 sends at most a hundred values and says whether there are more',
    async (given, sent) => {
      expect(await completionOf(() => given)).toEqual(sent)
    },
  )

  it('H-73 hands over what was typed and what the other arguments are', async () => {
    const of = { template: 'lab://{kind}/{id}' }
    const typed = { of, argument: 'id', value: '12', chosen: { kind: 'ticket' } }
    expect((await completionOf(none, typed)).values).toEqual(['ticket-12'])
    expect((await completionOf(none, { ...typed, chosen: {} })).values).toEqual(['none-12'])
  })

  it('completes a fixed choice of values by itself', async () => {
    const typed = { argument: 'tone', value: 'p' }
    expect((await completionOf(none, typed)).values).toEqual(['plain', 'Polite'])
  })

  it('has no values for an argument that nobody completes', async () => {
    expect((await completionOf(none, { argument: 'free', value: 'x' })).values).toEqual([])
    const variable = { of: { template: 'lab://{kind}/{id}' }, argument: 'kind' }
    expect((await completionOf(none, variable)).values).toEqual([])
  })

  it.each([
    [{ argument: 'nonesuch' }, '"fill" has no argument "nonesuch"; it has name, tone, free.'],
    [{ argument: 'constructor' }, '"fill" has no argument "constructor"; it has name, tone, free.'],
    [
      { of: { prompt: 'nonesuch' } },
      'Module "lab" has no prompt "nonesuch". Ask prompts/list for those it has.',
    ],
    [
      { of: { template: 'lab://items/{id}' } },
      'Module "lab" has no such resource template. Ask resources/templates/list for those it has.',
    ],
  ])('H-73 refuses %j', async (typed, message) => {
    expect(await errorOf(none, typed)).toMatchObject({ kind: 'invalid_params', message })
  })

  it('tells nothing of a prompt that the caller must not know of, and needs its scopes', async () => {
    expect(await errorOf(none, {}, { roles: ['operator'] })).toEqual({
      kind: 'invalid_params',
      message: 'Module "lab" has no prompt "fill". Ask prompts/list for those it has.',
      outcome: 'hidden_prompt',
    })
    expect(await errorOf(none, {}, { scopes: ['lab:read'] })).toMatchObject({
      kind: 'insufficient_scope',
    })
  })

  it('gives up on what takes too long', async () => {
    expect(await errorOf(() => new Promise(() => {}), {}, { timeoutMs: 20 })).toMatchObject({
      kind: 'item_failed',
      outcome: 'timeout',
    })
  })

  it('keeps what its code throws to itself', async () => {
    const complete = () => {
      throw new Error('password=hunter2')
    }
    expect(await errorOf(complete)).toEqual({
      kind: 'item_failed',
      message: 'Completing "name" of "fill" failed unexpectedly. Trying again may help.',
      outcome: 'failed',
    })
  })

  it('does not pass on what are no texts', async () => {
    const complete = () => [1, 2] as unknown as string[]
    expect(await errorOf(complete)).toMatchObject({ outcome: 'invalid_output' })
  })

  it('is recorded without what was typed', async () => {
    const { records } = await run(none, { value: 'nora', chosen: { tone: 'warm' } })
    expect(records).toMatchObject([
      { method: 'completion/complete', prompt: 'fill', outcome: 'ok', readOnly: true },
    ])
    expect(JSON.stringify(records)).not.toContain('nora')
  })
})
