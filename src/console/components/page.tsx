import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { CLIENT_SCRIPT } from '../client-script'
import { PAGE_SCRIPTS, type PageScript } from '../page-scripts'
import { STYLES } from '../styles'
import type { VisitorView } from '../views'
import { Mark, markDataUrl } from './mark'
import { Name } from './name'

interface PageProps {
  /** For the browser's tab and history; the heading is in `hero`. */
  title: string
  /** Which installation this is, shown in the masthead. */
  host?: string | undefined
  /** Whose way to their account is shown; pages that have a task of their own show none. */
  visitor?: VisitorView | undefined
  /** Breadcrumb, `h1` and what belongs to it, set on the coloured band. */
  hero: Child
  children?: Child
  /** Beyond the common one. The response needs `pageHeaders()` with the same. */
  scripts?: readonly PageScript[]
  /** Where the browser goes on to by itself. */
  refreshTo?: string
}

/** The document around every page: landmarks, masthead, style and script. */
const Page = ({ title, host, visitor, hero, children, scripts = [], refreshTo }: PageProps) => (
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
          {visitor && <AccountLink visitor={visitor} />}
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

/** One address for both: whoever is not signed in is asked to on the way. */
const AccountLink = ({ visitor: { name } }: { visitor: VisitorView }) => (
  <a class="account-link" href="/account">
    {name === undefined ? (
      'Sign in'
    ) : (
      <>
        <span class="visually-hidden">Your account: </span>
        <Name text={name} />
      </>
    )}
  </a>
)

/** The page as a document. Everything in it is rendered at once, so there is nothing to await. */
export function renderDocument(props: PageProps): string {
  return `<!doctype html>${(<Page {...props} />).toString()}`
}
