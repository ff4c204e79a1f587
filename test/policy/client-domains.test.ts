import { describe, expect, it } from 'vitest'
import { isTrustedClientHost } from '../../src/policy'

describe('whose clients may come', () => {
  it.each<[string, string[] | undefined, string[], boolean]>([
    ['a.example', undefined, [], true],
    ['a.example', [], [], false],
    ['a.example', ['a.example'], [], true],
    ['b.a.example', ['a.example'], [], true],
    ['ba.example', ['a.example'], [], false],
    ['a.example.b.example', ['a.example'], [], false],
    ['example', ['a.example'], [], false],
    ['a.example.', ['a.example'], [], true],
    ['a.example.', undefined, ['a.example'], false],
    ['b.a.example', ['b.a.example'], ['a.example'], false],
    ['b.a.example', ['a.example'], ['b.a.example'], false],
    ['c.a.example', ['a.example'], ['b.a.example'], true],
  ])('S-14 %s where %j may and %j may not: %s', (host, allowed, denied, trusted) => {
    expect(isTrustedClientHost(host, { allowed, denied })).toBe(trusted)
  })
})
