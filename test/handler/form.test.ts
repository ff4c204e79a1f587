import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { readForm } from '../../src/handler'

const fieldOf = (field: z.ZodType) => {
  const read = readForm(z.object({ field }))
  return read.ok ? read.form.properties.field : read.problems.join('\n')
}

describe('a form', () => {
  it.each<[string, z.ZodType, object]>([
    ['a text', z.string().min(1).max(9), { type: 'string', minLength: 1, maxLength: 9 }],
    ['an address', z.email(), { type: 'string', format: 'email' }],
    ['a day', z.iso.date(), { type: 'string', format: 'date' }],
    ['a moment', z.iso.datetime(), { type: 'string', format: 'date-time' }],
    ['a number', z.number().min(0).max(1), { type: 'number', minimum: 0, maximum: 1 }],
    ['a count', z.int().min(0).max(9), { type: 'integer', minimum: 0, maximum: 9 }],
    ['a yes or no', z.boolean().default(true), { type: 'boolean', default: true }],
    [
      'words for people',
      z.string().meta({ title: 'Name', description: 'In full' }),
      { type: 'string', title: 'Name', description: 'In full' },
    ],
    [
      'a choice',
      z.enum(['a', 'b']).default('b'),
      { type: 'string', enum: ['a', 'b'], default: 'b' },
    ],
    [
      'a choice with titles',
      z.union([z.literal('a').meta({ title: 'First' }), z.literal('b').meta({ title: 'Last' })]),
      {
        type: 'string',
        oneOf: [
          { const: 'a', title: 'First' },
          { const: 'b', title: 'Last' },
        ],
      },
    ],
    [
      'a choice with titles of old',
      z.enum(['a', 'b']).meta({ enumNames: ['First', 'Last'] }),
      { type: 'string', enum: ['a', 'b'], enumNames: ['First', 'Last'] },
    ],
    [
      'several of a choice',
      z
        .array(z.enum(['a', 'b']))
        .min(1)
        .max(2),
      { type: 'array', items: { type: 'string', enum: ['a', 'b'] }, minItems: 1, maxItems: 2 },
    ],
    [
      'several of a choice with titles',
      z.array(z.union([z.literal('a').meta({ title: 'First' }), z.literal('b')])),
      {
        type: 'array',
        items: {
          anyOf: [
            { const: 'a', title: 'First' },
            { const: 'b', title: 'b' },
          ],
        },
      },
    ],
  ])('H-85 asks for %s', (_, field, wire) => {
    expect(fieldOf(field)).toEqual(wire)
  })

  it('asks for what is optional and what has a default without requiring it', () => {
    const read = readForm(
      z.object({ a: z.string(), b: z.string().optional(), c: z.int().default(1) }),
    )
    expect(read).toMatchObject({ ok: true, form: { required: ['a'] } })
  })

  it.each<[string, z.ZodType, string]>([
    ['an object', z.object({}), 'forms are flat'],
    ['a list of texts', z.array(z.string()), 'something other than a fixed choice'],
    ['one type or another', z.union([z.string(), z.number()]), 'a form can ask for nothing else'],
    ['nothing', z.null(), 'a form can ask for nothing else'],
    ['anything', z.unknown(), 'a form can ask for nothing else'],
    ['a date', z.date(), 'cannot be written as JSON Schema'],
  ])('H-85 cannot ask for %s', (_, field, words) => {
    expect(fieldOf(field)).toContain(words)
  })

  it.each(['password', 'apiKey', 'api_key', 'access-token', 'clientSecret', 'cvv', 'card_number'])(
    'H-85 does not ask for a secret named %s',
    (name) => {
      const read = readForm(z.object({ [name]: z.string() }))
      expect(read).toMatchObject({ ok: false, problems: [expect.stringContaining('secret')] })
    },
  )

  it.each(['secretary', 'keynote', 'tokens_used', 'pinned', 'passenger'])(
    'asks for %s, which is none',
    (name) => {
      expect(readForm(z.object({ [name]: z.string() }))).toMatchObject({ ok: true })
    },
  )

  it('H-85 does not ask for a secret in its words', () => {
    expect(fieldOf(z.string().meta({ title: 'Your password' }))).toContain('secret')
    expect(fieldOf(z.string().describe('The API key of the account'))).toContain('secret')
  })
})
