import { Alert } from './components/alert'
import { ClientIdentity } from './components/client-identity'
import { Hidden } from './components/hidden'
import { Name } from './components/name'
import { renderDocument } from './components/page'
import { Prose } from './components/prose'
import { ScopeChoice } from './components/scope-choice'
import { SignedInAs } from './components/signed-in-as'
import type { ClientView, ConsentView } from './oauth-views'
import { plainName } from './plain-name'

/**
 * Where a person decides what a client may do with one module. Posts `handle`, `decision` (`allow`
 * or `deny`) and a `scope` for each permission that is left ticked to `action`. The server checks
 * them against what was asked: the page can be edited by whoever looks at it.
 *
 * Answered by a redirect, the response needs `pageHeaders({ formAction: formActionFor(…) })`;
 * answered by `renderReturnPage()`, plain `pageHeaders()`.
 */
export function renderConsentPage(view: ConsentView): string {
  const { client, module, scopes } = view
  return renderDocument({
    title: `Connect ${plainName(client.name)} to ${module.title} · Quayside`,
    host: view.host,
    hero: <Hero view={view} />,
    children: (
      <form class="consent" method="post" action={view.action}>
        {/*
         * What the Enter key presses in a checkbox: the first submit button. There is no dialog to
         * close, so it does nothing. A disabled one would not do, Chromium passes over it.
         */}
        <button type="submit" formmethod="dialog" hidden />
        <Hidden fields={{ handle: view.handle }} />
        <div class="consent-request">
          {client.loopback && <LoopbackWarning client={client} />}
          <section aria-labelledby="client">
            <h2 id="client">Who is asking</h2>
            <Client client={client} />
          </section>
          <section aria-labelledby="scopes">
            <h2 id="scopes">What it will be able to do</h2>
            {scopes.length === 0 ? (
              <p>
                It asks for no permission: it learns that you are signed in and can use what{' '}
                {module.title} has open to everyone here.
              </p>
            ) : (
              <Scopes view={view} />
            )}
          </section>
        </div>
        <Decision view={view} />
      </form>
    ),
  })
}

const Scopes = ({ view: { module, scopes } }: { view: ConsentView }) => (
  <>
    <p>
      With {module.title}, in your name. Untick what you do not want to give; it can ask again when
      it needs it.
      {!scopes.some(({ required }) => required) && ' Leave at least one, or deny.'}
    </p>
    <ul class="scopes">
      {scopes.map((scope, index) => (
        <ScopeChoice scope={scope} id={`scope-${index}`} />
      ))}
    </ul>
    <p class="quiet">
      <a href={`/${encodeURIComponent(module.name)}`} target="_blank" rel="noopener">
        All that {module.title} offers, in full (new tab)
      </a>
    </p>
  </>
)

/** Beside the request where there is room, so that it is in sight whatever is unfolded. */
const Decision = ({ view }: { view: ConsentView }) => (
  <section class="decision" aria-labelledby="decision">
    <h2 id="decision">Your decision</h2>
    <p>
      {view.offlineAccess
        ? 'If you allow it, it stays connected while you are away, until you disconnect it.'
        : view.client.isOurs
          ? 'If you allow it, it goes on until you leave the playground, an hour at most.'
          : 'If you allow it, it stays connected for a short time and then has to ask again.'}{' '}
      You can take it back whenever you like, on{' '}
      <a href="/account" target="_blank" rel="noopener">
        your account page (new tab)
      </a>
      .
    </p>
    <div class="decision-buttons">
      <button type="submit" class="button" name="decision" value="deny">
        Deny
      </button>
      <button
        type="submit"
        class="button button-primary button-guarded"
        name="decision"
        value="allow"
      >
        Allow
      </button>
    </div>
  </section>
)

const Hero = ({ view }: { view: ConsentView }) => {
  const { client, module, person, switchAccountAction, returnTo } = view
  return (
    <>
      <h1>
        Connect <Name text={client.name} /> to {module.title}?
      </h1>
      {module.description && <Prose class="lead" text={module.description} />}
      <div class="signed-in">
        <SignedInAs person={person} />
        {switchAccountAction && (
          <form method="post" action={switchAccountAction}>
            <Hidden fields={{ handle: view.handle, ...(returnTo && { returnTo }) }} />
            <button type="submit" class="button button-small">
              Use another account
            </button>
          </form>
        )}
      </div>
    </>
  )
}

/** Any local program can listen where the answer goes, also under a verified name (S-13). */
const LoopbackWarning = ({ client }: { client: ClientView }) => (
  <Alert tone="warning" title="Have you just started this yourself?">
    <p>
      The request comes from a program on this computer, and the answer goes to{' '}
      <code>{client.redirectHost}</code> on it. Any program here can ask like this and call itself{' '}
      <Name text={client.name} />
      {client.domain && (
        <>
          , although the name belongs to <code>{client.domain}</code>
        </>
      )}
      . Deny it unless you were connecting it a moment ago.
    </p>
  </Alert>
)

const Client = ({ client }: { client: ClientView }) => (
  <dl class="facts-list">
    <div>
      <dt>Name</dt>
      <dd>
        <Name text={client.name} />
      </dd>
    </div>
    <div>
      <dt>Identity</dt>
      <dd>
        <ClientIdentity domain={client.domain} isOurs={client.isOurs} />
        {!client.domain && !client.isOurs && (
          <p class="quiet">It gave itself this name. Go by where it sends you back to.</p>
        )}
      </dd>
    </div>
    <div>
      <dt>Sends you back to</dt>
      <dd>
        <strong class="domain">{client.redirectHost}</strong>
        {client.loopback && <span class="quiet"> (on this computer)</span>}
      </dd>
    </div>
    {client.uri && (
      <div>
        <dt>Says its page is</dt>
        <dd class="quiet">
          <Name text={client.uri} />
        </dd>
      </div>
    )}
  </dl>
)
