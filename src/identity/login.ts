/**
 * Who is signed in at this browser: a sealed cookie, so that nothing is stored per login.
 *
 * @module
 */
import type { Sealer } from '../keys'
import { encodeBase64Url, readCookie } from '../lib'

/** `__Host-` ties the cookie to this very host over https; browsers count loopback as safe. */
const COOKIE = '__Host-quayside-login'
const LOGIN_SECONDS = 12 * 3600
const FORM_SECONDS = 3600
/** How long a sign-in proves by itself that the person is there. */
const FRESH_SECONDS = 600

export interface Login {
  personId: string
  /** Random, of this one sign-in: what forms are bound to. */
  loginId: string
  /** Epoch seconds. */
  signedInAt: number
  /** The passkey that was used, if one was. The login ends with it. */
  credentialId: string | undefined
}

/** Who came in, and by which passkey if by one. */
export interface SignIn {
  personId: string
  credentialId?: string | undefined
}

/**
 * The login of a request, or undefined: absent, forged and expired look alike. Reads nothing and
 * asks nobody where there is no cookie.
 */
export async function readLogin(
  request: Request,
  sealer: Sealer,
  nowSeconds: number,
): Promise<Login | undefined> {
  const sealed = readCookie(request, COOKIE)
  const opened = sealed === undefined ? undefined : await sealer.open('cookie', sealed)
  if (!Array.isArray(opened) || opened[0] !== 'login') return undefined
  const [, personId, loginId, signedInAt, credentialId] = opened as SealedLogin
  return signedInAt + LOGIN_SECONDS > nowSeconds
    ? { personId, loginId, signedInAt, credentialId: credentialId ?? undefined }
    : undefined
}

/** As `loginCookie()` seals it. */
type SealedLogin = ['login', string, string, number, (string | null)?]

/** `Set-Cookie` that signs a person in. */
export async function loginCookie(
  { personId, credentialId }: SignIn,
  sealer: Sealer,
  nowSeconds: number,
): Promise<string> {
  const loginId = encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)))
  const login: SealedLogin = ['login', personId, loginId, nowSeconds, credentialId ?? null]
  const sealed = await sealer.seal('cookie', login)
  return `${COOKIE}=${sealed}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${LOGIN_SECONDS}`
}

export const signOutCookie = `${COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`

/**
 * Whether the person signed in a moment ago: asked before ways to sign in are added or taken away,
 * so that a browser left open, or a stolen cookie, does not become a key of its own.
 */
export const isFresh = ({ signedInAt }: Login, nowSeconds: number): boolean =>
  signedInAt + FRESH_SECONDS > nowSeconds

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
  return Number(opened[2]) + FORM_SECONDS > nowSeconds
}
