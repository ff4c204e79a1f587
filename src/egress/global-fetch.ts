import { isPublicHttpsUrl } from './public-url'

let guarded: typeof fetch | undefined

/**
 * Makes the Worker's global `fetch` one for addresses that outsiders chose: public ones only, and
 * no redirect is followed. Nothing of ours calls it. The OAuth provider does, for the documents and
 * keys of clients, and has no setting for how: a redirect would let anybody speak in the name of a
 * host that forwards to them, and keys may be said to be anywhere.
 */
export function guardGlobalFetch(): void {
  const network = globalThis.fetch
  if (network === guarded) return
  guarded = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input)
    if (!isPublicHttpsUrl(url)) throw new TypeError('This address must not be fetched.')
    return network(input, { ...init, redirect: 'manual' })
  }
  globalThis.fetch = guarded
}
