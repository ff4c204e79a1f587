/**
 * The one-time link that makes the first operator. The deployed copy knows only the hash of its
 * code and when it ends (`SETUP_CODE`: `<hex SHA-256>.<epoch seconds>`), so whoever reads the
 * settings cannot open it.
 *
 * @module
 */
import { utf8 } from '../lib'
import type { People } from '../store'

/** The hash under which a code is used up, or undefined: wrong, late and used look alike. */
export async function checkSetupCode(
  code: string,
  setting: string | undefined,
  people: People,
  nowSeconds: number,
): Promise<string | undefined> {
  const [expected, end] = (setting ?? '').split('.')
  if (!expected || !end || !(Number(end) > nowSeconds) || code.length < 20) return undefined
  const hash = await hashOf(code)
  const matches = crypto.subtle.timingSafeEqual(utf8(hash), utf8(expected.padEnd(64).slice(0, 64)))
  return matches && !(await people.isSetupCodeUsed(hash)) ? hash : undefined
}

async function hashOf(code: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(code)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
