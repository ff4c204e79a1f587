/**
 * `/account/passkeys`: a person adds, names and removes the passkeys they sign in with.
 *
 * @module
 */
import { plainName } from '../../console'
import { isFresh, readNewPasskey, signOutCookie } from '../../identity'
import { parseJson, shortDigest } from '../../lib'
import { withAccountForm } from '../account-form'
import { redirectWith } from '../outcome'
import type { Services } from '../services'

/** More than anybody has devices, so that the list stays one a person can read. */
export const MAX_PASSKEYS = 20
const MAX_NAME_CHARACTERS = 60

/**
 * `POST /account/passkeys`. That the person is there is proved by the challenge: only a page of a
 * fresh sign-in has one, it ends with that sign-in, and the device verifies its user once more.
 */
export const addPasskey = (
  request: Request,
  form: URLSearchParams,
  services: Services,
): Promise<Response> =>
  withAccountForm(request, form, services, async ({ person, login }) => {
    const { audit, people, origin, sealer, now } = services
    const passkey = await readNewPasskey(
      parseJson(form.get('credential') ?? ''),
      form.get('challenge') ?? '',
      { personId: person.id, name: nameIn(form) },
      `login ${login.loginId}`,
      { origin, sealer, nowSeconds: now() },
    )
    if (!passkey) return tell(services, 'The passkey was not added. Please try again.', true)
    const added = await people.addPasskey(passkey, MAX_PASSKEYS)
    switch (added) {
      case 'added': {
        audit.write({
          type: 'passkey_added',
          subject: `person:${person.id}`,
          passkey: await shortDigest(passkey.credentialId),
          outcome: 'ok',
        })
        return tell(
          services,
          `${called(passkey.name)} is added. You can sign in with it from now on.`,
        )
      }
      case 'known':
        return tell(services, 'The passkey was not added: it is known here already.', true)
      case 'full':
        return tell(
          services,
          `The passkey was not added: ${MAX_PASSKEYS} are the most there can be.`,
          true,
        )
      default:
        return added satisfies never
    }
  })

/** `POST /account/passkeys/rename` */
export const renamePasskey = (
  request: Request,
  form: URLSearchParams,
  services: Services,
): Promise<Response> =>
  withAccountForm(request, form, services, async ({ person }) => {
    const name = nameIn(form)
    if (name === undefined)
      return tell(services, 'The passkey keeps its name: a new one was not given.', true)
    const id = form.get('passkey') ?? ''
    return (await services.people.renamePasskey(person.id, id, name))
      ? tell(services, `The passkey is called “${name}” now.`)
      : tell(services, 'That passkey was removed already.', true)
  })

/**
 * `POST /account/passkeys/remove`. Whoever signed in with it is signed out with it. The last one
 * stays where there is no other way in: nobody could let its owner in again.
 */
export const removePasskey = (
  request: Request,
  form: URLSearchParams,
  services: Services,
): Promise<Response> =>
  withAccountForm(request, form, services, async ({ person, login }) => {
    const { audit, people, developer, now } = services
    const id = form.get('passkey') ?? ''
    if (!isFresh(login, now())) {
      return tell(services, 'Nothing was removed: confirm first that it is you, below.', true)
    }
    const passkey = await people.passkey(id)
    const removed = await people.removePasskey(person.id, id, { keepLast: !developer })
    switch (removed) {
      case 'removed': {
        const subject = `person:${person.id}`
        const digest = await shortDigest(id)
        audit.write({ type: 'passkey_removed', subject, passkey: digest, outcome: 'ok' })
        const what = `${called(passkey?.name)} is removed.`
        if (login.credentialId !== id) {
          return tell(services, `${what} Browsers that were signed in with it are signed out.`)
        }
        audit.write({ type: 'signed_out', subject, outcome: 'ok', detail: 'passkey removed' })
        const text = `${what} You had signed in with it, so you are signed out here too.`
        const headers = new Headers({ 'set-cookie': signOutCookie })
        return redirectWith({ text }, '/sign-in', services, headers)
      }
      case 'last':
        return tell(
          services,
          `${called(passkey?.name)} is your only way to sign in, so it stays. Add another one first.`,
          true,
        )
      case 'unknown':
        return tell(services, 'That passkey was removed already.', true)
      default:
        return removed satisfies never
    }
  })

/** Back to the account page, which says it. */
const tell = (services: Services, text: string, failed = false): Promise<Response> =>
  redirectWith({ text, failed }, '/account', services)

/** What a person calls a passkey, or undefined when they call it nothing. */
function nameIn(form: URLSearchParams): string | undefined {
  const name = (form.get('label') ?? '').trim()
  return name === '' ? undefined : plainName(name, MAX_NAME_CHARACTERS)
}

const called = (name: string | undefined): string =>
  name === undefined ? 'The passkey' : `The passkey “${name}”`
