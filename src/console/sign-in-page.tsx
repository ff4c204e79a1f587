import { Alert } from './components/alert'
import { Hidden } from './components/hidden'
import { Name } from './components/name'
import { Outcome, outcomePrefix } from './components/outcome'
import { renderDocument } from './components/page'
import { PasskeyForm } from './components/passkey-form'
import { Inline } from './components/prose'
import { RoleBadge } from './components/role-badge'
import type { SignInView } from './oauth-views'

type Developer = NonNullable<SignInView['developer']>

/**
 * Where a person says who they are. Every form posts `csrf` and `returnTo` to `action`, with one of
 * - `credential`: a passkey's answer, `AuthenticationResponseJSON` as JSON;
 * - `person`: the id of someone the developer sign-in offers;
 * - `name` and `email` (may be empty): someone new, through the developer sign-in.
 *
 * With `passkey`, the response needs `pageHeaders({ scripts: ['passkey'] })`.
 */
export function renderSignInPage(view: SignInView): string {
  const { passkey, developer, outcome } = view
  return renderDocument({
    title: `${view.error ? 'Not done · ' : outcomePrefix(outcome)}Sign in · Quayside`,
    host: view.host,
    scripts: passkey ? ['passkey'] : [],
    hero: (
      <>
        <h1>{confirming(view) ? 'Confirm that it is you' : 'Sign in'}</h1>
        <p class="lead">
          <Lead view={view} />
        </p>
      </>
    ),
    children: (
      <>
        <Outcome outcome={outcome} />
        {view.error && (
          <Alert
            tone="error"
            title={confirming(view) ? 'That it is you is not confirmed' : 'You are not signed in'}
          >
            <p>{view.error}</p>
          </Alert>
        )}
        {passkey && (
          <section aria-labelledby="passkey">
            <h2 id="passkey">With a passkey</h2>
            <p class="quiet">
              Your device or password manager keeps it. You unlock it with your fingerprint, face or
              PIN.
            </p>
            <PasskeyForm
              ceremony="get"
              action={view.action}
              passkey={passkey}
              hidden={hiddenFields(view)}
              button="Sign in with a passkey"
              unavailable="Signing in with a passkey needs JavaScript. Turn it on for this page and load it again."
            />
          </section>
        )}
        {developer && <DeveloperSignIn view={view} developer={developer} />}
        {!passkey && !developer && <NothingSetUp />}
      </>
    ),
  })
}

/** Somebody is signed in and no client waits: they are about to change how they sign in. */
const confirming = ({ clientName, signedInAs }: SignInView) =>
  clientName === undefined ? signedInAs : undefined

const Lead = ({ view }: { view: SignInView }) => {
  if (!view.passkey && !view.developer) return <>Signing in is not set up on this platform yet.</>
  const person = confirming(view)
  if (person) {
    return (
      <>
        You are signed in as{' '}
        <strong>
          <Name text={person.name} />
        </strong>
        . Sign in once more, and go on where you were.
      </>
    )
  }
  if (view.clientName === undefined) {
    return <>Sign in to see which clients are connected in your name, and to disconnect them.</>
  }
  return (
    <>
      <strong>
        <Name text={view.clientName} />
      </strong>{' '}
      wants to connect. Sign in first; on the next page you decide what it may do.
    </>
  )
}

const DeveloperSignIn = ({ view, developer }: { view: SignInView; developer: Developer }) => (
  <section aria-labelledby="developer">
    <h2 id="developer">As a developer</h2>
    <p class="quiet">
      This sign-in exists only on this machine. It takes your word for who you are, so a deployed
      platform does not have it.
    </p>
    <div class="columns">
      {developer.people.length > 0 && (
        <form class="form" method="post" action={view.action} aria-labelledby="known">
          <Hidden fields={hiddenFields(view)} />
          <h3 id="known">Someone who has been here</h3>
          {developer.people.map((person) => (
            <button type="submit" class="choice" name="person" value={person.id}>
              <span>
                <span class="visually-hidden">Sign in as </span>
                <strong>
                  <Name text={person.name} />
                </strong>
                {person.email && <span class="quiet choice-note">{person.email}</span>}
              </span>
              <RoleBadge role={person.role} />
            </button>
          ))}
        </form>
      )}
      <form class="form" method="post" action={view.action} aria-labelledby="new">
        <Hidden fields={hiddenFields(view)} />
        <h3 id="new">Someone new</h3>
        <div class="field">
          <label for="name">Name</label>
          <input id="name" name="name" required maxlength={80} autocomplete="off" />
        </div>
        <div class="field">
          <label for="email">
            Email <span class="quiet">(optional)</span>
          </label>
          <input id="email" name="email" type="email" maxlength={254} autocomplete="off" />
        </div>
        <button
          type="submit"
          class={view.passkey || developer.people.length > 0 ? 'button' : 'button button-primary'}
        >
          Create and sign in
        </button>
      </form>
    </div>
  </section>
)

const NothingSetUp = () => (
  <section class="card" aria-labelledby="set-up">
    <h2 id="set-up" class="label">
      What to do
    </h2>
    <p>
      <Inline text="The operator of this platform has to set it up first: run `npm run setup-link` in its folder and open the link that it prints. It leads to a page that makes the first passkey." />
    </p>
  </section>
)

const hiddenFields = ({ csrf, returnTo }: SignInView) => ({ csrf, returnTo })
