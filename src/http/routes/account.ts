/**
 * `/account`: who somebody is here, what they have connected and how they sign in.
 *
 * @module
 */
import {
  type AccountView,
  type ConnectionView,
  type NewPasskeyView,
  plainName,
  renderAccountPage,
} from '../../console'
import { askForNewPasskey, CHALLENGE_SECONDS, formToken, isFresh } from '../../identity'
import { type GrantView, resourceOf } from '../../oauth'
import { expandScopes } from '../../policy'
import type { HostedServer } from '../../registry'
import type { Passkey } from '../../store'
import { ACCOUNT_SIGN_IN, withAccountForm } from '../account-form'
import { clientLabel } from '../client-label'
import { redirectWith, takeOutcome } from '../outcome'
import { pageResponse, redirectResponse } from '../page-response'
import type { Services } from '../services'
import { type SignedIn, signedIn } from '../signed-in'
import { MAX_PASSKEYS } from './passkeys'

/** `GET /account` */
export async function showAccount(request: Request, services: Services): Promise<Response> {
  const signed = await signedIn(request, services)
  if (!signed) return redirectResponse(ACCOUNT_SIGN_IN)
  const { person, login } = signed
  const { people, sealer, now, origin, developer, authorizationServer } = services
  const [grants, passkeys, csrf, { outcome, headers }] = await Promise.all([
    authorizationServer.grantsOf(person.id).list(now()),
    people.passkeysOf(person.id),
    formToken(sealer, login.loginId, now()),
    takeOutcome(request, sealer, now()),
  ])
  const html = renderAccountPage({
    person,
    csrf,
    host: new URL(origin).host,
    connections: await Promise.all(grants.map((grant) => connectionView(grant, services))),
    passkeys: passkeys.map(({ credentialId, name, createdAt, lastUsedAt }) => ({
      id: credentialId,
      name,
      createdAt,
      lastUsedAt,
      isCurrent: credentialId === login.credentialId,
      isOnlyWayIn: passkeys.length === 1 && !developer,
    })),
    newPasskey: await newPasskeyView(signed, passkeys, services),
    actions: ACTIONS,
    outcome,
  })
  return pageResponse(html, { headers, scripts: ['passkey'] })
}

const ACTIONS: AccountView['actions'] = {
  signOut: '/sign-out',
  disconnect: '/account/disconnect',
  addPasskey: '/account/passkeys',
  renamePasskey: '/account/passkeys/rename',
  removePasskey: '/account/passkeys/remove',
}

/** What a new passkey takes: somebody who signed in a moment ago, and room for it. */
async function newPasskeyView(
  { person, login }: SignedIn,
  passkeys: Passkey[],
  { origin, sealer, now }: Services,
): Promise<NewPasskeyView> {
  if (!isFresh(login, now())) {
    const query = new URLSearchParams({ return_to: '/account#passkeys' })
    return { kind: 'unconfirmed', href: `/sign-in?${query}` }
  }
  if (passkeys.length >= MAX_PASSKEYS) return { kind: 'full', max: MAX_PASSKEYS }
  const ceremony = { origin, sealer, nowSeconds: now() }
  const { options, sealed } = await askForNewPasskey(
    person,
    passkeys,
    `login ${login.loginId}`,
    ceremony,
  )
  return { kind: 'ready', options, lifetimeSeconds: CHALLENGE_SECONDS, challenge: sealed }
}

/** `POST /account/disconnect` */
export const disconnect = (
  request: Request,
  form: URLSearchParams,
  services: Services,
): Promise<Response> =>
  withAccountForm(request, form, services, async ({ person }) => {
    const { authorizationServer, revokeGrant, now } = services
    const grantId = form.get('grant') ?? ''
    const grants = await authorizationServer.grantsOf(person.id).list(now())
    const grant = grants.find((each) => each.grantId === grantId)
    const view = grant && (await connectionView(grant, services))
    const ended = await revokeGrant(person.id, grantId, 'disconnected by its owner')
    const text =
      ended && view
        ? `${plainName(view.clientName)} is disconnected from ${view.module?.title ?? view.resource}. It can take up to five seconds until every request of it is refused.`
        : 'That client was not connected any more. Nothing was changed.'
    return redirectWith({ text }, '/account', services)
  })

async function connectionView(grant: GrantView, services: Services): Promise<ConnectionView> {
  const { grantId, resource, createdAt, lastUsedAt, expiresAt } = grant
  const server = serverOf(resource, services)
  const scopes = server?.definition.scopes ?? {}
  const asked = grant.scope.filter((name) => name !== 'offline_access')
  return {
    grantId,
    ...(await clientLabel(grant.clientId, services.clients)),
    resource,
    module: server && {
      name: server.info.name,
      title: server.info.title ?? server.info.name,
      isOpen: server.definition.access === 'public',
    },
    // With all that a broad scope covers: these are the permissions, and there are no others.
    scopes: [...new Set([...asked, ...expandScopes(scopes, asked)])].map((name) => ({
      name,
      description: scopes[name]?.description,
    })),
    createdAt,
    lastUsedAt: lastUsedAt > createdAt ? lastUsedAt : undefined,
    expiresAt,
  }
}

/** The module behind a resource. A grant may outlive it, or the address it was made for. */
const serverOf = (resource: string, { registry, origin }: Services): HostedServer | undefined =>
  [...registry.values()].find(({ info }) => resourceOf(origin, info.name) === resource)
