import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../src/lib'

describe('canonicalJson', () => {
  it.each([
    ['fields in another order', '{"b":{"d":1,"c":[{"f":2,"e":3}]},"a":null}'],
    ['the same fields in order', '{"a":null,"b":{"c":[{"e":3,"f":2}],"d":1}}'],
  ])('is one text for %s', (_, text) => {
    expect(canonicalJson(JSON.parse(text))).toBe('{"a":null,"b":{"c":[{"e":3,"f":2}],"d":1}}')
  })

  it.each(['"a"', '1', 'null', '[]', '{}', '[[2,1],{"__proto__":{"a":1}}]'])(
    'keeps %s as it is',
    (text) => {
      expect(canonicalJson(JSON.parse(text))).toBe(text)
    },
  )

  it('leaves the value alone', () => {
    const value = { b: { d: 1, c: 2 }, a: 3 }
    canonicalJson(value)
    expect(JSON.stringify(value)).toBe('{"b":{"d":1,"c":2},"a":3}')
  })

  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('follows %s however deep they are', (_, open, close) => {
    const deep = `${open.repeat(50_000)}1${close.repeat(50_000)}`
    expect(canonicalJson(JSON.parse(deep))).toBe(deep)
  })
})
