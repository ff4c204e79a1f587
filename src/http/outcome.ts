/**
 * What a form did, told by the next page: the form is answered with a redirect, so that loading
 * the page again does not post it again, and a cookie of a minute carries the sentence there.
 *
 * @module
 */
import type { OutcomeView } from '../console'
import type { Sealer } from '../keys'
import { readCookie } from '../lib'
import { redirectResponse } from './page-response'
import type { Services } from './services'

const COOKIE = '__Host-quayside-outcome'
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const LIFETIME_SECONDS = 60

/** Goes on to a page of ours that tells this. */
export async function redirectWith(
  outcome: OutcomeView,
  location: string,
  { sealer, now }: Pick<Services, 'sealer' | 'now'>,
  headers = new Headers(),
): Promise<Response> {
  const { failed = false, text } = outcome
  const sealed = await sealer.seal('cookie', ['outcome', now(), failed, text])
  headers.append('set-cookie', `${COOKIE}=${sealed}; ${ATTRIBUTES}; Max-Age=${LIFETIME_SECONDS}`)
  return redirectResponse(location, 303, headers)
}

/** What the last form did, if this request brings it; `headers` makes the browser forget it. */
export async function takeOutcome(
  request: Request,
  sealer: Sealer,
  nowSeconds: number,
): Promise<{ outcome: OutcomeView | undefined; headers: Headers }> {
  const headers = new Headers()
  const sealed = readCookie(request, COOKIE)
  if (sealed === undefined) return { outcome: undefined, headers }
  headers.append('set-cookie', `${COOKIE}=; ${ATTRIBUTES}; Max-Age=0`)
  const opened = await sealer.open('cookie', sealed)
  if (!Array.isArray(opened) || opened[0] !== 'outcome') return { outcome: undefined, headers }
  const [, at, failed, text] = opened as ['outcome', number, boolean, string] // ours
  const isRecent = at + LIFETIME_SECONDS > nowSeconds
  return { outcome: isRecent ? { failed, text } : undefined, headers }
}
