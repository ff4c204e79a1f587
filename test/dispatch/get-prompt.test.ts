import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { definePrompt, NotFoundError, ToolError } from '../../src/sdk'
import { ask, host, resultOf } from './harness'

const plain = (name: string, run: () => never | string) =>
  definePrompt({ name, description: 'For tests.', run })

const server = host({
  scopes: { 'lab:read': 'Read' },
  prompts: [
    definePrompt({
      name: 'greet',
      description: 'Greets.',
      input: z.object({
        who: z.string().min(1),
        times: z.string().regex(/^\d+$/).default('1').transform(Number),
      }),
      run: ({ who, times }) => `${'Hello '.repeat(times)}${who}`,
    }),
    definePrompt({
      name: 'talk',
      description: 'A dialogue.',
      run: () => [
        { role: 'user', content: 'Look.' },
        { role: 'assistant', content: { type: 'image', data: 'aGk=', mimeType: 'image/png' } },
      ],
    }),
    definePrompt({
      name: 'described',
      description: 'Usual.',
      run: () => ({
        description: 'Special.',
        messages: [{ role: 'user', content: 'Hi' }],
        _meta: { own: 1 },
      }),
    }),
    definePrompt({
      name: 'finds',
      description: 'For tests.',
      input: z.object({ id: z.string() }),
      run: ({ id }) => {
        throw new NotFoundError('unknown', `There is no ${id}.`)
      },
    }),
    definePrompt({
      name: 'refines',
      description: 'For tests.',
      input: z.object({
        id: z.string().refine(() => {
          throw new Error('password=hunter2')
        }),
      }),
      run: () => '',
    }),
    plain('throws', () => {
      throw new Error('password=hunter2')
    }),
    plain('explains', () => {
      throw new ToolError('down', 'The archive is down.')
    }),
    plain('huge', () => 'x'.repeat(2 * 1024 * 1024)),
    { ...plain('hidden', () => 'x'), roles: ['operator'] },
    { ...plain('scoped', () => 'x'), scopes: ['lab:read'] },
  ],
})

const get = (prompt: string, args?: unknown, caller = {}) =>
  ask(server, { method: 'prompts/get', prompt, args }, caller)
const errorOf = async (prompt: string, args?: unknown) => {
  const { result, records } = await get(prompt, args)
  if (result.kind !== 'error') throw new Error(`it ended as ${result.kind}`)
  const { kind, message } = result.error
  return { kind, message, outcome: records[0]?.outcome }
}

describe('a prompt', () => {
  it('that is a text is one message of the user', async () => {
    expect(resultOf((await get('greet', { who: 'Nora', times: '2' })).result)).toEqual({
      description: 'Greets.',
      messages: [{ role: 'user', content: { type: 'text', text: 'Hello Hello Nora' } }],
    })
  })

  it('may be messages of both sides, of any content', async () => {
    expect(resultOf((await get('talk')).result).messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'Look.' } },
      { role: 'assistant', content: { type: 'image', data: 'aGk=', mimeType: 'image/png' } },
    ])
  })

  it('may describe itself anew', async () => {
    expect(resultOf((await get('described')).result)).toMatchObject({
      description: 'Special.',
      _meta: { own: 1 },
    })
  })

  it.each([
    [undefined, 'who: Invalid input: expected string, received undefined'],
    [{}, 'who: Invalid input: expected string, received undefined'],
    [{ who: 'Nora', times: 'two' }, 'times: Invalid string: must match pattern /^\\d+$/'],
    [{ who: 'Nora', wo: 'x' }, 'wo: unknown field'],
  ])('with the arguments %j is refused, with what is wrong', async (args, problem) => {
    expect(await errorOf('greet', args)).toEqual({
      kind: 'invalid_params',
      message: `Prompt "greet" cannot be filled in with this:\n- ${problem}`,
      outcome: 'invalid_input',
    })
  })

  it.each([
    ['nonesuch', 'unknown_prompt'],
    ['hidden', 'hidden_prompt'],
  ])('cannot be told from one that does not exist: %s', async (name, outcome) => {
    expect(await errorOf(name)).toEqual({
      kind: 'invalid_params',
      message: `Module "lab" has no prompt "${name}". Ask prompts/list for those it has.`,
      outcome,
    })
  })

  it('asks for the scopes it needs', async () => {
    expect(await errorOf('scoped')).toMatchObject({ kind: 'insufficient_scope' })
    const { result } = await get('scoped', {}, { scopes: new Set(['lab:read']) })
    expect(resultOf(result).messages).toHaveLength(1)
  })

  it('that does not find what its arguments name says so as of an argument', async () => {
    expect(await errorOf('finds', { id: 'ticket 7' })).toEqual({
      kind: 'invalid_params',
      message: 'There is no ticket 7.',
      outcome: 'tool_error',
    })
  })

  it.each([
    ['throws', undefined, 'Prompt "throws" failed unexpectedly. Trying again may help.', 'failed'],
    [
      'refines',
      { id: 'x' },
      'Prompt "refines" failed unexpectedly. Trying again may help.',
      'failed',
    ],
    ['explains', undefined, 'The archive is down.', 'tool_error'],
  ])('ends in an error where it fails: %s', async (name, args, message, outcome) => {
    expect(await errorOf(name, args)).toEqual({ kind: 'item_failed', message, outcome })
  })

  it('sends no more than a megabyte', async () => {
    expect(await errorOf('huge')).toMatchObject({ outcome: 'too_large' })
  })

  it('is recorded by its name and how it went', async () => {
    const { records } = await get('greet', { who: 'Nora' })
    expect(records).toMatchObject([
      {
        method: 'prompts/get',
        prompt: 'greet',
        outcome: 'ok',
        readOnly: true,
        argumentChars: '{"who":"Nora"}'.length,
      },
    ])
    expect(JSON.stringify(records)).not.toContain('Nora')
    expect((await get('x y')).records[0]?.prompt).toBe('(not a name)')
  })
})
