/** What can be wrong with a message, each with its JSON-RPC code and HTTP status. */
export const PROTOCOL_ERRORS = {
  parse_error: { code: -32700, status: 400 },
  invalid_request: { code: -32600, status: 400 },
  /** In 2025 an answer like any other (200); 2026 wants 404 with the body (M-20). */
  method_not_found: { code: -32601, status: 404 },
  /** The request was understood and its parameters are wrong: answered in band. */
  invalid_params: { code: -32602, status: 200 },
  /** There is no such resource; before 2026-07-28 this had a code of its own (H-76, M-37). */
  resource_not_found: { code: -32602, status: 200 },
  /** Code of a module failed where no result can say so: reading a resource, filling a prompt. */
  item_failed: { code: -32603, status: 200 },
  /** `_meta` lacks what every 2026 request carries. */
  invalid_envelope: { code: -32602, status: 400 },
  internal_error: { code: -32603, status: 500 },
  header_mismatch: { code: -32020, status: 400 },
  missing_client_capability: { code: -32021, status: 400 },
  unsupported_protocol_version: { code: -32022, status: 400 },
  unauthorized: { code: -32600, status: 401 },
  forbidden: { code: -32600, status: 403 },
  /** `data.requiredScopes` has all that the call needs, held or not: one round trip for all. */
  insufficient_scope: { code: -32600, status: 403 },
  unknown_module: { code: -32600, status: 404 },
  session_gone: { code: -32600, status: 404 },
  method_not_allowed: { code: -32600, status: 405 },
  not_acceptable: { code: -32600, status: 406 },
  body_too_large: { code: -32600, status: 413 },
  unsupported_media_type: { code: -32600, status: 415 },
  /** A switch could not be read in time; see `STALE_SECONDS`. */
  unavailable: { code: -32603, status: 503 },
  not_configured: { code: -32603, status: 503 },
} as const

export type ProtocolErrorKind = keyof typeof PROTOCOL_ERRORS

/**
 * A JSON-RPC error for the peer. `message` says what to do and is sent as it is; `data` is what
 * the specification attaches to the code.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly kind: ProtocolErrorKind
  readonly data: Record<string, unknown> | undefined

  constructor(kind: ProtocolErrorKind, message: string, data?: Record<string, unknown>) {
    super(message)
    this.kind = kind
    this.data = data
  }

  get code(): number {
    return PROTOCOL_ERRORS[this.kind].code
  }

  /** The HTTP status where the error is the answer to a whole request, not part of one. */
  get status(): number {
    return PROTOCOL_ERRORS[this.kind].status
  }
}
