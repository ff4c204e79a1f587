/**
 * `/account`: what a person has connected, and how to take it back.
 *
 * @module
 */
import { type ConnectionView, renderAccountPage } from '../../console'
import { formToken, isFormToken } from '../../identity'
import { protectedResources } from '../../oauth'
import { clientLabel } from '../client-label'
import { noticeResponse, pageResponse, redirectResponse } from '../page-response'
import type { Services } from '../services'
import { signedIn } from '../signed-in'

/** `GET /account` */
export async function showAccount(
  request: Request,
  services: Services,
  notice?: string,
): Promise<Response> {
  const signed = await signedIn(request, services)
  if (!signed) return redirectResponse('/sign-in?return_to=%2Faccount')
  const { person, login } = signed
  const { people, sealer, now, origin, authorizationServer } = services
  const [grants, passkeys, csrf] = await Promise.all([
    authorizationServer.grantsOf(person.id).list(now()),
    people.passkeysOf(person.id),
    formToken(sealer, login.loginId, now()),
  ])
  const connections = await Promise.all(grants.map((grant) => connectionView(grant, services)))
  const html = renderAccountPage({
    person,
    csrf,
    host: new URL(origin).host,
    connections,
    passkeys: passkeys.map(({ credentialId, createdAt, lastUsedAt }) => ({
      id: credentialId,
      createdAt,
      lastUsedAt,
    })),
    signOutAction: '/sign-out',
    revokeAction: '/account/disconnect',
    notice,
    operator: person.role === 'operator',
  })
  return pageResponse(html)
}

/** `POST /account/disconnect` */
export async function disconnect(
  request: Request,
  form: URLSearchParams,
  services: Services,
): Promise<Response> {
  const signed = await signedIn(request, services)
  if (!signed) return redirectResponse('/sign-in?return_to=%2Faccount')
  const { person, login } = signed
  const token = form.get('csrf') ?? ''
  if (!(await isFormToken(token, services.sealer, login.loginId, services.now()))) {
    return noticeResponse('Nothing was changed', 'The page was open for too long.', {
      status: 403,
      remedy: 'Open `/account` again and repeat it there.',
    })
  }
  const grant = form.get('grant') ?? ''
  const ended = await services.revokeGrant(person.id, grant, 'disconnected by its owner')
  return showAccount(
    request,
    services,
    ended
      ? 'Disconnected. It can take up to five seconds to take effect everywhere.'
      : 'It was already gone.',
  )
}

interface Grant {
  grantId: string
  clientId: string
  resource: string
  scope: string[]
  createdAt: number
  lastUsedAt: number
  expiresAt: number
}

async function connectionView(grant: Grant, services: Services): Promise<ConnectionView> {
  const server = protectedResources(services.registry, services.origin).get(grant.resource)
  const scopes = server?.definition.scopes ?? {}
  return {
    grantId: grant.grantId,
    ...(await clientLabel(grant.clientId, services.clients)),
    moduleTitle: server?.info.title ?? server?.info.name ?? grant.resource,
    moduleName: server?.info.name ?? '',
    scopes: grant.scope
      .filter((name) => name !== 'offline_access')
      .map((name) => ({ name, description: scopes[name]?.description ?? name })),
    createdAt: grant.createdAt,
    lastUsedAt: grant.lastUsedAt,
    expiresAt: grant.expiresAt,
  }
}
