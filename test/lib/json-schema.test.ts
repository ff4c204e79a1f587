import { describe, expect, it } from 'vitest'
import { brokenReferences, closeObjects, keywordValues, unknownFields } from '../../src/lib'

const object = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: 'object',
  properties,
  ...more,
})
const closed = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  object(properties, { ...more, additionalProperties: false })

describe('closeObjects()', () => {
  it.each<[string, unknown, unknown]>([
    ['an object that lists its fields', object({ a: {} }), closed({ a: {} })],
    ['an object with no field', object({}), closed({})],
    ['a nested object', object({ a: object({}) }), closed({ a: closed({}) })],
    ['the items of an array', { items: object({}) }, { items: closed({}) }],
    ['each place of a tuple', { prefixItems: [object({})] }, { prefixItems: [closed({})] }],
    [
      'the values of a record',
      { additionalProperties: object({}) },
      { additionalProperties: closed({}) },
    ],
    ['a definition', { $defs: { a: object({}) } }, { $defs: { a: closed({}) } }],
    ['each branch of a union', { anyOf: [object({}), {}] }, { anyOf: [closed({}), {}] }],
    [
      'a field that has the name of a keyword',
      object({ allOf: object({}) }),
      closed({ allOf: closed({}) }),
    ],
  ])('closes %s', (_, schema, expected) => {
    expect(closeObjects(schema)).toEqual(expected)
  })

  it.each<[string, unknown]>([
    ['says what else it takes', object({}, { additionalProperties: true })],
    [
      'says what else it takes, by schema',
      object({}, { additionalProperties: { type: 'string' } }),
    ],
    ['is closed after evaluation', object({}, { unevaluatedProperties: false })],
    ['takes fields by pattern', object({}, { patternProperties: { '^x': {} } })],
    ['lists no fields', { type: 'object' }],
    ['is composed with others', object({ a: {} }, { allOf: [{ required: ['a'] }] })],
    ['refers to another', object({ a: {} }, { $ref: '#/$defs/b' })],
    ['has a condition', object({ a: {} }, { if: { properties: { a: { const: 1 } } } })],
    ['is a part of a composition', { allOf: [object({ a: {} }), object({ b: {} })] }],
    [
      'is data',
      { default: object({}), const: object({}), enum: [object({})], examples: [object({})] },
    ],
    ['is a boolean', true],
  ])('leaves a schema alone that %s', (_, schema) => {
    expect(closeObjects(schema)).toEqual(schema)
  })

  it('does not change the schema it is given', () => {
    const schema = object({ a: object({}) })
    const before = structuredClone(schema)
    closeObjects(schema)
    expect(schema).toEqual(before)
  })
})

describe('unknownFields()', () => {
  const list = {
    $defs: {
      node: closed({ value: {}, next: { $ref: '#/$defs/node' } }),
      named: { $anchor: 'here', ...closed({ a: {} }) },
      many: { type: 'array', items: closed({ a: {} }) },
      table: { type: 'object', additionalProperties: closed({ a: {} }) },
      'odd/name~': closed({ a: {} }),
    },
  }

  it.each<[string, unknown, unknown, string[]]>([
    ['a closed object', closed({ a: {} }), { a: 1, b: 1, c: 1 }, ['b', 'c']],
    ['places in an array', { items: closed({}) }, [{}, { a: 1 }], ['[1].a']],
    ['a reference', { ...list, $ref: '#/$defs/node' }, { value: 1, next: { b: 1 } }, ['next.b']],
    ['a reference by anchor', { ...list, $ref: '#here' }, { b: 1 }, ['b']],
    ['a referred array', { ...list, $ref: '#/$defs/many' }, [{ b: 1 }], ['[0].b']],
    ['a referred record', { ...list, $ref: '#/$defs/table' }, { x: { b: 1 } }, ['x.b']],
    ['a reference with escapes', { ...list, $ref: '#/$defs/odd~1name~0' }, { b: 1 }, ['b']],
    ['the root by reference', closed({ next: { $ref: '#' } }), { next: { b: 1 } }, ['next.b']],
    [
      'a union of closed objects',
      { anyOf: [closed({ a: {} }), closed({ b: {} })] },
      { a: 1, b: 1 },
      ['b'],
    ],
    [
      'a union told apart by a constant',
      { oneOf: [closed({ k: { const: 1 }, a: {} }), closed({ k: { const: 2 }, b: {} })] },
      { k: 2, a: 1 },
      ['a'],
    ],
    [
      'a union told apart by an enumeration',
      { oneOf: [closed({ k: { enum: [1] }, a: {} }), closed({ k: { enum: [2, 3] }, b: {} })] },
      { k: 3, a: 1 },
      ['a'],
    ],
    [
      'a union of two unions',
      { anyOf: [{ anyOf: [closed({ a: {} })] }, { type: 'null' }] },
      { b: 1 },
      ['b'],
    ],
    [
      'parts that all apply',
      { allOf: [object({ a: {} }), object({ b: {} })] },
      { a: 1, b: 1, c: 1 },
      ['c'],
    ],
    [
      'a field that two parts describe',
      { allOf: [object({ a: object({ x: {} }) }), object({ a: object({ y: {} }) })] },
      { a: { x: 1, y: 1, z: 1 } },
      ['a.z'],
    ],
    [
      'an object closed after evaluation',
      object({ a: {} }, { unevaluatedProperties: false }),
      { b: 1 },
      ['b'],
    ],
  ])('finds what is not known in %s', (_, schema, value, expected) => {
    expect(unknownFields(schema, value)).toEqual(expected)
  })

  it.each<[string, unknown, unknown]>([
    ['no schema at all', undefined, { a: 1 }],
    ['true', true, { a: 1 }],
    ['an object that names no field', { type: 'object' }, { a: 1 }],
    ['an object declared open', object({}, { additionalProperties: {} }), { a: { b: 1 } }],
    ['fields by pattern', object({}, { patternProperties: { '^x': {} } }), { xa: 1 }],
    ['the one branch that fits', { anyOf: [closed({ a: {} }), closed({ b: {} })] }, { b: 1 }],
    ['an open branch', { anyOf: [closed({ a: {} }), { type: 'object' }] }, { b: 1 }],
    [
      'fields of a condition',
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, in data
      object({ k: {} }, { if: {}, then: object({ a: {} }), else: object({ b: {} }) }),
      { k: 1, a: 1, b: 1 },
    ],
    [
      'fields that depend on others',
      object({ k: {} }, { dependentSchemas: { k: object({ a: {} }) } }),
      { k: 1, a: 1 },
    ],
    [
      'requirements beside the fields',
      closed({ a: {} }, { anyOf: [{ required: ['a'] }] }),
      { a: 1 },
    ],
    ['a reference that leads nowhere', { $ref: '#/$defs/none' }, { a: 1 }],
    ['a reference to itself', { $ref: '#' }, { a: 1 }],
    ['a value of another type', closed({}), 'text'],
  ])('finds nothing with %s', (_, schema, value) => {
    expect(unknownFields(schema, value)).toEqual([])
  })

  it('does not look into what no schema describes, however deep it is', () => {
    let value: unknown = 1
    for (let depth = 0; depth < 100_000; depth++) value = depth % 2 ? [value] : { a: value }
    expect(unknownFields(object({ a: {} }), { a: value })).toEqual([])
    expect(unknownFields(closed({ a: { type: 'string' } }), { a: value })).toEqual([])
  })

  it('takes time in proportion to the value, however deep and ambiguous it is', () => {
    const tree = {
      anyOf: [closed({ child: { $ref: '#' }, a: {} }), closed({ child: { $ref: '#' }, b: {} })],
    }
    let value: Record<string, unknown> = { c: 1 }
    for (let depth = 0; depth < 200; depth++) value = { child: value }
    expect(unknownFields(tree, value)).toHaveLength(1)
  })
})

describe('brokenReferences()', () => {
  it.each<[string, unknown, string[]]>([
    ['an address', { properties: { a: { $ref: 'https://a.example/b' } } }, ['https://a.example/b']],
    ['another file', { items: [{ $ref: 'a.json#/x' }] }, ['a.json#/x']],
    ['a definition that is not there', { $defs: { a: {} }, $ref: '#/$defs/b' }, ['#/$defs/b']],
    ['an anchor that is not there', { $ref: '#b' }, ['#b']],
    ['a member every object has', { $defs: {}, $ref: '#/$defs/toString' }, ['#/$defs/toString']],
    ['each but once', { items: { $ref: '#b' }, $ref: '#b' }, ['#b']],
  ])('names %s', (_, schema, expected) => {
    expect(brokenReferences(schema)).toEqual(expected)
  })

  it.each<[string, unknown]>([
    ['the root', { items: { $ref: '#' } }],
    ['a definition', { $defs: { a: {} }, $ref: '#/$defs/a' }],
    ['an anchor', { $defs: { a: { $anchor: 'x' } }, $ref: '#x' }],
    ['a dynamic anchor', { $dynamicAnchor: 'x', items: { $ref: '#x' } }],
    ['a field with that name', { properties: { $ref: { type: 'string' } } }],
    ['data that looks like one', { default: { $ref: 'https://example.com' } }],
  ])('finds nothing wrong with %s', (_, schema) => {
    expect(brokenReferences(schema)).toEqual([])
  })
})

describe('keywordValues()', () => {
  it('finds a keyword wherever schemas are, and not in fields or data of that name', () => {
    const schema = {
      $anchor: 'a',
      properties: { $anchor: { $anchor: 'b' } },
      allOf: [{ $anchor: 'a' }],
      default: { $anchor: 'c' },
    }
    expect(keywordValues(schema, '$anchor')).toEqual(['a', 'b'])
  })
})
