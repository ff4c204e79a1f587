import { Alert } from './components/alert'
import { Badge } from './components/badge'
import { ClientIdentity } from './components/client-identity'
import { Hidden } from './components/hidden'
import { Moment } from './components/moment'
import { Name } from './components/name'
import { renderDocument } from './components/page'
import type { AccountView, ConnectionView } from './oauth-views'
import { plainName } from './plain-name'

/**
 * What is connected in a person's name, and the way to end it. Disconnecting posts `csrf` and
 * `grant` to `revokeAction`; signing out posts `csrf` to `signOutAction`.
 */
export function renderAccountPage(view: AccountView): string {
  const { connections, passkeys } = view
  return renderDocument({
    title: 'Your account · Quayside',
    host: view.host,
    hero: <Hero view={view} />,
    children: (
      <>
        {view.notice && (
          <Alert tone="status">
            <p>{view.notice}</p>
          </Alert>
        )}
        <section aria-labelledby="connections">
          <h2 id="connections">Connected clients</h2>
          {connections.length === 0 ? (
            <div class="card">
              <p>
                Nothing is connected in your name. Add a module to your assistant and this page will
                show it, with a button to disconnect it again.
              </p>
              <p>
                <a href="/">See the modules</a>
              </p>
            </div>
          ) : (
            <>
              <p class="quiet">
                Each acts in your name, with the permissions listed here and no others.
                Disconnecting takes effect within seconds.
              </p>
              <ul class="ledger">
                {connections.map((connection) => (
                  <Connection connection={connection} view={view} />
                ))}
              </ul>
            </>
          )}
        </section>
        {passkeys && (
          <section aria-labelledby="passkeys">
            <h2 id="passkeys">Passkeys</h2>
            {passkeys.length === 0 ? (
              <p class="quiet">You have none yet.</p>
            ) : (
              <ul class="points">
                {passkeys.map((passkey) => (
                  <li>
                    Made on <Moment at={passkey.createdAt} />
                    <span class="quiet">
                      {passkey.lastUsedAt === undefined ? (
                        ', never used since'
                      ) : (
                        <>
                          , last used on <Moment at={passkey.lastUsedAt} />
                        </>
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </section>
        )}
      </>
    ),
  })
}

const Hero = ({ view }: { view: AccountView }) => (
  <>
    <nav aria-label="Breadcrumb">
      <a href="/">All modules</a>
    </nav>
    <h1>Your account</h1>
    <div class="signed-in">
      <p>
        You are signed in as{' '}
        <strong>
          <Name text={view.person.name} />
        </strong>
        {view.person.email && ` (${view.person.email})`}.
      </p>
      {view.operator && <Badge>Operator</Badge>}
      <form method="post" action={view.signOutAction}>
        <Hidden fields={{ csrf: view.csrf }} />
        <button type="submit" class="button button-small">
          Sign out
        </button>
      </form>
    </div>
  </>
)

const Connection = ({ connection, view }: { connection: ConnectionView; view: AccountView }) => (
  <li class="ledger-row">
    <div class="ledger-side">
      <h3>
        <Name text={connection.clientName} />
      </h3>
      <p>
        <ClientIdentity domain={connection.clientDomain} />
      </p>
      <form method="post" action={view.revokeAction}>
        <Hidden fields={{ csrf: view.csrf }} />
        <button type="submit" class="button button-small" name="grant" value={connection.grantId}>
          Disconnect
          <span class="visually-hidden">
            {' '}
            {plainName(connection.clientName)} from {connection.moduleTitle}
          </span>
        </button>
      </form>
    </div>
    <div class="ledger-body">
      <p>
        Uses <a href={`/${encodeURIComponent(connection.moduleName)}`}>{connection.moduleTitle}</a>
        {connection.scopes.length === 0 ? ' with no particular permission.' : ' and may:'}
      </p>
      {connection.scopes.length > 0 && (
        <ul class="points">
          {connection.scopes.map((scope) => (
            <li>
              {scope.description} <code class="quiet">{scope.name}</code>
            </li>
          ))}
        </ul>
      )}
      <dl class="facts-list">
        <Time term="Connected" at={connection.createdAt} />
        <Time term="Last used" at={connection.lastUsedAt} otherwise="Not used yet" />
        <Time term="Ends" at={connection.expiresAt} otherwise="When you disconnect it" />
      </dl>
    </div>
  </li>
)

const Time = (props: { term: string; at: number | undefined; otherwise?: string }) => (
  <div>
    <dt>{props.term}</dt>
    <dd>{props.at === undefined ? props.otherwise : <Moment at={props.at} />}</dd>
  </div>
)
