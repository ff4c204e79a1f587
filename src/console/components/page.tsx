import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { CLIENT_SCRIPT } from '../client-script'
import { PAGE_SCRIPTS, type PageScript } from '../page-scripts'
import { STYLES } from '../styles'
import { Mark, markDataUrl } from './mark'

interface PageProps {
  /** For the browser's tab and history; the heading is in `hero`. */
  title: string
  /** Which installation this is, shown in the masthead. */
  host?: string | undefined
  /** Breadcrumb, `h1` and what belongs to it, set on the coloured band. */
  hero: Child
  children?: Child
  /** Beyond the common one. The response needs `pageHeaders()` with the same. */
  scripts?: readonly PageScript[]
  /** Where the browser goes on to by itself. */
  refreshTo?: string
}

/** The document around every page: landmarks, masthead, style and script. */
const Page = ({ title, host, hero, children, scripts = [], refreshTo }: PageProps) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <title>{title}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      {refreshTo && <meta http-equiv="refresh" content={`0;url=${refreshTo}`} />}
      <link rel="icon" href={markDataUrl()} />
      <style>{raw(STYLES)}</style>
    </head>
    <body>
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <header class="masthead">
        <div class="wrap">
          <a class="brand" href="/">
            <Mark />
            Quayside
          </a>
          {host && <span class="host">{host}</span>}
        </div>
      </header>
      {/* Focusable, so that following the skip link moves the focus there in every browser. */}
      <main id="main" tabindex={-1}>
        <div class="hero">
          <div class="wrap">{hero}</div>
        </div>
        {children && <div class="wrap">{children}</div>}
      </main>
      <footer class="footer">
        <div class="wrap">
          <p>Quayside is open-source software that hosts MCP servers for a team.</p>
        </div>
      </footer>
      <p id="announcer" class="visually-hidden" role="status" aria-live="polite" />
      <script>{raw(CLIENT_SCRIPT)}</script>
      {scripts.map((script) => (
        <script>{raw(PAGE_SCRIPTS[script])}</script>
      ))}
    </body>
  </html>
)

/** The page as a document. Everything in it is rendered at once, so there is nothing to await. */
export function renderDocument(props: PageProps): string {
  return `<!doctype html>${(<Page {...props} />).toString()}`
}
