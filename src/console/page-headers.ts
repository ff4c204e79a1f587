import { CLIENT_SCRIPT } from './client-script'
import { STYLES } from './styles'

// Once per isolate. `digest` is allowed at start-up in workerd, unlike fetch, timers and randomness.
const styleHash = await contentHash(STYLES)
const scriptHash = await contentHash(CLIENT_SCRIPT)

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src ${styleHash}`,
  `script-src ${scriptHash}`,
  'img-src data:', // the mark in the browser tab and the lines behind a page's title
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/**
 * Headers of every page, whatever its status. A page runs its one known script and nothing else,
 * loads nothing, and cannot be framed, so injected markup has nowhere to go.
 *
 * There is no `Cross-Origin-Opener-Policy` on purpose: web clients open sign-in and consent in a
 * pop-up and wait for it through `window.opener`, which that header would cut for good.
 */
export function pageHeaders(): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    // A page shows what is deployed now and, later, who is signed in.
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY', // browsers that do not know `frame-ancestors`
  }
}

/** A CSP source for exactly this text (CSP Level 3 §2.3.1, hash-source). */
async function contentHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`
}
