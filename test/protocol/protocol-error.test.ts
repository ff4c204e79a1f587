import { describe, expect, it } from 'vitest'
import { PROTOCOL_ERRORS } from '../../src/protocol'

const STANDARD = [-32700, -32600, -32601, -32602, -32603]
const OF_2026 = [-32020, -32021, -32022]

describe('an error code', () => {
  it.each(Object.entries(PROTOCOL_ERRORS))(
    'M-22 is JSON-RPC’s own or one the specification defines: %s',
    (_, { code }) => {
      expect([...STANDARD, ...OF_2026]).toContain(code)
    },
  )

  it.each([
    ['header_mismatch', -32020, 400],
    ['missing_client_capability', -32021, 400],
    ['unsupported_protocol_version', -32022, 400],
    ['invalid_envelope', -32602, 400],
    ['method_not_found', -32601, 404],
    ['parse_error', -32700, 400],
    ['invalid_request', -32600, 400],
  ] as const)('M-22 means what the specification says: %s', (kind, code, status) => {
    expect(PROTOCOL_ERRORS[kind]).toEqual({ code, status })
  })
})
