/**
 * Who may talk to this Worker at all: which Host it answers for and which browser origins may call
 * it (DNS rebinding, H-02, S-21). Decided before anything else reads the request.
 *
 * @module
 */
import type { Config } from '../config'
import { ProtocolError } from '../protocol'
import { corsHeaders, PUBLIC_CORS_HEADERS } from './cors'

/** What the rest of a request needs to know of where it came from. */
export interface Admission {
  /** The platform's own origin as this client reaches it, `https://mcp.example.com`. */
  ownOrigin: string
  /** The browser origin to echo in CORS headers; undefined when none was sent. */
  browserOrigin: string | undefined
  /** What is asked for is the same for everybody: any page may read it. */
  isPublic: boolean
}

/**
 * @param isPublic Whether what is asked for is the same for everybody, so that the browser origin
 *   does not matter. The host does: another one is not ours to answer for.
 * @throws {ProtocolError} `not_configured` when a deployed copy lacks PUBLIC_ORIGIN, `forbidden`
 *   for a host or origin that is not ours.
 */
export function admit(request: Request, config: Config, isPublic = false): Admission {
  const { ownOrigin, loopback } = knownOrigin(request.url, config) ?? readOrigin(request, config)
  if (isPublic) return { ownOrigin, browserOrigin: undefined, isPublic }
  const browserOrigin = request.headers.get('origin') ?? undefined
  if (browserOrigin !== undefined && !isAllowed(browserOrigin, ownOrigin, loopback, config)) {
    throw new ProtocolError(
      'forbidden',
      `Origin "${browserOrigin}" may not call this platform. An operator can add it to ALLOWED_ORIGINS.`,
    )
  }
  return { ownOrigin, browserOrigin, isPublic }
}

/** What the answer to an admitted request carries whatever it is. */
export function sendOff(headers: Headers, admission: Admission): void {
  const { ownOrigin, browserOrigin, isPublic } = admission
  // Whoever came by https once never goes by http again, not even where a link says so.
  if (ownOrigin.startsWith('https:')) {
    headers.set('strict-transport-security', 'max-age=31536000')
  }
  if (browserOrigin === undefined && !isPublic) return
  const cors = browserOrigin === undefined ? PUBLIC_CORS_HEADERS : corsHeaders(browserOrigin)
  for (const [name, value] of Object.entries(cors)) {
    // A page may vary by more than that.
    if (name === 'vary') headers.append(name, value)
    else headers.set(name, value)
  }
}

interface OwnOrigin {
  ownOrigin: string
  loopback: boolean
}

const PLAIN_LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:[1-9]\d{3,4})?$/

/** What nearly every request says, told without parsing its address. */
function knownOrigin(url: string, { publicOrigin }: Config): OwnOrigin | undefined {
  const ownOrigin = url.slice(0, url.indexOf('/', 'https://'.length))
  if (ownOrigin === publicOrigin?.origin && publicOrigin.protocol === 'https:') {
    return { ownOrigin, loopback: isLoopback(publicOrigin.hostname) }
  }
  return PLAIN_LOOPBACK.test(ownOrigin) ? { ownOrigin, loopback: true } : undefined
}

function readOrigin(request: Request, config: Config): OwnOrigin {
  const url = URL.parse(request.url)
  if (!url) throw new ProtocolError('forbidden', 'The Host header is not a host.')
  const loopback = isLoopback(url.hostname)
  const ownOrigin = loopback ? url.origin : ownPublicOrigin(url, request, config)
  return { ownOrigin, loopback }
}

function ownPublicOrigin(url: URL, request: Request, { publicOrigin, local }: Config): string {
  if (!publicOrigin) {
    // A local copy lacks nothing: whoever names another host came by a tunnel that nobody set up,
    // or through a page that rebinds its own name to this machine.
    if (local) {
      throw new ProtocolError(
        'forbidden',
        `Host "${url.host}" is not served here; connect to localhost. For a tunnel, set PUBLIC_ORIGIN to its https origin.`,
      )
    }
    throw new ProtocolError(
      'not_configured',
      'PUBLIC_ORIGIN is not set: set it to the https origin clients connect to and deploy again.',
    )
  }
  if (url.host !== publicOrigin.host) {
    throw new ProtocolError(
      'forbidden',
      `Host "${url.host}" is not served here; connect to ${publicOrigin.origin}.`,
    )
  }
  // A local copy behind a tunnel sees plain http and the tunnel's word for it; at the edge the
  // request's own scheme is the truth.
  const forwarded = local ? request.headers.get('x-forwarded-proto') : null
  if (url.protocol !== 'https:' && forwarded !== 'https') {
    throw new ProtocolError('forbidden', `Plain http is refused; use ${publicOrigin.origin}.`)
  }
  return publicOrigin.origin
}

function isAllowed(
  origin: string,
  ownOrigin: string,
  loopback: boolean,
  { allowedOrigins }: Config,
): boolean {
  if (origin === ownOrigin || allowedOrigins.has(origin)) return true
  const parsed = URL.parse(origin)
  return loopback && parsed !== null && parsed.origin === origin && isLoopback(parsed.hostname)
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
