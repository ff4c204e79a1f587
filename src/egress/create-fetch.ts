/**
 * `ctx.fetch`: the one way out for code of a module. Each hop is checked by itself, and gets only the
 * secrets of its own host.
 *
 * @module
 */
import { isPublicHost } from '../lib'
import { coversHost } from '../policy'
import { type Fetch, type Injection, ToolError } from '../sdk'
import { readUpTo, restrictBody } from './body'
import { createMask, type Mask } from './mask'

const MAX_REDIRECTS = 5
const MAX_REQUEST_BYTES = 1024 * 1024
const MAX_RESPONSE_BYTES = 10 * 1024 * 1024

/** Of the connection, or claims about where a request comes from that only a proxy may make. */
const NOT_FOR_MODULES =
  /^(host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|via|forwarded|cdn-loop|true-client-ip|x-real-ip|(proxy|cf|x-forwarded)-.*)$/

export interface Outbound {
  module: string
  /** As the module lists them. */
  hosts: readonly string[]
  secrets: readonly Injection[]
  /** Added where the module says nothing of its own, such as `traceparent`. */
  headers: Readonly<Record<string, string>>
  /** Fires when the call is over. */
  signal: AbortSignal
  network: typeof fetch
}

interface Hop {
  url: URL
  method: string
  headers: Headers
  body: Uint8Array | undefined
}

/** What a module that lists no hosts has for `ctx.fetch`. */
export const refusingFetch: Fetch = async () => {
  throw refusal('This module lists no hosts in its egress, so it reaches nothing outside.')
}

/** The `ctx.fetch` of one call. */
export const createFetch = (outbound: Outbound): Fetch => {
  const mask = createMask(outbound.secrets.map(({ secret }) => secret))
  return async (input, init = {}) => {
    const mode = init.redirect ?? (input instanceof Request ? input.redirect : 'follow')
    const own = init.signal ?? (input instanceof Request ? input.signal : undefined)
    const signal = own ? AbortSignal.any([outbound.signal, own]) : outbound.signal
    let hop = await firstHop(input, init, outbound)
    for (let redirects = 0; ; redirects++) {
      const response = await send(hop, outbound, signal)
      const location = isRedirect(response.status) ? response.headers.get('location') : null
      if (location === null || mode === 'manual') {
        return answerOf(response, hop.url, redirects > 0, mask)
      }
      await response.body?.cancel()
      if (mode === 'error') throw refusal(`"${hop.url.hostname}" answered with a redirect.`)
      if (redirects === MAX_REDIRECTS) {
        throw refusal(`"${hop.url.hostname}" redirected more than ${MAX_REDIRECTS} times.`)
      }
      hop = nextHop(hop, response.status, location, outbound, mask)
    }
  }
}

async function firstHop(
  input: string | URL | Request,
  { method, headers, body }: RequestInit,
  outbound: Outbound,
): Promise<Hop> {
  const url = checked(input instanceof Request ? input.url : String(input), outbound)
  // Nothing else of what was given: `cf` could send the request somewhere else.
  const given = new Request(input instanceof Request ? input : url, {
    ...(method !== undefined && { method }),
    ...(headers !== undefined && { headers }),
    ...(body !== undefined && { body }),
  })
  for (const name of given.headers.keys()) {
    if (NOT_FOR_MODULES.test(name)) throw refusal(`The header "${name}" is not for modules to set.`)
  }
  const sent = new Headers(given.headers)
  sent.delete('content-length') // the runtime counts for itself
  for (const [name, value] of Object.entries(outbound.headers)) {
    if (!sent.has(name)) sent.set(name, value)
  }
  const bytes = given.body ? await readUpTo(given.body, MAX_REQUEST_BYTES) : undefined
  if (bytes === 'too_large') {
    const words = `A request to "${url.hostname}" has more than ${MAX_REQUEST_BYTES} bytes.`
    throw new ToolError('egress_too_large', words)
  }
  return { url, method: given.method, headers: sent, body: bytes }
}

/** @throws {ToolError} for an address that this module may not reach. */
function checked(text: string, { module, hosts }: Outbound): URL {
  const url = URL.parse(text)
  if (!url) throw refusal('ctx.fetch takes a whole address, like "https://api.example.com/items".')
  const { protocol, hostname, port, username, password } = url
  if (protocol !== 'https:') throw refusal('ctx.fetch takes https addresses only.')
  if (port !== '') throw refusal(`Port ${port} of "${hostname}" is not for modules; 443 is.`)
  if (username !== '' || password !== '') {
    throw refusal('An address must not hold credentials; declare a secret for them.')
  }
  // The list holds public names only. Two locks, because a list is written by hand.
  if (!isPublicHost(hostname) || !hosts.some((entry) => coversHost(entry, hostname))) {
    throw refusal(`Module "${module}" may not reach "${hostname}": its egress does not list it.`)
  }
  return url
}

/** One request, with what belongs to its host. */
async function send(hop: Hop, outbound: Outbound, signal: AbortSignal): Promise<Response> {
  const url = new URL(hop.url)
  const headers = new Headers(hop.headers)
  for (const injection of outbound.secrets) {
    if (injection.host !== url.hostname) continue
    if ('header' in injection) headers.set(injection.header, injection.value)
    else addToQuery(url, injection.query, injection.secret)
  }
  const { method, body } = hop
  try {
    signal.throwIfAborted()
    const init = { method, headers, redirect: 'manual', signal } as const
    const { network } = outbound
    const response = await network(url.href, { ...init, ...(body && { body }) })
    if (response.status >= 200) return response
  } catch (cause) {
    // Whoever gave up knows why. Everything else the network says may name addresses of its own.
    if (signal.aborted) throw signal.reason
    throw unreachable(hop.url, { cause })
  }
  throw unreachable(hop.url)
}

/** Leaves the rest of the query as it was written: some hosts sign it. */
function addToQuery(url: URL, name: string, value: string): void {
  if (url.searchParams.has(name)) url.searchParams.delete(name)
  const parameter = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
  url.search = url.search === '' ? parameter : `${url.search}&${parameter}`
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

/** Where a redirect leads, checked like any address (Fetch §4.4, HTTP-redirect fetch). */
function nextHop(
  { url: from, method, headers, body }: Hop,
  status: number,
  location: string,
  outbound: Outbound,
  mask: Mask,
): Hop {
  const target = URL.parse(location, from)
  if (!target) throw refusal(`"${from.hostname}" redirected to something that is no address.`)
  const elsewhere = target.hostname !== from.hostname
  // Before anything is said of the address, which may hold them anywhere.
  if (elsewhere && mask.found(location)) {
    throw refusal(`"${from.hostname}" redirected to another host with this module's credentials.`)
  }
  const url = checked(target.href, outbound)
  const kept = new Headers(headers)
  if (elsewhere) {
    for (const name of ['authorization', 'cookie']) kept.delete(name)
  }
  const becomesGet =
    (status === 303 && method !== 'HEAD') || (status < 303 && method.toUpperCase() === 'POST')
  if (!becomesGet) return { url, method, headers: kept, body }
  for (const name of ['content-type', 'content-encoding', 'content-language', 'content-location']) {
    kept.delete(name)
  }
  return { url, method: 'GET', headers: kept, body: undefined }
}

/** The answer as the module sees it: no larger than allowed, and without its own secrets. */
function answerOf(response: Response, url: URL, redirected: boolean, mask: Mask): Response {
  const tooLarge = () =>
    new ToolError(
      'egress_too_large',
      `"${url.hostname}" answered with more than ${MAX_RESPONSE_BYTES} bytes. Ask for less.`,
    )
  const headers = new Headers()
  for (const [name, value] of response.headers) headers.append(name, mask.text(value))
  // What the module reads is decoded, and not of the length that was said.
  for (const name of ['content-length', 'content-encoding']) headers.delete(name)
  const body = response.body && restrictBody(response.body, MAX_RESPONSE_BYTES, tooLarge, mask)
  const { status, statusText } = response
  const answer = new Response(body, { status, statusText: mask.text(statusText), headers })
  Object.defineProperty(answer, 'url', { value: mask.text(url.href) })
  Object.defineProperty(answer, 'redirected', { value: redirected })
  return answer
}

const refusal = (words: string): ToolError => new ToolError('egress_refused', words)

const unreachable = ({ hostname }: URL, options?: ErrorOptions): ToolError =>
  new ToolError('egress_unreachable', `"${hostname}" could not be reached.`, options)
