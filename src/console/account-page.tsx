import { ConnectionRow } from './components/connection-row'
import { Hidden } from './components/hidden'
import { Outcome, outcomePrefix } from './components/outcome'
import { renderDocument } from './components/page'
import { PasskeyForm } from './components/passkey-form'
import { PasskeyRow } from './components/passkey-row'
import { RoleBadge } from './components/role-badge'
import { SignedInAs } from './components/signed-in-as'
import type { AccountView, NewPasskeyView } from './oauth-views'

/**
 * Who a person is here, what is connected in their name and how they sign in, with the ways to end
 * or change it; `AccountView.actions` says what its forms post. The response needs
 * `pageHeaders({ scripts: ['passkey'] })`.
 */
export function renderAccountPage(view: AccountView): string {
  return renderDocument({
    title: `${outcomePrefix(view.outcome)}Your account · Quayside`,
    host: view.host,
    scripts: ['passkey'],
    hero: <Hero view={view} />,
    children: (
      <>
        <Outcome outcome={view.outcome} />
        <Connections view={view} />
        <Passkeys view={view} />
      </>
    ),
  })
}

const Hero = ({ view: { person, csrf, actions } }: { view: AccountView }) => (
  <>
    <nav aria-label="Breadcrumb">
      <a href="/">All modules</a>
    </nav>
    <h1>Your account</h1>
    <div class="signed-in">
      <SignedInAs person={person} />
      <RoleBadge role={person.role} />
      <form method="post" action={actions.signOut}>
        <Hidden fields={{ csrf }} />
        <button type="submit" class="button button-small">
          Sign out
        </button>
      </form>
    </div>
  </>
)

const Connections = ({ view: { connections, csrf, actions } }: { view: AccountView }) => (
  <section aria-labelledby="connections">
    <h2 id="connections">Connected clients</h2>
    {connections.length === 0 ? (
      <div class="card">
        <p>
          Nothing is connected in your name. Add a module to your assistant and this page will show
          it, with a button to disconnect it again.
        </p>
        <p>
          <a class="button" href="/">
            See the modules
          </a>
        </p>
      </div>
    ) : (
      <>
        <p class="quiet">
          Each acts in your name, with the permissions listed here and no others. Disconnecting
          takes effect within seconds.
        </p>
        <ul class="ledger">
          {connections.map((connection) => (
            <ConnectionRow connection={connection} action={actions.disconnect} csrf={csrf} />
          ))}
        </ul>
      </>
    )}
  </section>
)

const Passkeys = ({ view }: { view: AccountView }) => {
  const { passkeys, newPasskey, csrf, actions } = view
  const isConfirmed = newPasskey.kind !== 'unconfirmed'
  return (
    <section aria-labelledby="passkeys">
      <h2 id="passkeys">Passkeys</h2>
      <p class="quiet">
        You sign in with any one of them. A second one, on another device or in another password
        manager, lets you in when the first is lost.
      </p>
      {passkeys.length > 0 && (
        <ul class="ledger">
          {passkeys.map((passkey, index) => (
            <PasskeyRow
              passkey={passkey}
              id={`passkey-${index}`}
              actions={actions}
              csrf={csrf}
              isConfirmed={isConfirmed}
            />
          ))}
        </ul>
      )}
      <NewPasskey newPasskey={newPasskey} action={actions.addPasskey} csrf={csrf} />
    </section>
  )
}

const NewPasskey = (props: { newPasskey: NewPasskeyView; action: string; csrf: string }) => {
  const { newPasskey, action, csrf } = props
  switch (newPasskey.kind) {
    case 'unconfirmed':
      return (
        <div class="card">
          <h3>Add or remove a passkey</h3>
          <p>
            You signed in a while ago. Confirm first that it is still you: sign in once more, then
            you have ten minutes.
          </p>
          <p>
            <a class="button" href={newPasskey.href}>
              Confirm that it is you
            </a>
          </p>
        </div>
      )
    case 'full':
      return (
        <p class="card">
          {newPasskey.max} passkeys are the most there can be. Remove one to add another.
        </p>
      )
    case 'ready':
      return (
        <div class="card">
          <h3>Add a passkey</h3>
          <PasskeyForm
            ceremony="create"
            action={action}
            passkey={newPasskey}
            hidden={{ csrf, challenge: newPasskey.challenge }}
            button="Add a passkey"
            unavailable="Adding a passkey needs JavaScript. Turn it on for this page and load it again."
          >
            <div class="field">
              <label for="new-passkey">
                Name <span class="quiet">(optional)</span>
              </label>
              <input
                id="new-passkey"
                name="label"
                maxlength={60}
                autocomplete="off"
                aria-describedby="new-passkey-use"
              />
              <p id="new-passkey-use" class="quiet">
                Tells it from the others here, such as “Phone” or “Work laptop”.
              </p>
            </div>
          </PasskeyForm>
        </div>
      )
    default:
      return newPasskey satisfies never
  }
}
