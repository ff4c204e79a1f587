/**
 * Which URLs chosen by outsiders may be fetched at all. The runtime flag
 * `global_fetch_strictly_public` keeps a name that resolves to a private address from being
 * reached; what is refused here never gets as far as a look-up.
 *
 * @module
 */
import { expandIpv6 } from './ipv6'

/** Names that never belong to the public internet (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const PRIVATE_SUFFIXES = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'private',
  'home.arpa',
  'test',
  'invalid',
  'example',
  'onion',
  'alt',
]

/** Whether a URL is https, to a public name or address, on the usual port, without credentials. */
export function isPublicHttpsUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' || url.port !== '') return false
  if (url.username !== '' || url.password !== '') return false
  return isPublicHost(url.hostname)
}

/** `hostname` as the URL parser writes it: numeric spellings of an address are already dotted. */
export function isPublicHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return isPublicIpv6(hostname.slice(1, -1))
  const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(hostname)?.slice(1).map(Number)
  if (octets) return isPublicIpv4(octets)
  const name = hostname.replace(/\.$/, '')
  const labels = name.split('.')
  return (
    labels.length > 1 &&
    !labels.includes('') &&
    !PRIVATE_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))
  )
}

/** Everything but what the IANA special-purpose registry sets aside (RFC 6890). */
function isPublicIpv4([a = 0, b = 0, c = 0]: number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false
  if (a === 100 && b >= 64 && b <= 127) return false
  if (a === 169 && b === 254) return false
  if (a === 172 && b >= 16 && b <= 31) return false
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99))) {
    return false
  }
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false
  return !(a === 203 && b === 0 && c === 113)
}

/** Global unicast without the ranges that carry an IPv4 address or are for documentation. */
function isPublicIpv6(address: string): boolean {
  const groups = expandIpv6(address)
  const [first = 0, second = 0] = groups
  if ((first & 0xe000) !== 0x2000) return false
  if (first === 0x2002 || (first === 0x2001 && (second === 0 || second === 0xdb8))) return false
  if (first === 0x3fff && second < 0x1000) return false
  return !(first === 0x2001 && second >= 0x10 && second <= 0x2f)
}
