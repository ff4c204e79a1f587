import { encodeBase64Url, utf8 } from './base64'

/** The first 128 bits of SHA-256, base64url: to tell values apart without keeping them. */
export async function shortDigest(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', utf8(text))
  return encodeBase64Url(new Uint8Array(digest, 0, 16))
}

/** A UUID made of a text by SHA-256: the same one each time (RFC 9562 §5.8, version 8). */
export async function digestUuid(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text)))
  const hex = Array.from(digest.subarray(0, 16), (byte, at) => {
    const fixed = at === 6 ? (byte & 0x0f) | 0x80 : at === 8 ? (byte & 0x3f) | 0x80 : byte
    return fixed.toString(16).padStart(2, '0')
  }).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
