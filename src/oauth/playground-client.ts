/**
 * The playground as an OAuth client of this platform: a public client like any other, with consent,
 * PKCE and a grant that shows on the account page, except that it need not register. Its only
 * redirect address is this platform's own, so whoever borrows its id gets no code.
 *
 * @module
 */
import type { ClientStore } from './provider-storage'

/** No registration makes an id like this; the provider's are random. */
export const PLAYGROUND_CLIENT_ID = 'playground'
export const PLAYGROUND_CLIENT_NAME = 'Quayside playground'
/** Path its codes are sent to; the page there hands them to the window that waits for them. */
export const PLAYGROUND_CALLBACK = '/callback/playground'

export const playgroundRedirectUri = (origin: string): string => `${origin}${PLAYGROUND_CALLBACK}`

/**
 * A store in which the playground is registered, for good and by nobody.
 *
 * @param origin Where its codes may be sent; undefined where nobody is sent anywhere.
 */
export function withPlaygroundClient<Store extends ClientStore>(
  clients: Store,
  origin?: string,
): Store {
  const record = JSON.stringify({
    clientId: PLAYGROUND_CLIENT_ID,
    clientName: PLAYGROUND_CLIENT_NAME,
    redirectUris: origin === undefined ? [] : [playgroundRedirectUri(origin)],
    grantTypes: ['authorization_code'],
    responseTypes: ['code'],
    tokenEndpointAuthMethod: 'none',
    authMethodExplicit: true,
  })
  return {
    ...clients,
    get: async (clientId) => (clientId === PLAYGROUND_CLIENT_ID ? record : clients.get(clientId)),
  }
}
