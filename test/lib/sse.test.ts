import { describe, expect, it } from 'vitest'
import { SSE_HEADERS, sseComment, sseData } from '../../src/lib'

describe('an event stream', () => {
  it('carries JSON on one line, whatever is in it', () => {
    const json = JSON.stringify({ text: 'two\nlines\r\n and \u2028 more' })
    expect(sseData(json)).toBe(`data: ${json}\n\n`)
    expect(sseData(json).match(/[\r\n]/g)).toHaveLength(2)
  })

  it('carries comments that no client reads as an event', () => {
    expect(sseComment()).toBe(':\n\n')
    expect(sseComment('still here')).toBe(':still here\n\n')
  })

  it('is kept from caches and proxies', () => {
    const headers = new Headers(SSE_HEADERS)
    expect(headers.get('content-type')).toBe('text/event-stream')
    expect(headers.get('cache-control')).toBe('no-cache, no-transform')
    expect(headers.get('x-accel-buffering')).toBe('no')
  })
})
