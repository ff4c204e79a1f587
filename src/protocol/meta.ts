/**
 * The per-request envelope of 2026-07-28: what each request says of itself in `params._meta`.
 *
 * @module
 */
import { isObject } from '../lib'
import { ProtocolError } from './protocol-error'

export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const

/** RFC 5424 severities as MCP names them, least severe first. */
export const LOG_LEVELS = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface ClientInfo {
  name: string
  version: string
}

export interface RequestMeta {
  protocolVersion: string
  clientCapabilities: Record<string, unknown>
  /** Optional on the wire, and only ever a label. */
  clientInfo: ClientInfo | undefined
  logLevel: LogLevel | undefined
  progressToken: string | number | undefined
}

/** Whether a message claims to be of the 2026 era: its `_meta` names a protocol version. */
export function claimedVersion(params: Record<string, unknown>): unknown {
  return isObject(params._meta) ? params._meta[META.protocolVersion] : undefined
}

/**
 * The envelope of a request.
 *
 * @throws {ProtocolError} `invalid_envelope`, naming every missing key, or the first wrong one
 *   (MCP 2026-07-28, Base Protocol, `_meta`).
 */
export function readRequestMeta(params: Record<string, unknown>): RequestMeta {
  const meta = isObject(params._meta) ? params._meta : {}
  const required = [META.protocolVersion, META.clientCapabilities]
  const missing = required.filter((key) => meta[key] === undefined)
  if (missing.length > 0) {
    const keys = missing.map((key) => `"${key}"`).join(' and ')
    throw invalid(`every request of revision 2026-07-28 carries ${keys} in params._meta`, missing)
  }
  const protocolVersion = meta[META.protocolVersion]
  const clientCapabilities = meta[META.clientCapabilities]
  if (typeof protocolVersion !== 'string') throw wrong(META.protocolVersion, 'a string')
  if (!isObject(clientCapabilities)) throw wrong(META.clientCapabilities, 'an object')
  return {
    protocolVersion,
    clientCapabilities,
    clientInfo: readClientInfo(meta[META.clientInfo]),
    logLevel: readLogLevel(meta[META.logLevel]),
    progressToken: readProgressToken(meta.progressToken),
  }
}

/** The caller's progress token. @throws {ProtocolError} `invalid_envelope` */
export function readProgressToken(token: unknown): string | number | undefined {
  if (token === undefined || typeof token === 'string' || Number.isSafeInteger(token)) {
    return token as string | number | undefined // the three cases just checked
  }
  throw wrong('progressToken', 'a string or an integer')
}

function readClientInfo(value: unknown): ClientInfo | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) throw wrong(META.clientInfo, 'an object')
  const { name, version } = value
  if (typeof name !== 'string' || typeof version !== 'string') {
    throw wrong(META.clientInfo, 'an object with the strings "name" and "version"')
  }
  return { name, version }
}

function readLogLevel(value: unknown): LogLevel | undefined {
  if (value === undefined) return undefined
  const level = LOG_LEVELS.find((known) => known === value)
  if (level === undefined) throw wrong(META.logLevel, `one of ${LOG_LEVELS.join(', ')}`)
  return level
}

const wrong = (key: string, expected: string): ProtocolError =>
  invalid(`params._meta["${key}"] must be ${expected}`, [key])

const invalid = (message: string, keys: string[]): ProtocolError =>
  new ProtocolError('invalid_envelope', `Invalid request envelope: ${message}.`, { keys })
