import { describe, expect, it } from 'vitest'
import { expandIpv6, networkOf } from '../../src/lib/ipv6'

describe('networkOf()', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:0:1::7', networkOf('2001:db8::1:0:0:0:9')],
    ['', ''],
  ])('is what one person can have of %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

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
