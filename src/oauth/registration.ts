/**
 * Dynamic client registration (RFC 7591) for the clients that still need it. Anyone may register,
 * so nothing a client says of itself is trusted; and what one client lists for several hosts is
 * kept as far as it can be, because refusing one address would refuse the client everywhere.
 *
 * @module
 */
import { isObject } from '../lib'

/** Schemes that run, read or start something of the browser or the system: no app is behind them. */
const FORBIDDEN_SCHEMES = new Set([
  'about:',
  'blob:',
  'chrome:',
  'data:',
  'edge:',
  'file:',
  'filesystem:',
  'ftp:',
  'intent:',
  'jar:',
  'javascript:',
  'mailto:',
  'ms-msdt:',
  'ms-officecmd:',
  'search-ms:',
  'search:',
  'sms:',
  'tel:',
  'vbscript:',
  'view-source:',
  'ws:',
  'wss:',
])

/** Metadata is a flat thing; what is nested deeper than this only costs whoever walks it. */
const MAX_DEPTH = 8

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_OR_SPACE = /[\u0000-\u0020\u007f-\u00a0]/

export interface PreparedRegistration {
  /** What the provider is asked to register. */
  metadata: Record<string, unknown>
  applicationType: 'web' | 'native'
  /** Redirect addresses that were left out, each with why. */
  dropped: { redirect_uri: string; reason: string }[]
}

/** The metadata to register, or in words what makes it impossible. */
export function prepareRegistration(
  body: unknown,
):
  | { ok: true; registration: PreparedRegistration }
  | { ok: false; error: string; problem: string } {
  if (!isObject(body)) return refuse('invalid_client_metadata', 'The body must be a JSON object.')
  if (isDeeperThan(MAX_DEPTH, body)) {
    return refuse('invalid_client_metadata', 'The metadata is nested too deeply.')
  }
  const { redirect_uris: uris } = body
  if (!Array.isArray(uris) || uris.length === 0) {
    return refuse('invalid_redirect_uri', 'redirect_uris must list at least one address.')
  }
  const kept: string[] = []
  const dropped: PreparedRegistration['dropped'] = []
  for (const uri of uris) {
    const reason = typeof uri === 'string' ? redirectFault(uri) : 'not a string'
    const named = typeof uri === 'string' ? uri : JSON.stringify(uri)
    if (reason === undefined) kept.push(uri)
    else dropped.push({ redirect_uri: named.slice(0, 200), reason })
  }
  if (kept.length === 0) {
    const reasons = dropped.map(({ reason }) => reason).join('; ')
    return refuse('invalid_redirect_uri', `No redirect address can be used: ${reasons}.`)
  }
  // What the addresses show outweighs what the client calls itself (native: loopback or own scheme).
  const applicationType = kept.every((uri) => uri.startsWith('https:')) ? 'web' : 'native'
  const { application_type: _asked, ...metadata } = body
  return {
    ok: true,
    registration: { metadata: { ...metadata, redirect_uris: kept }, applicationType, dropped },
  }
}

function isDeeperThan(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((part) => isDeeperThan(depth - 1, part))
}

/** Why nobody is sent to an address, whoever lists it; undefined when they may be. */
export function redirectFault(uri: string): string | undefined {
  const url = URL.parse(uri)
  if (!url) return 'not a URL'
  // The URL parser drops some of these, a browser others.
  if (CONTROL_OR_SPACE.test(uri)) return 'a control character or blank'
  if (FORBIDDEN_SCHEMES.has(url.protocol)) return `scheme ${url.protocol} is never called back`
  if (uri.includes('#')) return 'a fragment never reaches an app'
  if (url.username !== '' || url.password !== '') return 'a name or password does not belong here'
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) return 'plain http off loopback'
  return undefined
}

/** Hosts that only this computer answers for. */
export const isLoopbackHost = (hostname: string): boolean =>
  hostname === 'localhost' || /^127(\.\d{1,3}){3}$/.test(hostname) || hostname === '[::1]'

const refuse = (error: string, problem: string): { ok: false; error: string; problem: string } => ({
  ok: false,
  error,
  problem,
})
