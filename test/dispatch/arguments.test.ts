import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineTool, jsonSchema, type Schema } from '../../src/sdk'
import { callTool } from './harness'

const toolWith = (input: Schema) =>
  defineTool({
    name: 'probe',
    description: 'Returns what it was given.',
    input,
    run: (args) => JSON.stringify(args),
  })

const point = z.object({ x: z.number() })
const shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('circle'), radius: z.number() }),
  z.object({ kind: z.literal('square'), side: z.number() }),
])
const node: z.ZodType = z.object({
  value: z.number(),
  get next() {
    return node.optional()
  },
})

describe('fields the input schema does not know', () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ['at the top', point, { x: 1, y: 2 }, 'y'],
    ['in a nested object', z.object({ at: point }), { at: { x: 1, y: 2 } }, 'at.y'],
    ['in an optional object', z.object({ at: point.optional() }), { at: { x: 1, y: 2 } }, 'at.y'],
    ['in a nullable object', z.object({ at: point.nullable() }), { at: { x: 1, y: 2 } }, 'at.y'],
    [
      'in an array',
      z.object({ all: z.array(point) }),
      { all: [{ x: 1 }, { x: 1, y: 2 }] },
      'all[1].y',
    ],
    [
      'in a nullable array',
      z.object({ all: z.array(point).nullable() }),
      { all: [{ x: 1, y: 2 }] },
      'all[0].y',
    ],
    [
      'in a tuple',
      z.object({ pair: z.tuple([z.string(), point]) }),
      { pair: ['a', { x: 1, y: 2 }] },
      'pair[1].y',
    ],
    [
      'in a record',
      z.object({ by: z.record(z.string(), point) }),
      { by: { a: { x: 1, y: 2 } } },
      'by.a.y',
    ],
    [
      'in a discriminated union',
      z.object({ shape }),
      { shape: { kind: 'circle', radius: 1, side: 2 } },
      'shape.side',
    ],
    [
      'that only another branch of a union knows',
      z.object({ either: z.union([point, z.object({ z: z.number() })]) }),
      { either: { x: 1, z: 2 } },
      'either.z',
    ],
    [
      'in a closed object within a loose one',
      z.looseObject({ at: point }),
      { any: 1, at: { x: 1, y: 2 } },
      'at.y',
    ],
    [
      'in an intersection',
      z.object({ both: z.intersection(point, z.object({ y: z.number() })) }),
      { both: { x: 1, y: 2, z: 3 } },
      'both.z',
    ],
    [
      'in a catch-all',
      point.catchall(z.object({ s: z.string() })),
      { x: 1, y: { s: '', t: '' } },
      'y.t',
    ],
    [
      'deep in a recursive schema',
      z.object({ list: node }),
      { list: { value: 1, next: { value: 2, prev: 1 } } },
      'list.next.prev',
    ],
    ['named like a member of every object', point, { x: 1, constructor: 1 }, 'constructor'],
    ['named like the prototype', point, JSON.parse('{"x": 1, "__proto__": {}}'), '__proto__'],
  ])('refuses one %s', async (_, input, args, path) => {
    const { completed, text } = await callTool(toolWith(input), args)
    expect(completed().outcome).toBe('invalid_input')
    expect(text()).toContain(`- ${path}: unknown field`)
  })

  it.each<[string, z.ZodType, unknown]>([
    ['a loose object', z.looseObject({ x: z.number() }), { x: 1, y: 2 }],
    ['a record', z.object({ by: z.record(z.string(), z.number()) }), { by: { a: 1, b: 2 } }],
    ['unknown', z.object({ any: z.unknown() }), { any: { a: { b: [1] } } }],
    ['either branch of a union', z.object({ shape }), { shape: { kind: 'square', side: 1 } }],
    [
      'a union with a loose branch',
      z.object({ u: z.union([point, z.looseObject({})]) }),
      { u: { a: 1 } },
    ],
    ['an empty object', z.object({}), {}],
  ])('lets through what is allowed by %s', async (_, input, args) => {
    const { text } = await callTool(toolWith(input), args)
    expect(JSON.parse(text())).toEqual(args)
  })

  it('names every one of them beside the other problems', async () => {
    const { text } = await callTool(toolWith(z.object({ at: point })), {
      at: { x: 'a', y: 1 },
      q: 1,
    })
    expect(text().split('\n')).toEqual([
      'The arguments of "probe" do not fit its input schema:',
      '- at.y: unknown field',
      '- q: unknown field',
      '- at.x: Invalid input: expected number, received string',
    ])
  })

  it('says it once when a raw schema says it too', async () => {
    const closed = jsonSchema({ type: 'object', properties: {}, additionalProperties: false })
    const { text } = await callTool(toolWith(closed), { q: 1 })
    expect(text().match(/\bq\b/g)).toHaveLength(1)
  })

  it('cuts a list of problems that no model could read', async () => {
    const args = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`k${i}`.padEnd(900), 1]),
    )
    const { text } = await callTool(toolWith(z.object({})), args)
    expect(text().length).toBeLessThan(10_000)
    expect(text()).toMatch(/- and 4980 more$/)
  })
})

describe('arguments', () => {
  it('reach the tool with defaults, coercions and transforms applied', async () => {
    const input = z.object({
      limit: z.int().default(10),
      at: z.coerce.number(),
      tags: z.string().transform((text) => text.split(',')),
    })
    const { text } = await callTool(toolWith(input), { at: '3', tags: 'a,b' })
    expect(JSON.parse(text())).toEqual({ limit: 10, at: 3, tags: ['a', 'b'] })
  })

  it('may be absent where all are optional', async () => {
    const { text } = await callTool(toolWith(z.object({ a: z.string().default('x') })))
    expect(JSON.parse(text())).toEqual({ a: 'x' })
  })

  it.each([null, [], 'text', 5, true])('are refused when they are %j', async (args) => {
    const { completed } = await callTool(toolWith(z.object({})), args)
    expect(completed()).toMatchObject({ outcome: 'invalid_input', isError: true })
  })

  it('are refused before the tool runs', async () => {
    let runs = 0
    const tool = defineTool({
      name: 'counted',
      description: 'Counts its runs.',
      input: point,
      run: () => String(++runs),
    })
    await callTool(tool, {})
    expect(runs).toBe(0)
  })

  it('are awaited from a schema that checks them asynchronously', async () => {
    const even = z.int().refine(async (n) => n % 2 === 0, 'must be even')
    const tool = toolWith(z.object({ n: even }))
    expect((await callTool(tool, { n: 3 })).text()).toContain('- n: must be even')
    expect((await callTool(tool, { n: 4 })).text()).toBe('{"n":4}')
  })

  it('end the call as failed, without a leak, when the schema itself throws', async () => {
    const broken = z.string().refine(() => {
      throw new Error('canary-7f3a')
    })
    const { completed, text, records } = await callTool(toolWith(z.object({ a: broken })), {
      a: '',
    })
    expect(completed()).toMatchObject({ outcome: 'failed', isError: true })
    expect(text()).not.toContain('canary-7f3a')
    expect(records).toMatchObject([{ outcome: 'failed', detail: 'Error: canary-7f3a' }])
  })
})

describe('arguments nested as deep as a message is long', () => {
  const DEPTH = 50_000
  const raw = jsonSchema({
    type: 'object',
    properties: { value: { type: 'number' }, next: { $ref: '#' } },
  })

  it.each<[string, Schema]>([
    ['a schema that contains itself', node],
    ['a raw schema that contains itself', raw],
  ])('are refused by %s, in words', async (_, input) => {
    const levels = '{"value":1,"next":'.repeat(DEPTH)
    const args = JSON.parse(`${levels}{"value":1}${'}'.repeat(DEPTH)}`)
    const { result, records } = await callTool(toolWith(input), args)
    expect(JSON.stringify(result)).toContain('nested too deeply to be checked')
    expect(records).toMatchObject([{ outcome: 'invalid_input' }])
  })

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
  ])('reach a tool that takes anything: %s', async (opens, closes) => {
    const args = JSON.parse(`{"any":${opens.repeat(DEPTH)}0${closes.repeat(DEPTH)}}`)
    const { records } = await callTool(toolWith(z.object({ any: z.unknown() })), args)
    expect(records).toMatchObject([{ outcome: 'ok' }])
  })

  it('are refused where they cannot be written again', async () => {
    const args = JSON.parse(`{"any":${'{"0":'.repeat(DEPTH)}0${'}'.repeat(DEPTH)}}`)
    const calling = callTool(toolWith(z.object({ any: z.unknown() })), args)
    await expect(calling).rejects.toThrow('The arguments are nested too deeply.')
  })
})
