import { describe, expect, it } from 'vitest'
import { checkHeaderParams, readHeaderParams } from '../../src/protocol'

const object = (properties: Record<string, unknown>) => ({ type: 'object', properties })
const region = (changes: Record<string, unknown> = {}) => ({
  type: 'string',
  'x-mcp-header': 'Region',
  ...changes,
})

describe('x-mcp-header in a schema', () => {
  it.each([
    ['on a string', object({ region: region() }), ['region'], 'Mcp-Param-Region', 'string'],
    [
      'on an integer',
      object({ limit: { type: 'integer', 'x-mcp-header': 'Limit' } }),
      ['limit'],
      'Mcp-Param-Limit',
      'integer',
    ],
    [
      'on a boolean',
      object({ dry: { type: 'boolean', 'x-mcp-header': 'dry-run' } }),
      ['dry'],
      'Mcp-Param-dry-run',
      'boolean',
    ],
    [
      'down a chain of objects',
      object({ a: object({ b: object({ c: region() }) }) }),
      ['a', 'b', 'c'],
      'Mcp-Param-Region',
      'string',
    ],
    [
      'on a property called properties',
      object({ properties: region() }),
      ['properties'],
      'Mcp-Param-Region',
      'string',
    ],
    [
      'with every character of a token',
      object({ a: region({ 'x-mcp-header': "!#$%&'*+-.^_`|~09azAZ" }) }),
      ['a'],
      "Mcp-Param-!#$%&'*+-.^_`|~09azAZ",
      'string',
    ],
  ])('M-15 is read %s', (_, schema, path, header, type) => {
    expect(readHeaderParams(schema)).toEqual({ params: [{ path, header, type }], problems: [] })
  })

  it.each([
    ['an empty name', object({ a: region({ 'x-mcp-header': '' }) })],
    ['a name with a blank', object({ a: region({ 'x-mcp-header': 'a b' }) })],
    ['a name with a colon', object({ a: region({ 'x-mcp-header': 'a:b' }) })],
    ['a name with a line break', object({ a: region({ 'x-mcp-header': 'a\r\nb' }) })],
    ['a name that ends in a line break', object({ a: region({ 'x-mcp-header': 'a\n' }) })],
    ['a name beyond ASCII', object({ a: region({ 'x-mcp-header': 'größe' }) })],
    ['a name that is a number', object({ a: region({ 'x-mcp-header': 5 }) })],
    ['a name that is true', object({ a: region({ 'x-mcp-header': true }) })],
    ['a name used twice', object({ a: region(), b: region() })],
    [
      'a name used twice in two cases',
      object({ a: region(), b: region({ 'x-mcp-header': 'rEGION' }) }),
    ],
    ['a name used twice at two depths', object({ a: region(), b: object({ c: region() }) })],
    ['a number', object({ a: region({ type: 'number' }) })],
    ['an object', object({ a: region({ type: 'object' }) })],
    ['an array', object({ a: region({ type: 'array' }) })],
    ['null', object({ a: region({ type: 'null' }) })],
    ['several types', object({ a: region({ type: ['string', 'null'] }) })],
    ['no type', object({ a: { 'x-mcp-header': 'Region', enum: ['a'] } })],
    ['the root', { ...object({}), 'x-mcp-header': 'Region' }],
    ['the items of an array', object({ a: { type: 'array', items: region() } })],
    ['prefix items', object({ a: { type: 'array', prefixItems: [region()] } })],
    ['contains', object({ a: { type: 'array', contains: region() } })],
    ['a property of an item', object({ a: { type: 'array', items: object({ b: region() }) } })],
    ['oneOf', object({ a: { oneOf: [region()] } })],
    ['anyOf', object({ a: { anyOf: [region()] } })],
    ['allOf at the root', { ...object({}), allOf: [object({ a: region() })] }],
    ['not', object({ a: { not: region() } })],
    ['if', { ...object({}), if: object({ a: region() }) }],
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, never awaited
    ['then', { ...object({}), then: object({ a: region() }) }],
    ['else', { ...object({}), else: object({ a: region() }) }],
    ['additionalProperties', { type: 'object', additionalProperties: region() }],
    ['patternProperties', { type: 'object', patternProperties: { '^a': region() } }],
    ['dependentSchemas', { type: 'object', dependentSchemas: { a: object({ b: region() }) } }],
    ['a definition', { ...object({}), $defs: { a: region() } }],
  ])('M-15 is a problem: %s', (_, schema) => {
    expect(readHeaderParams(schema).problems).toHaveLength(1)
  })

  it.each([
    ['a constant', { const: { 'x-mcp-header': 'Region' } }],
    ['an enumeration', { enum: [{ 'x-mcp-header': 'Region' }] }],
    ['a default', { default: { 'x-mcp-header': 'Region' } }],
    ['an example', { examples: [{ 'x-mcp-header': 'Region' }] }],
  ])('M-15 is only data in %s', (_, schema) => {
    expect(readHeaderParams(object({ a: schema }))).toEqual({ params: [], problems: [] })
  })

  it('M-15 is a property like any other when an argument has that name', () => {
    const schema = object({ 'x-mcp-header': { type: 'string' } })
    expect(readHeaderParams(schema)).toEqual({ params: [], problems: [] })
  })
})

describe('a parameter header', () => {
  const { params } = readHeaderParams(
    object({
      tenant: { type: 'string', 'x-mcp-header': 'Tenant' },
      limit: { type: 'integer', 'x-mcp-header': 'Limit' },
      dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
      place: object({ zone: { type: 'string', 'x-mcp-header': 'Zone' } }),
    }),
  )
  const codeOf = (args: Record<string, unknown>, headers: Record<string, string>) => {
    try {
      checkHeaderParams(params, args, new Headers(headers))
      return undefined
    } catch (error) {
      return (error as { code: number }).code
    }
  }

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['equals the value', { tenant: 'acme' }, { 'Mcp-Param-Tenant': 'acme' }],
    ['is named in any case', { tenant: 'acme' }, { 'mcp-param-TENANT': 'acme' }],
    ['has blanks around it', { tenant: 'acme' }, { 'Mcp-Param-Tenant': '  acme\t' }],
    ['is encoded', { tenant: 'ä' }, { 'Mcp-Param-Tenant': '=?base64?w6Q=?=' }],
    ['is encoded without need', { tenant: 'a' }, { 'Mcp-Param-Tenant': '=?base64?YQ==?=' }],
    ['repeats an empty text', { tenant: '' }, { 'Mcp-Param-Tenant': '' }],
    ['spells an integer', { limit: 42 }, { 'Mcp-Param-Limit': '42' }],
    ['spells an integer with a fraction of none', { limit: 42 }, { 'Mcp-Param-Limit': '42.0' }],
    ['spells a negative integer', { limit: -7 }, { 'Mcp-Param-Limit': '-7' }],
    ['is encoded and an integer', { limit: 42 }, { 'Mcp-Param-Limit': '=?base64?NDI=?=' }],
    ['spells true', { dry: true }, { 'Mcp-Param-Dry': 'true' }],
    ['spells false', { dry: false }, { 'Mcp-Param-Dry': 'false' }],
    ['repeats a nested value', { place: { zone: 'b' } }, { 'Mcp-Param-Zone': 'b' }],
    ['is absent as the value is', {}, {}],
    ['is absent beside a null', { tenant: null }, {}],
    ['is absent where the way to the value ends', { place: 'nowhere' }, {}],
    ['stands alone, and is ignored', {}, { 'Mcp-Param-Tenant': 'acme' }],
    ['stands beside a null, and is ignored', { tenant: null }, { 'Mcp-Param-Tenant': 'acme' }],
    ['belongs to nobody', { tenant: 'a' }, { 'Mcp-Param-Tenant': 'a', 'Mcp-Param-Other': '!' }],
  ])('M-14, M-16 is accepted when it %s', (_, args, headers) => {
    expect(codeOf(args, headers)).toBeUndefined()
  })

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['is missing', { tenant: 'acme' }, {}],
    ['is missing for an empty text', { tenant: '' }, {}],
    ['is missing for false', { dry: false }, {}],
    ['is missing for zero', { limit: 0 }, {}],
    ['is missing for a nested value', { place: { zone: 'b' } }, { 'Mcp-Param-Place': 'b' }],
    ['differs', { tenant: 'acme' }, { 'Mcp-Param-Tenant': 'evil' }],
    ['differs in case', { tenant: 'acme' }, { 'Mcp-Param-Tenant': 'Acme' }],
    ['was sent twice', { tenant: 'acme' }, { 'Mcp-Param-Tenant': 'acme, acme' }],
    ['holds bad base64', { tenant: 'a' }, { 'Mcp-Param-Tenant': '=?base64?YQ?=' }],
    ['holds raw non-ASCII text', { tenant: 'ä' }, { 'Mcp-Param-Tenant': 'ä' }],
    ['holds a control character', { tenant: 'a\u0001' }, { 'Mcp-Param-Tenant': 'a\u0001' }],
    ['is another integer', { limit: 42 }, { 'Mcp-Param-Limit': '43' }],
    ['is an integer in another notation', { limit: 42 }, { 'Mcp-Param-Limit': '0x2a' }],
    ['is an integer and a little', { limit: 42 }, { 'Mcp-Param-Limit': '42.000000000000000001' }],
    ['is a huge integer with an exponent', { limit: 1e21 }, { 'Mcp-Param-Limit': '1e+21' }],
    ['is an integer with an exponent', { limit: 100 }, { 'Mcp-Param-Limit': '1e2' }],
    ['is empty for an integer of zero', { limit: 0 }, { 'Mcp-Param-Limit': '' }],
    ['is beyond the safe integers', { limit: 2 ** 53 }, { 'Mcp-Param-Limit': '9007199254740993' }],
    ['says True', { dry: true }, { 'Mcp-Param-Dry': 'True' }],
    ['says 1 for true', { dry: true }, { 'Mcp-Param-Dry': '1' }],
    ['repeats the text of a value of another type', { tenant: 5 }, {}],
  ])('M-14 is refused when it %s', (_, args, headers) => {
    expect(codeOf(args, headers)).toBe(-32020)
  })
})
