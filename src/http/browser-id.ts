/**
 * Which browser this is: a random id, so that a step-up can be told from the sign-in of another
 * install of the same client. It proves nothing and lets nobody in.
 *
 * @module
 */
import { encodeBase64Url, readCookie, shortDigest } from '../lib'

const COOKIE = '__Host-quayside-browser'
/** The longest that browsers keep one. */
const COOKIE_SECONDS = 400 * 86_400

/** The digest of the browser's id, and the header that makes it keep the id. */
export async function browserId(request: Request): Promise<{ digest: string; setCookie: string }> {
  const sent = readCookie(request, COOKIE)
  const id =
    sent !== undefined && /^[\w-]{22}$/.test(sent)
      ? sent
      : encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)))
  return {
    digest: await shortDigest(id),
    setCookie: `${COOKIE}=${id}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${COOKIE_SECONDS}`,
  }
}
