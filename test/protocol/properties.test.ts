import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classify, META } from '../../src/protocol'
import { decodeSentinel } from '../../src/protocol/headers'

/** JSON that is often nearly a message. */
const nearlyMessages = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      jsonrpc: fc.constantFrom('2.0', '1.0', 2),
      id: fc.oneof(fc.string(), fc.integer(), fc.double(), fc.constant(null), fc.jsonValue()),
      method: fc.oneof(
        fc.constantFrom('initialize', 'tools/call', 'ping', '__proto__'),
        fc.jsonValue(),
      ),
      params: fc.oneof(
        fc.jsonValue(),
        fc.record({
          _meta: fc.dictionary(
            fc.constantFrom(...Object.values(META), 'progressToken', '__proto__'),
            fc.oneof(fc.constantFrom('2026-07-28', '2025-11-25'), fc.jsonValue()),
          ),
        }),
      ),
      result: fc.jsonValue(),
      error: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
)
const values = fc.option(
  fc.oneof(fc.constantFrom('2026-07-28', '2025-11-25', 'tools/call', ''), fc.string()),
  { nil: undefined },
)
const headers = fc.record({
  protocolVersion: values,
  method: values,
  name: values,
  sessionId: values,
})

const utf16 = fc
  .array(fc.integer({ min: 0, max: 0xffff }))
  .map((units) => String.fromCharCode(...units))

describe('whatever is sent', () => {
  it('M-17, D-04 has an era or an error of the 400s', async () => {
    const bodies = fc.oneof(nearlyMessages, fc.array(nearlyMessages, { maxLength: 3 }))
    await fc.assert(
      fc.property(bodies, headers, (body, sent) => {
        // What arrives has been through JSON once.
        const classified = classify(JSON.parse(JSON.stringify(body)), sent)
        if (classified.era !== 'unknown') return
        expect(classified.error.status).toBe(400)
        expect([-32600, -32602, -32020, -32022]).toContain(classified.error.code)
      }),
      { numRuns: 1000 },
    )
  })

  it('M-13 is a header value that means one text, or none', async () => {
    await fc.assert(
      fc.property(utf16, (text) => {
        const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(text)))
        // Half of a surrogate pair has no UTF-8 of its own.
        expect(decodeSentinel(`=?base64?${base64}?=`)).toBe(text.toWellFormed())
      }),
    )
    await fc.assert(
      fc.property(fc.string(), (text) => {
        const decoded = decodeSentinel(text)
        expect(decoded === undefined || decoded === text || text.startsWith('=?base64?')).toBe(true)
      }),
    )
  })
})
