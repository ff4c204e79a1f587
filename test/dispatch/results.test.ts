import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineTool, ToolError, toolResult } from '../../src/sdk'
import { callTool } from './harness'

const CANARY = 'canary-51c9'
const MEGABYTE = 1024 * 1024

const returning = (value: unknown, output: z.ZodType = z.object({ n: z.number() })) =>
  defineTool({
    name: 'probe',
    description: 'Returns what it is told to.',
    output,
    run: () => value,
  })

const saying = (text: string) =>
  defineTool({ name: 'probe', description: 'Says something.', run: () => text })

const throwing = (error: unknown) =>
  defineTool({
    name: 'probe',
    description: 'Throws.',
    run(): string {
      throw error
    },
  })

describe('a result', () => {
  it('is text alone when the tool has no output schema', async () => {
    const { completed } = await callTool(saying('hello'))
    expect(completed()).toEqual({ outcome: 'ok', content: [{ type: 'text', text: 'hello' }] })
  })

  it('is structured content with its JSON beside it when it has one', async () => {
    const { completed } = await callTool(returning({ n: 1 }))
    expect(completed()).toEqual({
      outcome: 'ok',
      content: [{ type: 'text', text: '{"n":1}' }],
      structuredContent: { n: 1 },
    })
  })

  it('carries defaults of the output schema', async () => {
    const { completed } = await callTool(returning({}, z.object({ n: z.number().default(7) })))
    expect(completed().structuredContent).toEqual({ n: 7 })
  })

  it.each([
    ['of another type', { n: 'one' }],
    ['without a required field', {}],
    ['with a field the schema does not know', { n: 1, secret: CANARY }],
    ['that is nothing', undefined],
  ])('%s is the fault of the tool and stays inside', async (_, value) => {
    const { completed, text, records } = await callTool(returning(value))
    expect(completed()).toMatchObject({ outcome: 'invalid_output', isError: true })
    expect(completed()).not.toHaveProperty('structuredContent')
    expect(text()).not.toContain(CANARY)
    expect(JSON.stringify(records)).not.toContain(CANARY)
    expect(records).toMatchObject([{ outcome: 'invalid_output', detail: expect.any(String) }])
  })

  it('keeps content blocks of its own beside the structured value', async () => {
    const content = [{ type: 'text' as const, text: 'one' }]
    const value = toolResult({ content, structured: { n: 1 }, _meta: { 'x/y': 1 } })
    const { completed } = await callTool(returning(value))
    expect(completed()).toEqual({
      outcome: 'ok',
      content,
      structuredContent: { n: 1 },
      _meta: { 'x/y': 1 },
    })
  })

  it('owes no structured content when it is an error the tool spells out', async () => {
    const content = [{ type: 'text' as const, text: 'no luck' }]
    const { completed } = await callTool(returning(toolResult({ content, isError: true })))
    expect(completed()).toEqual({ outcome: 'tool_error', content, isError: true })
  })

  it('shows none of the marks toolResult() puts on it', async () => {
    const tool = defineTool({
      name: 'probe',
      description: 'A block.',
      run: () => toolResult({ content: [{ type: 'text', text: 'x' }] }),
    })
    const { result } = await callTool(tool)
    const made = result.kind === 'complete' ? result.result : {}
    expect(Reflect.ownKeys(made)).toEqual(['content'])
  })

  it('ends as failed when it cannot be written as JSON', async () => {
    const cyclic: Record<string, unknown> = {}
    cyclic.self = cyclic
    const { completed, records } = await callTool(returning(cyclic, z.looseObject({})))
    expect(completed()).toMatchObject({ outcome: 'failed', isError: true })
    expect(records).toHaveLength(1)
  })
})

describe('the size of a result', () => {
  it('may be a megabyte', async () => {
    expect((await callTool(saying('x'.repeat(MEGABYTE)))).completed().outcome).toBe('ok')
  })

  it.each([
    ['text', saying('x'.repeat(MEGABYTE + 1))],
    ['structured content', returning({ s: 'x'.repeat(MEGABYTE) }, z.object({ s: z.string() }))],
    [
      'structured content behind short text',
      returning(
        toolResult({
          content: [{ type: 'image', data: '', mimeType: 'image/png' }],
          structured: { s: 'x'.repeat(MEGABYTE) },
        }),
        z.object({ s: z.string() }),
      ),
    ],
    [
      'structured content behind a text of its own',
      returning(
        toolResult({
          content: [{ type: 'text', text: 'short' }],
          structured: { s: 'x'.repeat(MEGABYTE) },
        }),
        z.object({ s: z.string() }),
      ),
    ],
    [
      'images',
      defineTool({
        name: 'probe',
        description: 'A large image.',
        run: () =>
          toolResult({
            content: [{ type: 'image', data: 'x'.repeat(MEGABYTE + 1), mimeType: 'image/png' }],
          }),
      }),
    ],
  ])('is refused past that, with a way out, for %s', async (_, tool) => {
    const { completed, text } = await callTool(tool)
    expect(completed()).toMatchObject({ outcome: 'too_large', isError: true })
    expect(text()).toContain('Ask for less')
    expect(text().length).toBeLessThan(300)
  })
})

describe('a failure', () => {
  it('in words of the tool reaches the model', async () => {
    const error = new ToolError('no_such_city', 'There is no such city.', { cause: CANARY })
    const { completed, records } = await callTool(throwing(error))
    expect(completed()).toEqual({
      outcome: 'tool_error',
      content: [{ type: 'text', text: 'There is no such city.' }],
      isError: true,
    })
    expect(records).toMatchObject([{ outcome: 'tool_error', detail: 'no_such_city' }])
    expect(JSON.stringify(records)).not.toContain(CANARY)
  })

  it.each([
    ['an Error', new TypeError(CANARY)],
    ['an Error with a cause', new Error('outer', { cause: new Error(CANARY) })],
    ['a string', CANARY],
    ['nothing', undefined],
    ['an object', { secret: CANARY }],
  ])('of any other kind shows nothing of what was thrown: %s', async (_, error) => {
    const { completed } = await callTool(throwing(error))
    expect(completed()).toMatchObject({ outcome: 'failed', isError: true })
    expect(JSON.stringify(completed())).not.toContain(CANARY)
  })

  it('is the same whether it is thrown or rejected', async () => {
    const rejecting = defineTool({
      name: 'probe',
      description: 'Rejects.',
      run: async (): Promise<string> => Promise.reject(new ToolError('later', 'Not now.')),
    })
    const { completed, text } = await callTool(rejecting)
    expect(completed().outcome).toBe('tool_error')
    expect(text()).toBe('Not now.')
  })

  it('keeps stacks out of its record', async () => {
    const { records } = await callTool(throwing(new Error('short')))
    expect(records).toMatchObject([{ outcome: 'failed', detail: 'Error: short' }])
  })
})
