import { Alert } from './components/alert'
import { renderDocument } from './components/page'
import { PasskeyForm } from './components/passkey-form'
import { Inline } from './components/prose'
import type { SetupView } from './oauth-views'

/**
 * The page behind the one-time link: makes the first operator and their passkey. Posts `csrf`,
 * `name` and `credential` (`RegistrationResponseJSON` as JSON) to `action`. Until it is done, the
 * response needs `pageHeaders({ scripts: ['passkey'] })`.
 */
export function renderSetupPage(view: SetupView): string {
  return view.done ? donePage(view.host) : formPage(view)
}

const donePage = (host: string | undefined): string =>
  renderDocument({
    title: 'Set up · Quayside',
    host,
    hero: (
      <>
        <h1>You can sign in now</h1>
        <p class="lead">Your passkey is stored and you are an operator of this platform.</p>
      </>
    ),
    children: (
      <section class="card" aria-labelledby="next">
        <h2 id="next" class="label">
          What comes next
        </h2>
        <p>
          The link that brought you here is spent. Add a second passkey on your account page, on
          another device or in another password manager: it lets you in when the first is lost.
        </p>
        <p>
          <a class="button button-primary" href="/account">
            Go to your account
          </a>
        </p>
      </section>
    ),
  })

const formPage = (view: Exclude<SetupView, { done: true }>): string =>
  renderDocument({
    title: 'Set up · Quayside',
    host: view.host,
    scripts: ['passkey'],
    hero: (
      <>
        <h1>Become the operator</h1>
        <p class="lead">
          You opened the set-up link of this platform. Give your name and make a passkey: from then
          on it is how you sign in.
        </p>
      </>
    ),
    children: (
      <>
        {view.error && (
          <Alert tone="error" title="The passkey was not stored">
            <p>{view.error}</p>
          </Alert>
        )}
        <section aria-labelledby="you">
          <h2 id="you">You</h2>
          <PasskeyForm
            ceremony="create"
            action={view.action}
            passkey={view.passkey}
            hidden={{ csrf: view.csrf }}
            button="Make a passkey"
            unavailable="Making a passkey needs JavaScript. Turn it on for this page and load it again."
          >
            <div class="field">
              <label for="name">Your name</label>
              <input
                id="name"
                name="name"
                required
                maxlength={80}
                autocomplete="name"
                aria-describedby="name-use"
              />
              <p id="name-use" class="quiet">
                Shown to you here and in your list of passkeys.
              </p>
            </div>
          </PasskeyForm>
        </section>
        <section aria-labelledby="know">
          <h2 id="know">Good to know</h2>
          <ul class="points">
            <li>
              Your device or password manager keeps the passkey and unlocks it with your
              fingerprint, face or PIN. None of these ever reaches this platform.
            </li>
            <li>
              <Inline text="The link works once. If you leave now it still waits for you until it expires; `npm run setup-link` prints a new one." />
            </li>
            <li>An operator can see and end everybody’s connections. Do not pass the link on.</li>
          </ul>
        </section>
      </>
    ),
  })
