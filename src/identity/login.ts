/**
 * Who is signed in at this browser: a sealed cookie, so that nothing is stored per login.
 *
 * @module
 */
import type { Sealer } from '../keys'
import { encodeBase64Url } from '../lib'

/** `__Host-` ties the cookie to this very host over https; browsers count loopback as safe. */
const COOKIE = '__Host-quayside-login'
const LOGIN_SECONDS = 12 * 3600

export interface Login {
  personId: string
  /** Random, of this one sign-in: what forms are bound to. */
  loginId: string
  /** Epoch seconds. */
  signedInAt: number
}

/** The login of a request, or undefined: absent, forged and expired look alike. */
export async function readLogin(
  request: Request,
  sealer: Sealer,
  nowSeconds: number,
): Promise<Login | undefined> {
  const sealed = cookieOf(request, COOKIE)
  const opened = sealed === undefined ? undefined : await sealer.open('cookie', sealed)
  if (!Array.isArray(opened) || opened[0] !== 'login') return undefined
  const [, personId, loginId, signedInAt] = opened as ['login', string, string, number] // ours
  return signedInAt + LOGIN_SECONDS > nowSeconds ? { personId, loginId, signedInAt } : undefined
}

/** `Set-Cookie` that signs a person in. */
export async function loginCookie(
  personId: string,
  sealer: Sealer,
  nowSeconds: number,
): Promise<string> {
  const loginId = encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)))
  const sealed = await sealer.seal('cookie', ['login', personId, loginId, nowSeconds])
  return `${COOKIE}=${sealed}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${LOGIN_SECONDS}`
}

export const signOutCookie = `${COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`

/**
 * A token for the hidden field of a form, good for an hour and only with this login (or with none,
 * for the form that signs in). Beside `SameSite` and the Origin check, not instead of them.
 */
export async function formToken(
  sealer: Sealer,
  loginId: string,
  nowSeconds: number,
): Promise<string> {
  return sealer.seal('cookie', ['form', loginId, nowSeconds])
}

export async function isFormToken(
  token: string,
  sealer: Sealer,
  loginId: string,
  nowSeconds: number,
): Promise<boolean> {
  const opened = await sealer.open('cookie', token)
  if (!Array.isArray(opened) || opened[0] !== 'form' || opened[1] !== loginId) return false
  return Number(opened[2]) + 3600 > nowSeconds
}

function cookieOf(request: Request, name: string): string | undefined {
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=')
    if (key === name) return value.join('=')
  }
  return undefined
}
