import { describe, expect, it } from 'vitest'
import { decodeBase64Text, decodeBase64Url, encodeBase64Url, utf8 } from '../../src/lib'

const bytes = (...values: number[]) => Uint8Array.from(values)

describe('base64url', () => {
  it.each([
    [bytes(), ''],
    [bytes(0), 'AA'],
    [bytes(0xfb, 0xff), '-_8'],
    [bytes(0xff, 0xff, 0xff), '____'],
    [utf8('hello'), 'aGVsbG8'],
  ])('writes %j as "%s" and reads it back', (plain, text) => {
    expect(encodeBase64Url(plain)).toBe(text)
    expect(decodeBase64Url(text)).toEqual(plain)
  })

  it('takes every length', () => {
    for (let length = 0; length < 300; length++) {
      const plain = Uint8Array.from({ length }, (_, index) => (index * 37 + length) % 256)
      expect(decodeBase64Url(encodeBase64Url(plain))).toEqual(plain)
    }
  })

  it.each([
    ['padding', 'AA=='],
    ['the other alphabet', '+/8'],
    ['bits that say nothing', 'AB'],
    ['an impossible length', 'A'],
    ['blanks', 'A A'],
    ['a line end', 'AA\n'],
    ['characters outside the alphabet', 'A!'],
    ['characters beyond ASCII', 'AÄ'],
  ])('refuses a text with %s, so that no value has two names', (_, text) => {
    expect(decodeBase64Url(text)).toBeUndefined()
  })
})

describe('base64 of text', () => {
  it.each([
    ['', ''],
    ['SGVsbG8=', 'Hello'],
    ['SGVsbG8sIOS4lueVjA==', 'Hello, 世界'],
    ['77u/YQ==', '\ufeffa'],
  ])('reads "%s"', (encoded, text) => {
    expect(decodeBase64Text(encoded)).toBe(text)
  })

  it.each([
    ['without its padding', 'SGVsbG8'],
    ['with too much padding', 'SGVsbG8=='],
    ['with bits that say nothing', 'SGVsbG9='],
    ['in the URL alphabet', '_-8='],
    ['with characters outside the alphabet', 'SGVs!!!bG8='],
    ['with blanks', 'SGVs bG8='],
    ['of bytes that are not UTF-8', '/w=='],
    ['of a surrogate', '7aCA'],
  ])('refuses a text %s', (_, encoded) => {
    expect(decodeBase64Text(encoded)).toBeUndefined()
  })
})
