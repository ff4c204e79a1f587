/**
 * Decides, once and before anything else looks at it, which era a POST speaks (D-01 … D-10). The
 * body leads and the headers must agree: a wrong guess here makes a 2026 client fall back to
 * `initialize` for good, so no session is asked for before the era is known.
 *
 * @module
 */

import { disagree, type McpHeaders } from './headers'
import {
  idOf,
  type JsonRpcMessage,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type JsonRpcResponse,
  type RequestId,
  readMessage,
} from './json-rpc'
import { claimedVersion, META, type RequestMeta, readRequestMeta } from './meta'
import { ProtocolError } from './protocol-error'
import { type Era, isRevision2026, namesEra2026, REVISIONS_2026, revisionsOf } from './revision'

export type Classified =
  | { era: '2026'; message: JsonRpcRequest; meta: RequestMeta }
  | { era: '2026'; message: JsonRpcNotification }
  | { era: '2025'; message: JsonRpcRequest | JsonRpcNotification | JsonRpcResponse }
  | { era: '2025'; batch: JsonRpcMessage[] }
  | { era: 'unknown'; error: ProtocolError; id: RequestId | null }

/** Classifies one parsed body. Never throws: a refusal is the `unknown` arm. */
export function classify(body: unknown, headers: McpHeaders): Classified {
  const id = Array.isArray(body) ? null : idOf(body)
  try {
    return Array.isArray(body) ? classifyBatch(body, headers) : classifyMessage(body, headers)
  } catch (error) {
    if (error instanceof ProtocolError) return { era: 'unknown', error, id }
    throw error
  }
}

function classifyMessage(body: unknown, headers: McpHeaders): Classified {
  const read = readMessage(body)
  if (!read.ok) throw invalidRequest(read.problem)
  const { message } = read
  if (message.kind === 'response') return { era: '2025', message }

  const claim = claimedVersion(message.params)
  const headerIs2026 = isOf2026(headers)
  if (message.kind === 'notification') {
    return classifyNotification(message, claim, headers, headerIs2026)
  }
  if (message.method === 'initialize' && !hasWholeEnvelope(message)) {
    // The handshake belongs to 2025; a 2026 version header on it is a contradiction (D-08).
    if (headerIs2026) throw disagree('MCP-Protocol-Version', 'the method "initialize"')
    return { era: '2025', message }
  }
  if (claim === undefined && !headerIs2026) return { era: '2025', message }

  const meta = readRequestMeta(message.params)
  if (headers.protocolVersion !== undefined && headers.protocolVersion !== meta.protocolVersion) {
    throw disagree('MCP-Protocol-Version', `params._meta["${META.protocolVersion}"]`)
  }
  if (headers.method !== undefined && headers.method !== message.method) {
    throw disagree('Mcp-Method', '`method`')
  }
  if (!isRevision2026(meta.protocolVersion)) throw unsupportedVersion(meta.protocolVersion)
  return { era: '2026', message, meta }
}

/** A notification has no envelope of its own to complete: its claim decides, else its header. */
function classifyNotification(
  message: JsonRpcNotification,
  claim: unknown,
  headers: McpHeaders,
  headerIs2026: boolean,
): Classified {
  if (claim === undefined && !headerIs2026) return { era: '2025', message }
  const version = claim ?? headers.protocolVersion
  if (typeof version !== 'string') {
    throw new ProtocolError(
      'invalid_envelope',
      `Invalid request envelope: params._meta["${META.protocolVersion}"] must be a string.`,
      { keys: [META.protocolVersion] },
    )
  }
  if (headers.protocolVersion !== undefined && headers.protocolVersion !== version) {
    throw disagree('MCP-Protocol-Version', `params._meta["${META.protocolVersion}"]`)
  }
  if (headers.method !== undefined && headers.method !== message.method) {
    throw disagree('Mcp-Method', '`method`')
  }
  if (!isRevision2026(version)) throw unsupportedVersion(version)
  return { era: '2026', message }
}

const NO_ARRAYS = 'revision 2026-07-28 has no arrays; send one message per request'

const isOf2026 = ({ protocolVersion }: McpHeaders): boolean =>
  protocolVersion !== undefined && namesEra2026(protocolVersion)

/** Arrays exist at 2025-03-26 only; one with an element of 2026 or an unreadable one is refused. */
function classifyBatch(body: unknown[], headers: McpHeaders): Classified {
  if (body.length === 0) throw invalidRequest('the array is empty')
  if (isOf2026(headers)) throw invalidRequest(NO_ARRAYS)
  const batch = body.map((element) => {
    const read = readMessage(element)
    if (!read.ok) throw invalidRequest(`in the array, ${read.problem}`)
    if (read.message.kind !== 'response' && claimedVersion(read.message.params) !== undefined) {
      throw invalidRequest(NO_ARRAYS)
    }
    return read.message
  })
  return { era: '2025', batch }
}

function hasWholeEnvelope({ params }: JsonRpcRequest): boolean {
  const claim = claimedVersion(params)
  if (typeof claim !== 'string' || !namesEra2026(claim)) return false
  try {
    readRequestMeta(params)
    return true
  } catch {
    return false // incomplete: then it is a handshake with something odd in `_meta`
  }
}

/** What 2025 clients speak that do not say (H-10). */
const SAID_NOTHING = '2025-03-26'

/**
 * Refuses what is of an era that a module is not served in, as a version that is not served; the
 * error names those that are (M-09, D-05).
 *
 * @throws {ProtocolError} `unsupported_protocol_version`
 */
export function requireEra(
  classified: Classified,
  eras: readonly Era[],
  headers: McpHeaders,
): void {
  const { era } = classified
  if (era !== 'unknown') {
    if (eras.includes(era)) return
    throw eraNotServed(eras, requestedBy(classified, headers))
  }
  // Of the era that is not served at all, no version is the right one.
  const { kind, data } = classified.error
  if (kind === 'unsupported_protocol_version' && !eras.includes('2026')) {
    throw eraNotServed(eras, String(data?.requested))
  }
}

function requestedBy(
  classified: Exclude<Classified, { era: 'unknown' }>,
  { protocolVersion = SAID_NOTHING }: McpHeaders,
): string {
  if ('meta' in classified) return classified.meta.protocolVersion
  if ('batch' in classified || classified.message.kind !== 'request') return protocolVersion
  const { method, params } = classified.message
  const asked = params.protocolVersion
  return method === 'initialize' && typeof asked === 'string' ? asked : protocolVersion
}

function eraNotServed(eras: readonly Era[], requested: string): ProtocolError {
  const supported = revisionsOf(eras)
  const how = eras.includes('2026')
    ? 'request by request, with the envelope of 2026-07-28 in params._meta and without "initialize"'
    : 'in sessions, which open with "initialize"'
  return new ProtocolError(
    'unsupported_protocol_version',
    `This module does not serve protocol version "${requested}"; it serves ` +
      `${supported.join(', ')}, ${how}.`,
    { supported, requested },
  )
}

const unsupportedVersion = (requested: string): ProtocolError =>
  new ProtocolError(
    'unsupported_protocol_version',
    `Protocol version "${requested}" is not served request by request; use one of: ` +
      `${REVISIONS_2026.join(', ')}. Older revisions open with "initialize".`,
    { supported: [...REVISIONS_2026], requested },
  )

const invalidRequest = (problem: string): ProtocolError =>
  new ProtocolError('invalid_request', `Not a valid JSON-RPC message: ${problem}.`)
