import { describe, expect, it } from 'vitest'
import { expandIpv6 } from '../../src/lib'

describe('expandIpv6()', () => {
  it.each([
    ['::', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['2001:db8::', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0]],
    ['2001:db8::a:1', [0x2001, 0xdb8, 0, 0, 0, 0, 0xa, 1]],
    ['1:2:3:4:5:6:7:8', [1, 2, 3, 4, 5, 6, 7, 8]],
  ])('writes out %s', (address, groups) => {
    expect(expandIpv6(address)).toEqual(groups)
  })
})
