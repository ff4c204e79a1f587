import { expect, it } from 'vitest'
import * as z from 'zod'
import { describeParameters } from '../../src/console'

it.each([
  { schema: z.string(), type: 'text' },
  { schema: z.string().regex(/^a/), type: 'text' },
  { schema: z.int(), type: 'whole number' },
  { schema: z.number().max(5), type: 'number' },
  { schema: z.boolean(), type: 'yes or no' },
  { schema: z.iso.datetime(), type: 'date and time' },
  { schema: z.url(), type: 'URL' },
  { schema: z.uuid(), type: 'UUID' },
  { schema: z.enum(['A', 'MX']), type: 'one of "A", "MX"' },
  { schema: z.enum('abcdefghi'.split('')), type: 'one of 9 values' },
  { schema: z.literal('on'), type: 'exactly "on"' },
  { schema: z.array(z.string()), type: 'list of text' },
  { schema: z.object({ a: z.string() }), type: 'group of values' },
  { schema: z.string().nullable(), type: 'text or nothing' },
  {
    schema: z.union([z.string(), z.int(), z.email()]),
    type: 'text or whole number or email address',
  },
  { schema: z.unknown(), type: 'any value' },
])('names the type of a parameter: $type', ({ schema, type }) => {
  const json = z.toJSONSchema(z.object({ value: schema }), { io: 'input' })
  expect(describeParameters(json)).toMatchObject([{ name: 'value', type }])
})

it('tells required from optional, with the description and the default', () => {
  const schema = z.object({
    name: z.string().describe('Whom to greet.'),
    loud: z.boolean().default(false),
    times: z.int().optional(),
  })
  expect(describeParameters(z.toJSONSchema(schema, { io: 'input' }))).toEqual([
    { name: 'name', type: 'text', required: true, description: 'Whom to greet.' },
    { name: 'loud', type: 'yes or no', required: false, defaultValue: 'false' },
    { name: 'times', type: 'whole number', required: false },
  ])
})

it.each([undefined, null, true, 'x', [], {}, { properties: null }, { type: 'object' }])(
  'has no parameters for %j',
  (schema) => {
    expect(describeParameters(schema)).toEqual([])
  },
)

it.each([
  null,
  true,
  3,
  { type: 7 },
  { anyOf: [] },
  { $ref: '#/$defs/a' },
  { type: 'string', enum: 4 },
])('survives a property of %j', (property) => {
  expect(describeParameters({ properties: { a: property } })).toHaveLength(1)
})
