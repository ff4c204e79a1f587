import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import {
  defineServer,
  defineTool,
  isToolResult,
  jsonSchema,
  type ToolContext,
  ToolError,
  toolResult,
} from '../../src/sdk'

const base = { name: 'probe', description: 'For tests.' }
const context = {} as ToolContext // none of these tools looks at it

describe('the types of a tool', () => {
  it('give run() what the input schema makes of the arguments', () => {
    defineTool({
      ...base,
      input: z.object({
        limit: z.int().default(10),
        at: z.coerce.number(),
        tag: z.string().optional(),
      }),
      run(args, { signal }) {
        expectTypeOf(args).toEqualTypeOf<{ limit: number; at: number; tag?: string | undefined }>()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
        return ''
      },
    })
  })

  it('take the author’s word for a raw schema', () => {
    defineTool({
      ...base,
      input: jsonSchema<{ city: string }>({ type: 'object' }),
      run: ({ city }) => city,
    })
    defineTool({
      ...base,
      input: jsonSchema({ type: 'object' }),
      run(args) {
        expectTypeOf(args).toEqualTypeOf<Record<string, unknown>>()
        return ''
      },
    })
  })

  it('know no argument when there is no input schema', () => {
    defineTool({
      ...base,
      run(args) {
        expectTypeOf(args).toEqualTypeOf<Record<string, never>>()
        return ''
      },
    })
  })

  it('want text, or content, without an output schema', () => {
    defineTool({ ...base, run: () => toolResult({ content: [] }) })
    defineTool({ ...base, run: async () => 'text' })
    // @ts-expect-error a value needs an output schema
    defineTool({ ...base, run: () => ({ n: 1 }) })
  })

  it('want what the output schema takes, with defaults still to be filled in', () => {
    const output = z.object({ n: z.number(), unit: z.string().default('m') })
    defineTool({ ...base, output, run: () => ({ n: 1 }) })
    defineTool({ ...base, output, run: () => toolResult({ content: [], structured: { n: 1 } }) })
    // @ts-expect-error the field has another type
    defineTool({ ...base, output, run: () => ({ n: 'one' }) })
    // @ts-expect-error text is not what the output schema says
    defineTool({ ...base, output, run: () => 'one' })
  })

  it('refuse a schema that cannot be written as JSON Schema, where the library knows it', () => {
    const checkOnly = { '~standard': { version: 1, vendor: 'x', validate: () => ({ value: 1 }) } }
    // @ts-expect-error there is no jsonSchema in it
    defineTool({ ...base, input: checkOnly, run: () => '' })
  })
})

describe('defineTool()', () => {
  it('promises nothing that the author does not', () => {
    expect(defineTool({ ...base, run: () => '' }).annotations).toEqual({
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: false,
      openWorldHint: true,
    })
  })

  it('takes from reading only that nothing is destroyed or repeated, and no more', () => {
    const { annotations } = defineTool({
      ...base,
      annotations: { readOnlyHint: true },
      run: () => '',
    })
    expect(annotations).toEqual({
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: true,
    })
  })

  it.each([
    { readOnlyHint: true, destructiveHint: true },
    { idempotentHint: true },
    { openWorldHint: false, destructiveHint: false },
  ])('keeps what the author says: %j', (annotations) => {
    expect(defineTool({ ...base, annotations, run: () => '' }).annotations).toMatchObject(
      annotations,
    )
  })

  it('gives half a minute and no scopes unless told otherwise', () => {
    expect(defineTool({ ...base, run: () => '' })).toMatchObject({ timeoutMs: 30_000, scopes: [] })
    const own = { timeoutMs: 5, scopes: ['a:b'] }
    expect(defineTool({ ...base, ...own, run: () => '' })).toMatchObject(own)
  })

  it('takes no arguments unless told otherwise', async () => {
    const { input } = defineTool({ ...base, run: () => '' })
    const { validate, jsonSchema: write } = input['~standard']
    expect(await validate({})).toEqual({ value: {} })
    expect(await validate({ a: 1 })).toHaveProperty('issues')
    expect(write.input({ target: 'draft-2020-12' })).toEqual({
      type: 'object',
      additionalProperties: false,
    })
  })

  it('makes a tool that can be called without a server around it', async () => {
    const greet = defineTool({
      ...base,
      input: z.object({ name: z.string() }),
      run: ({ name }) => `Hello, ${name}!`,
    })
    expect(await greet.run({ name: 'you' }, context)).toBe('Hello, you!')
  })
})

describe('defineServer()', () => {
  it('asks for a sign-in unless it says otherwise', () => {
    const server = { name: 'a', version: '1', tools: [] }
    expect(defineServer(server)).toMatchObject({ access: 'authenticated', scopes: {} })
    expect(defineServer({ ...server, access: 'public' }).access).toBe('public')
  })
})

describe('toolResult()', () => {
  it('is told apart from plain values, also from those that look like one', () => {
    const options = { content: [{ type: 'text' as const, text: 'x' }], isError: true }
    expect(isToolResult(toolResult(options))).toBe(true)
    expect(toolResult(options)).toMatchObject(options)
    for (const value of [options, JSON.parse(JSON.stringify(toolResult(options))), null, 'x', 1]) {
      expect(isToolResult(value)).toBe(false)
    }
  })
})

describe('ToolError', () => {
  it('is an Error with a word for logs, a sentence for the model and a cause', () => {
    const cause = new Error('inside')
    const error = new ToolError('upstream_failed', 'It is down.', { cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'ToolError',
      code: 'upstream_failed',
      message: 'It is down.',
      cause,
    })
  })
})
