import { utf8 } from '../lib'

const HIDDEN = '[hidden]'
/** A shorter one would be found in every other word, and is none. */
const SHORTEST = 8

/** Takes secrets out of what a host answers, because some repeat what they were sent. */
export interface Mask {
  text(text: string): string
  found(text: string): boolean
  /** For bodies: masks chunk after chunk; undefined where there is nothing to mask. */
  bytes(): ByteMask | undefined
}

export interface ByteMask {
  /** What is certain by now; the rest is kept, as it may be the start of a secret. */
  next(chunk: Uint8Array): Uint8Array
  rest(): Uint8Array
}

/** A secret is looked for as it is, as a query has it, and as JSON has it; other spellings pass. */
export function createMask(secrets: readonly string[]): Mask {
  const spellings = [
    ...new Set(
      secrets
        .filter((secret) => secret.length >= SHORTEST)
        .flatMap((secret) => [
          secret,
          encodeURIComponent(secret),
          new URLSearchParams([['', secret]]).toString().slice(1),
          JSON.stringify(secret).slice(1, -1),
        ]),
    ),
  ].sort((a, b) => b.length - a.length)
  return {
    text: (text) =>
      spellings.reduce((masked, spelling) => masked.replaceAll(spelling, HIDDEN), text),
    found: (text) => spellings.some((spelling) => text.includes(spelling)),
    bytes: () => (spellings.length > 0 ? byteMask(spellings.map(utf8)) : undefined),
  }
}

function byteMask(needles: readonly Uint8Array[]): ByteMask {
  let kept = new Uint8Array()
  return {
    next(chunk) {
      const bytes = joined([kept, chunk])
      const parts: Uint8Array[] = []
      let from = 0
      for (let hit = firstOf(needles, bytes, from); hit; hit = firstOf(needles, bytes, from)) {
        parts.push(bytes.subarray(from, hit.start), utf8(HIDDEN))
        from = hit.end
      }
      const end = bytes.length - startedAtEnd(needles, bytes.subarray(from))
      parts.push(bytes.subarray(from, end))
      kept = bytes.slice(end)
      return joined(parts)
    },
    rest: () => kept,
  }
}

function firstOf(needles: readonly Uint8Array[], bytes: Uint8Array, from: number) {
  let first: { start: number; end: number } | undefined
  for (const needle of needles) {
    const start = indexOf(bytes, needle, from)
    if (start >= 0 && (!first || start < first.start)) {
      first = { start, end: start + needle.length }
    }
  }
  return first
}

function indexOf(bytes: Uint8Array, needle: Uint8Array, from: number): number {
  const [head = 0] = needle
  for (let at = bytes.indexOf(head, from); at >= 0; at = bytes.indexOf(head, at + 1)) {
    if (at + needle.length > bytes.length) return -1
    if (needle.every((byte, index) => bytes[at + index] === byte)) return at
  }
  return -1
}

/** How many of the last bytes could be the start of a secret. */
function startedAtEnd(needles: readonly Uint8Array[], bytes: Uint8Array): number {
  const longest = Math.max(...needles.map(({ length }) => length)) - 1
  for (let size = Math.min(longest, bytes.length); size > 0; size--) {
    const end = bytes.subarray(bytes.length - size)
    const starts = (needle: Uint8Array) =>
      needle.length > size && end.every((byte, index) => needle[index] === byte)
    if (needles.some(starts)) return size
  }
  return 0
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
