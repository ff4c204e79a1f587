/**
 * HTTP to one origin and no other, each request with a limit: whatever the server names in its
 * answers, nothing is sent anywhere else.
 *
 * @module
 */
import { Fault, Unreachable } from './fault.ts'

const MAX_BODY_BYTES = 2_000_000

export interface Answer {
  url: string
  method: string
  status: number
  headers: Headers
  /** Empty for HEAD, and for an event stream that was only looked at. */
  text: string
  milliseconds: number
}

export interface WireRequest {
  method?: string
  headers?: Record<string, string>
  body?: string
  /** Seconds until the client that is stood in for gives up. */
  limit?: number
  /** Completes "The … had not answered". */
  what: string
  /** Leaves an event stream after its headers: one that stays open is no fault. */
  headersOnly?: boolean
}

export interface Wire {
  readonly origin: string
  /** @throws {Fault} for another origin, {@link Unreachable} when nobody answers in time. */
  send(url: string, request: WireRequest): Promise<Answer>
}

export interface WireOptions {
  /** Ends everything. */
  signal: AbortSignal
  userAgent?: string
  /** Milliseconds a second of the limits takes; tests shorten them. */
  secondMs?: number
}

export function createWire(origin: string, options: WireOptions): Wire {
  const { signal, userAgent, secondMs = 1000 } = options
  return {
    origin,
    async send(url, { method = 'GET', headers = {}, body, limit = 10, what, headersOnly }) {
      const target = URL.parse(url, origin)
      if (!target || target.origin !== origin) {
        throw new Fault(
          `The ${what} is on another host: ${url}. This stays on ${origin}.`,
          `Serve it on ${origin}: clients handle a second host badly or not at all.`,
        )
      }
      const startedAt = performance.now()
      const timeout = AbortSignal.timeout(limit * secondMs)
      try {
        const response = await fetch(target, {
          method,
          headers: { ...(userAgent !== undefined && { 'user-agent': userAgent }), ...headers },
          redirect: 'manual',
          signal: AbortSignal.any([signal, timeout]),
          ...(body !== undefined && { body }),
        })
        const text = headersOnly ? await leave(response) : await readText(response, what)
        return {
          url: target.href,
          method,
          status: response.status,
          headers: response.headers,
          text,
          milliseconds: Math.round(performance.now() - startedAt),
        }
      } catch (cause) {
        if (cause instanceof Fault) throw cause
        if (signal.aborted) throw new Unreachable('The time limit of the whole run has passed.')
        if (timeout.aborted) {
          throw new Unreachable(
            `The ${what} had not answered after ${limit} s (${method} ${target.pathname}).`,
            `Answer within ${limit} s: the client gives up then. Look for slow calls in the Worker’s log.`,
            { cause },
          )
        }
        throw networkFault(cause, target, what)
      }
    },
  }
}

async function leave(response: Response): Promise<string> {
  await response.body?.cancel()
  return ''
}

async function readText(response: Response, what: string): Promise<string> {
  const decoder = new TextDecoder()
  let [text, size] = ['', 0]
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) {
      throw new Fault(`The ${what} is larger than ${MAX_BODY_BYTES} bytes.`)
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** Node’s error codes, as sentences. */
function networkFault(cause: unknown, { host, protocol }: URL, what: string): Unreachable {
  const code = codeOf(cause)
  const of = (problem: string, advice: string) => new Unreachable(problem, advice, { cause })
  switch (code) {
    case 'ECONNREFUSED':
      return of(
        `Nothing listens at ${host}.`,
        'Start it (`npm start`), or correct the host and port.',
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return of(
        `The name ${host} does not resolve.`,
        'Correct the spelling, or wait until DNS knows it.',
      )
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return of(`${host} cannot be reached from here.`, 'Look for a firewall or a VPN in between.')
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return of(`${host} does not speak https on this port.`, 'Use http, or the port of https.')
    default:
      if (/CERT|SIGNATURE|SELF_SIGNED|ALTNAME/.test(code)) {
        return of(
          `The certificate of ${host} is not valid (${code}).`,
          'Clients refuse it too. Renew it, or use the host name it was made for.',
        )
      }
      return of(
        `The connection for the ${what} broke (${protocol}//${host}${code ? `, ${code}` : ''}).`,
        'Try again; if it stays, look at what stands in front of the platform.',
      )
  }
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return ''
}
