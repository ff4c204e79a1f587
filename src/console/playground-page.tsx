import { Alert } from './components/alert'
import { renderDocument } from './components/page'
import type { PlaygroundView } from './views'

const REVISIONS = [
  { date: '2026-07-28', words: 'no session' },
  { date: '2025-11-25', words: 'handshake and session' },
  { date: '2025-06-18', words: 'handshake and session' },
  { date: '2025-03-26', words: 'handshake and session' },
]

/**
 * Where a person uses a module by hand, as a client of any revision. Everything beyond the frame is
 * made by its script; the response needs `pageHeaders({ scripts: ['playground'], connects: true })`.
 */
export function renderPlaygroundPage({ module, visitor, authorization }: PlaygroundView): string {
  const { host } = new URL(module.connectorUrl)
  return renderDocument({
    title: `Try ${module.title} · ${host}`,
    host,
    visitor,
    scripts: ['playground'],
    hero: (
      <>
        <nav aria-label="Breadcrumb">
          <a href="/">All modules</a> /{' '}
          <a href={`/${encodeURIComponent(module.name)}`}>{module.title}</a>
        </nav>
        <h1>Try {module.title}</h1>
        <p class="lead">
          Use it by hand, as an assistant would, and see every message that goes over the wire.
        </p>
      </>
    ),
    children: <Playground module={module} authorization={authorization} />,
  })
}

const Playground = ({ module, authorization }: Omit<PlaygroundView, 'visitor'>) => (
  <div
    id="playground"
    data-module={module.title}
    data-connector={module.connectorUrl}
    data-client={authorization?.clientId}
    data-redirect-uri={authorization?.redirectUri}
    data-person={authorization?.personId}
    data-scopes={authorization?.scopes.join(' ')}
  >
    {/* Taken away by the script; without it there is nothing to use here. */}
    <div data-part="needs-script">
      <Alert tone="warning" title="This page needs JavaScript">
        <p>Turn it on for this page and load it again. It runs one script, from this host.</p>
      </Alert>
    </div>
    <div data-part="all" hidden>
      <section aria-labelledby="connection">
        <h2 id="connection">Connection</h2>
        <p class="quiet">
          {authorization
            ? 'This page asks for access as every client does: a window shows you what it wants, and you decide. What you give stays in the memory of this page and ends when you leave it.'
            : 'This module is open to everyone, so nothing has to be allowed first.'}
        </p>
        <form class="try-connect" data-part="connect">
          <div class="field">
            <label for="revision">Revision of the protocol</label>
            <select id="revision">
              {REVISIONS.map(({ date, words }) => (
                <option value={date}>
                  {date}, {words}
                </option>
              ))}
            </select>
          </div>
          <div class="try-buttons">
            <button type="submit" class="button button-primary">
              Connect
            </button>
            <button type="button" class="button" data-part="disconnect" hidden>
              Disconnect
            </button>
          </div>
        </form>
        <p class="form-status" role="status" data-part="state" />
        <dl class="facts-list" data-part="facts" hidden />
      </section>
      <div data-part="bench" hidden>
        <div class="try-bench">
          <section aria-labelledby="request">
            <h2 id="request">Request</h2>
            <div class="field try-item">
              <label for="item">What to use</label>
              <select id="item" />
            </div>
            <div class="try-panel" data-part="item" />
          </section>
          <section aria-labelledby="answer" data-part="answer">
            <h2 id="answer">Answer</h2>
            <div class="try-panel" data-part="output" />
          </section>
        </div>
        <section aria-labelledby="messages">
          <h2 id="messages">Messages</h2>
          <p class="quiet">
            Everything that was sent, newest first, as it was sent, but for the access token and for
            what the browser adds by itself.
          </p>
          <ol class="try-log" data-part="log" />
        </section>
      </div>
      <dialog class="card try-dialog" data-part="confirm" aria-labelledby="confirm-title">
        <form method="dialog">
          <h2 id="confirm-title">
            Call “<span data-part="confirm-tool" />
            ”?
          </h2>
          <p>It may change or delete something for good. It runs for real, in your name.</p>
          <div class="try-buttons">
            <button type="submit" class="button" value="no" autofocus>
              Do not send
            </button>
            <button type="submit" class="button button-danger" value="send">
              Send it
            </button>
          </div>
        </form>
      </dialog>
    </div>
  </div>
)

/**
 * Where consent leads back to: its script passes the answer on and closes the window. The response
 * needs `pageHeaders({ scripts: ['playgroundReturn'] })`.
 */
export function renderPlaygroundReturnPage(): string {
  return renderDocument({
    title: 'Back to the playground · Quayside',
    scripts: ['playgroundReturn'],
    hero: (
      <>
        <h1>You can close this window</h1>
        <p class="lead">Your decision was passed on to the playground that asked for it.</p>
      </>
    ),
  })
}
