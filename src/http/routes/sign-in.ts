/**
 * Signing in and out, and the link that makes the first operator.
 *
 * @module
 */
import { renderSetupPage, renderSignInPage } from '../../console'
import {
  askForNewPasskey,
  askForPasskey,
  CHALLENGE_SECONDS,
  checkSetupCode,
  isFormToken,
  isSignInForm,
  loginCookie,
  readLogin,
  readNewPasskey,
  type SignIn,
  signInWithPasskey,
  signOutCookie,
} from '../../identity'
import { isObject, parseJson, shortDigest } from '../../lib'
import type { Person } from '../../store'
import { redirectWith, takeOutcome } from '../outcome'
import { noticeResponse, pageResponse, redirectResponse } from '../page-response'
import type { Services } from '../services'
import { signedIn } from '../signed-in'

/** `GET /sign-in` */
export const showSignIn = (request: Request, services: Services): Promise<Response> =>
  signInPage(request, new URL(request.url).searchParams.get('return_to'), services)

/** @param error Why the attempt before failed. */
async function signInPage(
  request: Request,
  returnPath: string | null,
  services: Services,
  error?: string,
): Promise<Response> {
  const { developer, people, origin, sealer, now } = services
  const [everyone, hasPasskeys, question, signed, { outcome, headers }] = await Promise.all([
    developer ? people.list(50) : [],
    people.hasPasskeys(),
    askForPasskey({ origin, sealer, nowSeconds: now() }),
    signedIn(request, services),
    takeOutcome(request, sealer, now()),
  ])
  const returnTo = safeReturn(returnPath)
  const html = renderSignInPage({
    action: '/sign-in',
    // The sealed challenge is the form's token too: whoever posts it has been shown the page.
    csrf: question.sealed,
    returnTo,
    clientName: await waitingClient(returnTo, services),
    host: new URL(origin).host,
    developer: developer ? { people: everyone } : undefined,
    passkey: hasPasskeys
      ? { options: question.options, lifetimeSeconds: CHALLENGE_SECONDS }
      : undefined,
    signedInAs: signed?.person,
    outcome,
    error,
  })
  const status = error === undefined ? 200 : 400
  return pageResponse(html, { status, headers, scripts: ['passkey'] })
}

/** `POST /sign-in`: with a passkey, or, on a developer's machine only, as whoever one likes. */
export async function signIn(
  request: Request,
  form: URLSearchParams,
  services: Services,
): Promise<Response> {
  const { sealer, people, origin, now, developer } = services
  const returnTo = safeReturn(form.get('returnTo'))
  const credential = form.get('credential')
  const method = credential === null ? 'developer' : 'passkey'
  const again = (problem: string) => {
    services.audit.write({ type: 'sign_in_failed', outcome: 'refused', detail: method })
    return signInPage(request, returnTo, services, problem)
  }
  const csrf = form.get('csrf') ?? ''
  if (!(await isSignInForm(csrf, sealer, now()))) {
    return again('The page was open for too long. Please try again.')
  }
  if (credential !== null) {
    const ceremony = { origin, sealer, nowSeconds: now() }
    const known = await signInWithPasskey(parseJson(credential), csrf, people, ceremony)
    if (!known) return again('This passkey is not known here, or the page was open for too long.')
    return enter(known, method, returnTo, services)
  }
  if (!developer) return again('Sign in with a passkey.')
  const person = await developerPerson(form, services)
  return person
    ? enter({ personId: person.id }, method, returnTo, services)
    : again('Pick a person, or give a name.')
}

/** `POST /sign-out`, from the account page or to decide about consent as somebody else. */
export async function signOut(
  request: Request,
  form: URLSearchParams,
  services: Services,
): Promise<Response> {
  const { audit, sealer, now } = services
  const login = await readLogin(request, sealer, now())
  const token = form.get('csrf') ?? (form.get('handle') ?? '').split('~')[1] ?? ''
  if (login && !(await isFormToken(token, sealer, login.loginId, now()))) {
    return noticeResponse('You are still signed in', 'The page was open for too long.', {
      status: 403,
      remedy: 'Open your account page and sign out there.',
      action: { label: 'Your account', href: '/account' },
    })
  }
  if (login) {
    audit.write({ type: 'signed_out', subject: `person:${login.personId}`, outcome: 'ok' })
  }
  const headers = new Headers({ 'set-cookie': signOutCookie })
  const query = new URLSearchParams({ return_to: safeReturn(form.get('returnTo')) })
  return redirectWith({ text: 'You are signed out.' }, `/sign-in?${query}`, services, headers)
}

/** `GET /setup?code=…` */
export async function showSetup(url: URL, services: Services, error?: string): Promise<Response> {
  const { origin, sealer, userIds, now } = services
  const code = url.searchParams.get('code') ?? ''
  if (!(await setupHash(code, services))) return deadLink()
  const person = { id: await userIds.mint(), name: 'Operator' }
  const ceremony = { origin, sealer, nowSeconds: now() }
  const question = await askForNewPasskey(person, [], `set-up ${person.id}`, ceremony)
  const html = renderSetupPage({
    action: `/setup?${new URLSearchParams({ code, person: person.id })}`,
    csrf: question.sealed,
    host: new URL(origin).host,
    passkey: { options: question.options, lifetimeSeconds: CHALLENGE_SECONDS },
    error,
  })
  return pageResponse(html, { status: error === undefined ? 200 : 400, scripts: ['passkey'] })
}

/** `POST /setup`: the first operator, who is signed in by it. The link is dead afterwards. */
export async function setUp(
  url: URL,
  form: URLSearchParams,
  services: Services,
): Promise<Response> {
  const { audit, origin, sealer, people, userIds, now } = services
  const hash = await setupHash(url.searchParams.get('code') ?? '', services)
  if (hash === undefined) return deadLink()
  const personId = url.searchParams.get('person') ?? ''
  const name = (form.get('name') ?? '').trim().slice(0, 80)
  const passkey = (await userIds.isOurs(personId))
    ? await readNewPasskey(
        parseJson(form.get('credential') ?? ''),
        form.get('csrf') ?? '',
        { personId, name: undefined },
        `set-up ${personId}`,
        { origin, sealer, nowSeconds: now() },
      )
    : undefined
  if (!passkey || name === '') {
    return showSetup(url, services, 'The passkey could not be made. Please try again.')
  }
  const person: Person = {
    id: personId,
    name,
    email: undefined,
    role: 'operator',
    createdAt: now(),
  }
  if (!(await people.setUp(hash, person, passkey))) return deadLink()
  const { credentialId } = passkey
  const about = { subject: `person:${personId}`, passkey: await shortDigest(credentialId) }
  audit.write({ ...about, type: 'setup_used', outcome: 'ok', detail: 'first operator' })
  audit.write({ ...about, type: 'signed_in', outcome: 'ok', detail: 'passkey' })
  const cookie = await loginCookie({ personId, credentialId }, sealer, now())
  const headers = new Headers({ 'set-cookie': cookie })
  return pageResponse(renderSetupPage({ done: true, host: new URL(origin).host }), { headers })
}

/** The name of the client that sent the person here, by its own account. */
async function waitingClient(returnTo: string, services: Services): Promise<string | undefined> {
  if (!returnTo.startsWith('/authorize?')) return undefined
  const clientId = new URLSearchParams(returnTo.slice('/authorize?'.length)).get('client_id') ?? ''
  const record = await services.clients.get(clientId)
  const client: unknown = record === undefined ? undefined : JSON.parse(record)
  if (isObject(client) && typeof client.clientName === 'string') return client.clientName
  return clientId.startsWith('https:') ? URL.parse(clientId)?.hostname : undefined
}

const setupHash = (code: string, { setupCode, people, now }: Services) =>
  checkSetupCode(code, setupCode, people, now())

const deadLink = (): Response =>
  noticeResponse('This link does not work', 'It was used, has ended, or was never valid.', {
    status: 404,
    remedy: 'Run `npm run setup-link` for a new one.',
  })

async function enter(
  who: SignIn,
  method: 'passkey' | 'developer',
  returnTo: string,
  { audit, sealer, now }: Services,
) {
  const { personId, credentialId } = who
  audit.write({
    type: 'signed_in',
    subject: `person:${personId}`,
    passkey: credentialId === undefined ? undefined : await shortDigest(credentialId),
    outcome: 'ok',
    detail: method,
  })
  const headers = new Headers({ 'set-cookie': await loginCookie(who, sealer, now()) })
  return redirectResponse(returnTo, 303, headers)
}

/** Somebody who exists, or somebody new: the first one on a machine runs the place. */
async function developerPerson(
  form: URLSearchParams,
  { people, userIds, now }: Services,
): Promise<Person | undefined> {
  const picked = form.get('person')
  if (picked !== null) return people.find(picked)
  const name = (form.get('name') ?? '').trim().slice(0, 80)
  if (name === '') return undefined
  const email = (form.get('email') ?? '').trim().slice(0, 254)
  const [first] = await people.list(1)
  const person: Person = {
    id: await userIds.mint(),
    name,
    email: email === '' ? undefined : email,
    role: first ? 'member' : 'operator',
    createdAt: now(),
  }
  await people.add(person)
  return person
}

/**
 * Only ever a path of ours: an open redirect would lend our name to any page. Beyond visible ASCII
 * nothing belongs into a header, and nothing we link to needs it.
 */
function safeReturn(path: string | null): string {
  return path !== null && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path) ? path : '/account'
}
