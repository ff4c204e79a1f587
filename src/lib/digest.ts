import { encodeBase64Url, utf8 } from './base64'

/** The first 128 bits of SHA-256, base64url: to tell values apart without keeping them. */
export async function shortDigest(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', utf8(text))
  return encodeBase64Url(new Uint8Array(digest, 0, 16))
}
