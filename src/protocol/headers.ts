/**
 * The MCP headers of 2026-07-28: they repeat parts of the body so that intermediaries can route
 * without parsing it, and whoever reads the body refuses a request in which the two disagree.
 *
 * @module
 */
import { decodeBase64Text } from '../lib'
import type { JsonRpcRequest } from './json-rpc'
import { ProtocolError } from './protocol-error'

/** The headers a request is judged by, each trimmed of optional blanks, absent ones undefined. */
export interface McpHeaders {
  protocolVersion: string | undefined
  method: string | undefined
  name: string | undefined
  sessionId: string | undefined
}

export function readMcpHeaders(headers: Headers): McpHeaders {
  return {
    protocolVersion: trimmed(headers.get('mcp-protocol-version')),
    method: trimmed(headers.get('mcp-method')),
    name: trimmed(headers.get('mcp-name')),
    sessionId: trimmed(headers.get('mcp-session-id')),
  }
}

/** Which parameter `Mcp-Name` repeats; methods not listed have none. */
const NAME_SOURCES = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

/**
 * Refuses a request whose required headers are absent (M-08, M-10, M-11) or whose `Mcp-Name`
 * says something else than its body. That version and method headers agree with the body has
 * been checked while classifying.
 *
 * @throws {ProtocolError} `header_mismatch`
 */
export function checkStandardHeaders(headers: McpHeaders, request: JsonRpcRequest): void {
  if (headers.protocolVersion === undefined) throw missing('MCP-Protocol-Version')
  if (headers.method === undefined) throw missing('Mcp-Method')
  const source = NAME_SOURCES.get(request.method)
  if (source === undefined) return
  const named = request.params[source]
  if (headers.name === undefined) {
    // A body without the parameter is refused for that, by the method itself.
    if (typeof named === 'string') throw missing('Mcp-Name')
    return
  }
  const decoded = decodeSentinel(headers.name)
  if (decoded === undefined) throw badSentinel('Mcp-Name')
  if (decoded !== named) throw disagree('Mcp-Name', `params.${source}`)
}

/**
 * A header value with its `=?base64?…?=` form undone; undefined when it is that form but not
 * canonical base64 of UTF-8, or when it holds what must travel in that form: control characters
 * and anything beyond ASCII (M-13). Intermediaries do not agree on how to read such bytes.
 */
export function decodeSentinel(value: string): string | undefined {
  if (/[^\t\x20-\x7e]/.test(value)) return undefined
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1]
  return encoded === undefined ? value : decodeBase64Text(encoded)
}

export const missing = (header: string): ProtocolError =>
  new ProtocolError(
    'header_mismatch',
    `The ${header} header is missing; it must repeat what the body says.`,
  )

export const badSentinel = (header: string): ProtocolError =>
  new ProtocolError(
    'header_mismatch',
    `The ${header} header is neither visible ASCII nor canonical base64 of UTF-8 text.`,
  )

export const disagree = (header: string, body: string): ProtocolError =>
  new ProtocolError(
    'header_mismatch',
    `The ${header} header and ${body} in the body disagree; they must be equal.`,
  )

/**
 * A header value without the optional blanks around it (RFC 9110 §5.5). A loop, since a regular
 * expression for trailing blanks takes quadratic time on blanks in the middle.
 */
export function trimmed(value: string | null): string | undefined {
  if (value === null) return undefined
  let [start, end] = [0, value.length]
  while (start < end && isBlank(value[start])) start++
  while (end > start && isBlank(value[end - 1])) end--
  return value.slice(start, end)
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t'
