const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as base64 with padding (RFC 4648 §4). */
export const encodeBase64 = (bytes: Uint8Array): string => btoa(binaryString(bytes))

/** Bytes as base64url without padding (RFC 4648 §5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * The bytes of an unpadded base64url text, or undefined for anything else. Only the canonical
 * spelling is taken, so that one value never has two names.
 */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = bytesOf(text.replaceAll('-', '+').replaceAll('_', '/'))
  return bytes && encodeBase64Url(bytes) === text ? bytes : undefined
}

/** The UTF-8 text behind padded, canonical base64 (RFC 4648 §4), or undefined. */
export function decodeBase64Text(text: string): string | undefined {
  const bytes = bytesOf(text)
  if (!bytes || btoa(binaryString(bytes)) !== text) return undefined
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined // not UTF-8
  }
}

/** The UTF-8 bytes of a text. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> =>
  encoder.encode(text) as Uint8Array<ArrayBuffer> // never a shared one

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  let binary: string
  try {
    binary = atob(base64)
  } catch {
    return undefined // not base64
  }
  // A loop takes a tenth of what `Uint8Array.from` with a mapping does.
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

/** More at once would be more arguments than a call takes. */
const CHUNK_BYTES = 8192

function binaryString(bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += characters(bytes.subarray(start, start + CHUNK_BYTES))
  }
  return binary
}

/** `apply` takes anything with a length; a spread goes through it one by one, in four times the time. */
const characters = (codes: ArrayLike<number>): string =>
  String.fromCharCode.apply(null, codes as number[])
