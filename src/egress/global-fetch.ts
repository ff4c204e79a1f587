import { AsyncLocalStorage } from 'node:async_hooks'
import { isPublicHttpsUrl } from '../lib'

/** Set while the OAuth provider works, and in nothing that anybody else does meanwhile. */
const fetchingDocuments = new AsyncLocalStorage<true>()

let network: typeof fetch | undefined
let guarded: typeof fetch | undefined

/**
 * Takes the ways out of the Worker away from everybody: `fetch`, `WebSocket`, `EventSource`,
 * `navigator.sendBeacon`. Modules have `ctx.fetch`. Only what runs inside `withDocumentFetch` goes on
 * having a global `fetch`: one for public addresses that follows no redirect.
 *
 * @returns The real `fetch`, for `createFetch`.
 */
export function guardGlobalFetch(): typeof fetch {
  if (network && globalThis.fetch === guarded) return network
  const real = globalThis.fetch
  network = real
  guarded = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    if (!fetchingDocuments.getStore()) throw noWayOut('fetch')
    const url = input instanceof Request ? input.url : String(input)
    if (!isPublicHttpsUrl(url)) throw new TypeError('This address must not be fetched.')
    return real(input, { ...init, redirect: 'manual' })
  }
  globalThis.fetch = guarded
  for (const name of ['WebSocket', 'EventSource'] as const) refuseToConstruct(name)
  Reflect.set(navigator, 'sendBeacon', () => {
    throw noWayOut('navigator.sendBeacon')
  })
  return real
}

/**
 * Runs the OAuth provider, which fetches the documents and keys of clients with the global `fetch`
 * and has no setting for how: a redirect would let anybody speak in the name of a host that
 * forwards to them, and keys may be said to be anywhere.
 */
export const withDocumentFetch = <T>(work: () => T): T => fetchingDocuments.run(true, work)

/** Constants and `instanceof` stay. */
function refuseToConstruct(name: 'WebSocket' | 'EventSource'): void {
  const real: unknown = Reflect.get(globalThis, name)
  if (typeof real !== 'function') return
  const refusing = new Proxy(real, {
    construct() {
      throw noWayOut(name)
    },
  })
  Reflect.set(globalThis, name, refusing)
}

const noWayOut = (name: string): TypeError =>
  new TypeError(
    `${name} is not for modules. Use ctx.fetch, for the hosts that the module's egress lists.`,
  )
