import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config'
import { auditOrigin, correlationIdOf } from '../../src/http/audit-origin'

const ORIGIN = 'https://mcp.example.com'
const deployed = readConfig({ PUBLIC_ORIGIN: ORIGIN, TENANT: 'blue' })
const local = readConfig({ QUAYSIDE_LOCAL: '1' })
const request = (headers: Record<string, string>) => new Request(ORIGIN, { headers })
const RANDOM = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

describe('the correlation id', () => {
  it('is the one Cloudflare gave the request', () => {
    const ray = '8c0f2a1b3c4d5e6f-AMS'
    expect(correlationIdOf(request({ 'cf-ray': ray }), deployed)).toBe(ray)
  })

  it.each([
    ['without one', {}],
    ['with something else in its place', { 'cf-ray': 'Bearer abc' }],
  ])('is random %s', (_, headers) => {
    expect(correlationIdOf(request(headers), deployed)).toMatch(RANDOM)
  })

  it('is random on a local copy, where anybody could set the header', () => {
    expect(correlationIdOf(request({ 'cf-ray': '8c0f2a1b3c4d5e6f' }), local)).toMatch(RANDOM)
  })
})

describe('the origin of an event', () => {
  it('is tenant, address and user agent', () => {
    const headers = { 'cf-connecting-ip': '2001:db8::1', 'user-agent': 'tests' }
    expect(auditOrigin(request(headers), deployed, 'an-id-of-it')).toEqual({
      tenant: 'blue',
      correlationId: 'an-id-of-it',
      sourceAddress: '2001:db8::1',
      userAgent: 'tests',
    })
  })
})
