import { afterEach, describe, expect, it, vi } from 'vitest'
import { createRegistry } from '../../src/registry'
import { defineServer, defineTool, type JsonSchema, jsonSchema } from '../../src/sdk'

const check = async (schema: JsonSchema, value: unknown) => {
  const result = await jsonSchema(schema)['~standard'].validate(value)
  return result.issues?.map(({ message, path = [] }) => ({ path, message })) ?? 'fits'
}

const order: JsonSchema = {
  type: 'object',
  $defs: {
    line: { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] },
  },
  properties: {
    lines: { type: 'array', items: { $ref: '#/$defs/line' } },
    'odd/name~': { type: 'string' },
    at: { type: 'string', format: 'date-time' },
    pay: { enum: ['card', 'cash'] },
  },
  required: ['lines'],
}

describe('jsonSchema()', () => {
  afterEach(() => vi.unstubAllGlobals())

  it.each([
    ['http://json-schema.org/draft-07/schema#', 'fits'],
    ['https://json-schema.org/draft/2020-12/schema', 'does not fit'],
    ['https://example.com/of-our-own', 'does not fit'],
  ])(
    'H-82 reads a schema in the dialect it declares, else in 2020-12: %s',
    async ($schema, outcome) => {
      // Draft-07 ignores what stands beside a reference.
      const properties = { word: { $ref: '#/$defs/text', maxLength: 1 } }
      const schema = { $schema, type: 'object', $defs: { text: { type: 'string' } }, properties }
      const found = await check(schema, { word: 'long' })
      expect(found === 'fits' ? found : 'does not fit').toBe(outcome)
    },
  )

  it('lets through what fits, as it is', async () => {
    const value = { lines: [{ n: 1 }], pay: 'card' }
    const result = await jsonSchema(order)['~standard'].validate(value)
    expect(result).toEqual({ value })
    expect('value' in result && result.value).toBe(value)
  })

  it.each<[string, unknown, (string | number)[][]]>([
    ['a wrong type', { lines: [{ n: 'x' }] }, [['lines', 0, 'n']]],
    ['a value out of range', { lines: [{ n: 1 }, { n: 0 }] }, [['lines', 1, 'n']]],
    ['a missing field', { lines: [{}] }, [['lines', 0]]],
    ['a field with odd characters', { lines: [], 'odd/name~': 1 }, [['odd/name~']]],
    ['a value not listed', { lines: [], pay: 'shells' }, [['pay']]],
    ['a wrong format', { lines: [], at: 'noon' }, [['at']]],
    ['two mistakes at once', { lines: [{ n: 'x' }], pay: 1 }, [['lines', 0, 'n'], ['pay']]],
    ['no object at all', 'text', [[]]],
  ])('says where %s is', async (_, value, paths) => {
    const issues = await check(order, value)
    expect(issues === 'fits' ? issues : issues.map(({ path }) => path)).toEqual(paths)
  })

  it('says of a field that is too much where it is, once', async () => {
    const schema = { type: 'object', properties: { a: {} }, additionalProperties: false }
    expect(await check(schema, { a: 1, b: 1 })).toMatchObject([{ path: ['b'] }])
  })

  it.each<[string, JsonSchema, unknown, unknown]>([
    [
      'if, then and else',
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, in data
      { if: { required: ['a'] }, then: { required: ['b'] } },
      { a: 1, b: 1 },
      { a: 1 },
    ],
    ['dependentRequired', { dependentRequired: { a: ['b'] } }, { a: 1, b: 1 }, { a: 1 }],
    [
      'unevaluatedProperties',
      { properties: { a: {} }, unevaluatedProperties: false },
      { a: 1 },
      { b: 1 },
    ],
    ['prefixItems', { prefixItems: [{ type: 'string' }], items: false }, ['a'], ['a', 'b']],
    ['contains', { contains: { const: 1 }, minContains: 2 }, [1, 1], [1, 2]],
    ['an anchor', { $defs: { a: { $anchor: 'x', type: 'string' } }, $ref: '#x' }, 'a', 1],
    ['not', { not: { type: 'string' } }, 1, 'a'],
    ['oneOf', { oneOf: [{ type: 'string' }, { minLength: 2 }] }, 'a', 'ab'],
    ['uniqueItems', { uniqueItems: true }, [1, 2], [1, 1]],
    ['multipleOf', { multipleOf: 0.01 }, 0.07, 0.071],
    ['a pattern', { pattern: '^\\p{L}+$' }, 'ä', '1'],
  ])('knows %s of 2020-12', async (_, schema, good, bad) => {
    expect(await check(schema, good)).toBe('fits')
    expect(await check(schema, bad)).not.toBe('fits')
  })

  it('makes no code at run time', async () => {
    const refuse = () => {
      throw new Error('code from a string')
    }
    vi.stubGlobal('eval', refuse)
    vi.stubGlobal('Function', refuse)
    expect(await check(order, { lines: [{ n: 1 }] })).toBe('fits')
    expect(await check(order, { lines: [{ n: 0 }] })).not.toBe('fits')
  })

  it('reaches clients as it was written', () => {
    const written: JsonSchema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $comment: 'kept',
      type: 'object',
      $defs: { a: { $anchor: 'x', type: 'string' } },
      properties: { a: { $ref: '#x' }, 'x-odd': { 'x-own': [1] } },
      allOf: [{ anyOf: [{ required: ['a'] }, { required: ['x-odd'] }] }],
      if: { required: ['a'] },
      else: { maxProperties: 3 },
      additionalProperties: false,
    }
    expect(onTheWire(written)).toBe(JSON.stringify(written))
  })

  it('is closed where it lists fields and says nothing of others', () => {
    expect(JSON.parse(onTheWire({ type: 'object', properties: {} }))).toEqual({
      type: 'object',
      properties: {},
      additionalProperties: false,
    })
    const open = { type: 'object', properties: {}, additionalProperties: true }
    expect(onTheWire(open)).toBe(JSON.stringify(open))
  })
})

function onTheWire(schema: JsonSchema): string {
  const tool = defineTool({
    name: 'probe',
    description: 'For tests.',
    input: jsonSchema(schema),
    run: () => '',
  })
  const server = defineServer({ name: 'a', version: '1', access: 'public', tools: [tool] })
  const listed = createRegistry([server]).get('a')?.tools.get('probe')?.description
  return JSON.stringify(listed?.inputSchema)
}
