/**
 * Signing in and out, and the link that makes the first operator.
 *
 * @module
 */
import { renderSetupPage, renderSignInPage } from '../../console'
import {
  askForNewPasskey,
  askForPasskey,
  checkSetupCode,
  isFormToken,
  loginCookie,
  readLogin,
  readNewPasskey,
  signInWithPasskey,
  signOutCookie,
} from '../../identity'
import { isObject } from '../../lib'
import type { Person } from '../../store'
import { noticeResponse, pageResponse, redirectResponse } from '../page-response'
import type { Services } from '../services'

/** `GET /sign-in` */
export async function showSignIn(
  url: URL,
  services: Services,
  error?: string,
  status = 200,
): Promise<Response> {
  const { developer, people, origin, sealer, now } = services
  const [everyone, hasPasskeys, question] = await Promise.all([
    developer ? people.list(50) : [],
    people.hasPasskeys(),
    askForPasskey(origin, sealer, now()),
  ])
  const returnTo = safeReturn(url.searchParams.get('return_to'))
  const html = renderSignInPage({
    action: '/sign-in',
    // The sealed challenge is the form's token too: whoever posts it has been shown the page.
    csrf: question.sealed,
    returnTo,
    clientName: await waitingClient(returnTo, services),
    host: new URL(origin).host,
    developer: developer ? { people: everyone } : undefined,
    passkey: hasPasskeys ? { options: question.options } : undefined,
    error,
  })
  return pageResponse(html, { status, scripts: ['passkey'] })
}

/** `POST /sign-in`: with a passkey, or, on a developer's machine only, as whoever one likes. */
export async function signIn(form: URLSearchParams, services: Services): Promise<Response> {
  const { sealer, people, origin, now, developer } = services
  const returnTo = safeReturn(form.get('returnTo'))
  const credential = form.get('credential')
  const method = credential === null ? 'developer' : 'passkey'
  const again = (problem: string) => {
    services.audit.write({ type: 'sign_in_failed', outcome: 'refused', detail: method })
    const page = new URL(`${origin}/sign-in?${new URLSearchParams({ return_to: returnTo })}`)
    return showSignIn(page, services, problem, 400)
  }
  const csrf = form.get('csrf') ?? ''
  if (!Array.isArray(await sealer.open('cookie', csrf))) {
    return again('The page was open for too long. Please try again.')
  }
  if (credential !== null) {
    const personId = await signInWithPasskey(parse(credential), csrf, origin, people, sealer, now())
    if (personId === undefined) return again('This passkey is not known here.')
    return enter(personId, method, returnTo, services)
  }
  if (!developer) return again('Sign in with a passkey.')
  const person = await developerPerson(form, services)
  return person
    ? enter(person.id, method, returnTo, services)
    : again('Pick a person, or give a name.')
}

/** `POST /sign-out`, from the account page or to decide about consent as somebody else. */
export async function signOut(
  request: Request,
  form: URLSearchParams,
  { audit, sealer, now }: Services,
): Promise<Response> {
  const login = await readLogin(request, sealer, now())
  const token = form.get('csrf') ?? (form.get('handle') ?? '').split('~')[1] ?? ''
  if (login && !(await isFormToken(token, sealer, login.loginId, now()))) {
    return noticeResponse('You are still signed in', 'The page was open for too long.', {
      status: 403,
      remedy: 'Open `/account` and sign out there.',
    })
  }
  if (login) {
    audit.write({ type: 'signed_out', subject: `person:${login.personId}`, outcome: 'ok' })
  }
  const headers = new Headers({ 'set-cookie': signOutCookie })
  const query = new URLSearchParams({ return_to: safeReturn(form.get('returnTo')) })
  return redirectResponse(`/sign-in?${query}`, 303, headers)
}

/** `GET /setup?code=…` */
export async function showSetup(url: URL, services: Services, error?: string): Promise<Response> {
  const { origin, sealer, userIds, now } = services
  const code = url.searchParams.get('code') ?? ''
  if (!(await setupHash(code, services))) return deadLink()
  const person = { id: await userIds.mint(), name: 'Operator' }
  const question = await askForNewPasskey(origin, person, sealer, now())
  const html = renderSetupPage({
    action: `/setup?${new URLSearchParams({ code, person: person.id })}`,
    csrf: question.sealed,
    host: new URL(origin).host,
    passkey: { options: question.options },
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
  const credential = parse(form.get('credential') ?? '')
  const csrf = form.get('csrf') ?? ''
  const passkey = (await userIds.isOurs(personId))
    ? await readNewPasskey(credential, csrf, origin, personId, sealer, now())
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
  const subject = `person:${personId}`
  audit.write({ type: 'setup_used', subject, outcome: 'ok', detail: 'first operator' })
  audit.write({ type: 'signed_in', subject, outcome: 'ok', detail: 'passkey' })
  const headers = new Headers({ 'set-cookie': await loginCookie(personId, sealer, now()) })
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
  personId: string,
  method: 'passkey' | 'developer',
  returnTo: string,
  { audit, sealer, now }: Services,
) {
  audit.write({ type: 'signed_in', subject: `person:${personId}`, outcome: 'ok', detail: method })
  const headers = new Headers({ 'set-cookie': await loginCookie(personId, sealer, now()) })
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

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
