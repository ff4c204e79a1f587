/**
 * `/<module>/try`: one module used by hand. The page has no authority of its own: its script calls
 * the endpoint of the module as any client does, with an access token that its person consented to,
 * or with none where none is needed. No cookie counts there.
 *
 * @module
 */
import { renderPlaygroundPage, renderPlaygroundReturnPage } from '../../console'
import { baselineScopes, PLAYGROUND_CLIENT_ID, playgroundRedirectUri } from '../../oauth'
import { ProtocolError } from '../../protocol'
import { connectorUrl } from '../listing'
import { pageResponse, redirectResponse } from '../page-response'
import type { Services } from '../services'
import { signedIn } from '../signed-in'

/** `GET /<module>/try`. @throws {ProtocolError} `unknown_module` */
export async function playground(
  request: Request,
  name: string,
  services: Services,
): Promise<Response> {
  const { registry, origin } = services
  const server = registry.get(name)
  if (!server) throw new ProtocolError('unknown_module', `There is no page at "/${name}/try".`)
  const { title, access } = server.definition
  const person = (await signedIn(request, services))?.person
  // What anybody may call needs nobody's name; for all else, who asks is asked for here, so that
  // nobody unknown learns from the page what there is.
  if (!person && access === 'authenticated') {
    const query = new URLSearchParams({ return_to: `/${encodeURIComponent(name)}/try` })
    return redirectResponse(`/sign-in?${query}`)
  }
  const html = renderPlaygroundPage({
    module: { name, title: title ?? name, access, connectorUrl: connectorUrl(name, origin) },
    visitor: { name: person?.name },
    authorization:
      person && access === 'authenticated'
        ? {
            clientId: PLAYGROUND_CLIENT_ID,
            redirectUri: playgroundRedirectUri(origin),
            personId: person.id,
            scopes: baselineScopes(server),
          }
        : undefined,
  })
  return pageResponse(html, { scripts: ['playground'], connects: true })
}

/**
 * `GET /callback/playground`: hands the answer in its own address to the playground that waits for
 * it, on this origin and in this browser. The code is worth nothing without what that page keeps.
 */
export const playgroundReturn = (): Response =>
  pageResponse(renderPlaygroundReturnPage(), { scripts: ['playgroundReturn'] })
