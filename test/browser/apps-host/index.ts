/**
 * The host of MCP Apps that the browser tests show apps in: its page, and the sandbox on another
 * origin that applies the policy of an app (MCP Apps 2026-01-26, Sandbox proxy).
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleWorker } from '../../../src/cli/build-worker.ts'
import { startPageServer } from '../page-server.ts'

/** Origins an app asks for in `_meta.ui.csp`. */
export interface Csp {
  connectDomains?: string[]
  resourceDomains?: string[]
  frameDomains?: string[]
  baseUriDomains?: string[]
}

export interface AppsHost {
  /** The page with `window.host`. */
  url: string
  /** The sandbox for an app with this policy; the one before is gone. */
  sandboxFor(csp: Csp | undefined): string
  close(): Promise<void>
}

export async function startAppsHost(): Promise<AppsHost> {
  const script = await bundleHost()
  const html = `<!doctype html><html lang="en"><title>Host</title>
    <style>
      html { color-scheme: light dark; background: Canvas }
      body { margin: 0 }
      iframe { display: block; width: 100%; height: 40px; border: 0 }
    </style>
    <main></main><script type="module" src="/host.js"></script></html>`
  const [page, sandbox] = await Promise.all([
    startPageServer({
      host: { html, headers: { 'content-type': 'text/html' } },
      'host.js': { html: script, headers: { 'content-type': 'text/javascript' } },
    }),
    startPageServer({}),
  ])
  return {
    url: `${page.origin}/host`,
    sandboxFor(csp) {
      const headers = {
        'content-type': 'text/html',
        'content-security-policy': contentSecurityPolicy(csp),
      }
      sandbox.pages = { sandbox: { html: SANDBOX, headers } }
      return `${sandbox.origin}/sandbox`
    },
    async close() {
      await Promise.all([page.close(), sandbox.close()])
    },
  }
}

async function bundleHost(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'quayside-apps-host-'))
  try {
    const configPath = join(import.meta.dirname, 'wrangler.toml')
    const [script] = await bundleWorker(outDir, { configPath })
    return new TextDecoder().decode(script?.contents)
  } finally {
    await rm(outDir, { recursive: true, force: true })
  }
}

/** What hosts must enforce: nothing but what was declared, and the same for what was not. */
function contentSecurityPolicy(csp: Csp = {}): string {
  const { connectDomains = [], resourceDomains = [], frameDomains, baseUriDomains } = csp
  const resources = resourceDomains.join(' ')
  return [
    "default-src 'none'",
    `script-src 'self' 'unsafe-inline' ${resources}`,
    `style-src 'self' 'unsafe-inline' ${resources}`,
    `img-src 'self' data: ${resources}`,
    `media-src 'self' data: ${resources}`,
    `font-src 'self' ${resources}`,
    `connect-src ${connectDomains.join(' ') || "'none'"}`,
    `frame-src ${frameDomains?.join(' ') ?? "'none'"}`,
    "object-src 'none'",
    `base-uri ${baseUriDomains?.join(' ') ?? "'self'"}`,
  ].join('; ')
}

/** Passes messages on, both ways, but for those that are its own. The app inherits its policy. */
const SANDBOX = `<!doctype html><html lang="en"><title>Sandbox</title>
  <style>html, body, iframe { width: 100%; height: 100%; margin: 0; border: 0; display: block }</style>
  <body><script>
    const own = 'ui/notifications/sandbox-'
    const frame = document.createElement('iframe')
    frame.title = 'App'
    frame.sandbox.add('allow-scripts')
    addEventListener('message', ({ source, data }) => {
      if (source === frame.contentWindow) return parent.postMessage(data, '*')
      if (source !== parent) return
      if (data.method === own + 'resource-ready') {
        frame.srcdoc = data.params.html
        document.body.append(frame)
      } else if (!data.method?.startsWith(own)) frame.contentWindow.postMessage(data, '*')
    })
    parent.postMessage({ jsonrpc: '2.0', method: own + 'proxy-ready', params: {} }, '*')
  </script></body></html>`
