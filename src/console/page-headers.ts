import { CLIENT_SCRIPT } from './client-script'
import { PAGE_SCRIPTS, type PageScript } from './page-scripts'
import { STYLES } from './styles'

export interface PageHeadersOptions {
  /** The scripts the page carries beyond the common one, as its renderer says. */
  scripts?: readonly PageScript[]
  /** Where the answer to its forms may lead besides this origin; see `formActionFor()`. */
  formAction?: readonly string[]
  /** Whether its scripts may call this origin. */
  connects?: boolean | undefined
}

// Once per isolate. `digest` is allowed at start-up in workerd, unlike fetch, timers and randomness.
const styleHash = await contentHash(STYLES)
const clientScriptHash = await contentHash(CLIENT_SCRIPT)
const pageScriptHashes = {
  passkey: await contentHash(PAGE_SCRIPTS.passkey),
  playground: await contentHash(PAGE_SCRIPTS.playground),
  playgroundReturn: await contentHash(PAGE_SCRIPTS.playgroundReturn),
} satisfies Record<PageScript, string>

/**
 * Headers of every page, whatever its status. A page runs its known scripts and nothing else,
 * loads nothing, and cannot be framed, so injected markup has nowhere to go. One that `connects`
 * calls this origin alone.
 *
 * There is no `Cross-Origin-Opener-Policy` on purpose: web clients open sign-in and consent in a
 * pop-up and wait for it through `window.opener`, which that header would cut for good.
 */
export function pageHeaders(options: PageHeadersOptions = {}): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(options),
    // A page shows what is deployed now and, later, who is signed in.
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    // Not `no-referrer`: browsers then post our own forms with `Origin: null`, which the edge
    // refuses. Other sites learn nothing either way.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY', // browsers that do not know `frame-ancestors`
  }
}

function contentSecurityPolicy({
  scripts = [],
  formAction = [],
  connects = false,
}: PageHeadersOptions): string {
  const scriptHashes = [clientScriptHash, ...scripts.map((script) => pageScriptHashes[script])]
  return [
    "default-src 'none'",
    `style-src ${styleHash}`,
    `script-src ${scriptHashes.join(' ')}`,
    ...(connects ? ["connect-src 'self'"] : []),
    'img-src data:', // the mark in the browser tab and the lines behind a page's title
    `form-action ${["'self'", ...formAction].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

/**
 * CSP sources for a page whose form is answered with a redirect to `redirectUri`: Chromium holds
 * every hop after a form to `form-action` of the page the form was on.
 *
 * Every hop means the client's own redirects too, from `www.` to the bare domain or from a local
 * callback to a page that says "done". They are not known here, hence all of `https:`. A client
 * that goes on from there to an app's scheme is stopped all the same. Where that matters, answer
 * the form with `renderReturnPage()`, which needs none of these sources.
 */
export function formActionFor(redirectUri: string): string[] {
  const { protocol, hostname, host } = new URL(redirectUri)
  if (protocol === 'https:') return ['https:']
  if (protocol !== 'http:') return [protocol]
  // A host is not always a CSP host: `*.a` and `a;b` are both valid in a URL, and an IPv6 address
  // is not one (CSP Level 3 §2.3.1), so that there is no narrower source for `[::1]`.
  if (hostname === '[::1]') return ['http:', 'https:']
  return /^[a-z0-9.-]+$/.test(hostname) ? [`http://${host}`, 'https:'] : []
}

/** A CSP source for exactly this text (CSP Level 3 §2.3.1, hash-source). */
async function contentHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`
}
