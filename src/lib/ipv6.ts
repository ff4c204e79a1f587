/** What an address stands for: whoever has one of IPv6 has the 2^64 that begin like it. */
export const networkOf = (address: string): string =>
  address.includes(':') ? expandIpv6(address).slice(0, 4).join(':') : address

/** The eight groups of an IPv6 address, as numbers. Takes hexadecimal groups only. */
export function expandIpv6(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const read = (part: string) => (part === '' ? [] : part.split(':').map((g) => parseInt(g, 16)))
  const [left, right] = [read(head), read(tail ?? '')]
  return [...left, ...Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right]
}
