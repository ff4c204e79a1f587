import { Name } from './components/name'
import { renderDocument } from './components/page'
import type { ReturnView } from './oauth-views'
import { plainName } from './plain-name'

/**
 * Answers a decision with 200 and sends the browser on to the client from there.
 *
 * A redirect would end the same for most, but Chromium holds each hop after a form to the
 * `form-action` of the page, the client's own hops included (see `formActionFor()`), and an app
 * opened by its scheme leaves the browser where it was: on a consent page whose buttons are spent.
 * The way on needs no script. `href` must have passed the check of registered redirect URIs.
 */
export function renderReturnPage({ client, allowed, href, host }: ReturnView): string {
  return renderDocument({
    title: `Back to ${plainName(client.name)} · Quayside`,
    host,
    refreshTo: href,
    hero: (
      <>
        <h1>{allowed ? 'Connected' : 'Not connected'}</h1>
        <p class="lead">
          {allowed ? (
            <>
              You go back to <Name text={client.name} /> now.
            </>
          ) : (
            <>
              <Name text={client.name} /> was told that you said no. It got nothing.
            </>
          )}
        </p>
      </>
    ),
    children: (
      <section>
        <p>If nothing happens, go on yourself. After that you can close this page.</p>
        <p>
          <a class="button button-primary" href={href}>
            Go on to&nbsp;
            <Name text={client.name} />
          </a>
        </p>
      </section>
    ),
  })
}
