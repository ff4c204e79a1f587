import { isFormToken } from '../identity'
import { noticeResponse, redirectResponse } from './page-response'
import type { Services } from './services'
import { type SignedIn, signedIn } from './signed-in'

/** Where whoever is not signed in is sent from `/account`, to come back to it. */
export const ACCOUNT_SIGN_IN = '/sign-in?return_to=%2Faccount'

/** Handles a form of `/account`: only from the very sign-in that its page was made for. */
export async function withAccountForm(
  request: Request,
  form: URLSearchParams,
  services: Services,
  handle: (signed: SignedIn) => Promise<Response>,
): Promise<Response> {
  const signed = await signedIn(request, services)
  if (!signed) return redirectResponse(ACCOUNT_SIGN_IN)
  const { sealer, now } = services
  const token = form.get('csrf') ?? ''
  if (await isFormToken(token, sealer, signed.login.loginId, now())) return handle(signed)
  return noticeResponse('Nothing was changed', 'The page was open for too long.', {
    status: 403,
    remedy: 'Open your account page again and repeat it there.',
    action: { label: 'Your account', href: '/account' },
  })
}
