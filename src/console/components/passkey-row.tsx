import type { AccountPasskeyView, AccountView } from '../oauth-views'
import { plainName } from '../plain-name'
import { Badge } from './badge'
import { Hidden } from './hidden'
import { dayOf, Moment } from './moment'
import { Name } from './name'

/** One passkey; its name and its end are folded away, so that neither happens by accident. */
export const PasskeyRow = (props: {
  passkey: AccountPasskeyView
  /** Unique on the page. */
  id: string
  actions: AccountView['actions']
  csrf: string
  /** The person has proved a moment ago that it is them. */
  isConfirmed: boolean
}) => {
  const { passkey, id, actions, csrf, isConfirmed } = props
  const { createdAt, lastUsedAt } = passkey
  const name = plainName(passkey.name ?? `Passkey of ${dayOf(createdAt)}`)
  return (
    <li class="ledger-row">
      <div class="ledger-side">
        <h3>
          <Name text={name} />
        </h3>
        {passkey.isCurrent && (
          <p>
            <Badge tone="read">Signed in with it</Badge>
          </p>
        )}
      </div>
      <div class="ledger-body">
        <p>
          Added <Moment at={createdAt} />
          <span class="quiet">
            {lastUsedAt === undefined ? (
              ', not used since.'
            ) : (
              <>
                , last used <Moment at={lastUsedAt} />.
              </>
            )}
          </span>
        </p>
        <details class="fold fold-plain">
          <summary>
            Rename or remove<span class="visually-hidden"> {name}</span>
          </summary>
          <div class="fold-body">
            <form class="inline-form" method="post" action={actions.renamePasskey}>
              <Hidden fields={{ csrf, passkey: passkey.id }} />
              <div class="field">
                <label for={id}>
                  Name<span class="visually-hidden"> of {name}</span>
                </label>
                <input
                  id={id}
                  name="label"
                  value={passkey.name ?? ''}
                  required
                  maxlength={60}
                  autocomplete="off"
                />
              </div>
              <button type="submit" class="button">
                Save<span class="visually-hidden"> the name of {name}</span>
              </button>
            </form>
            <Removal
              passkey={passkey}
              name={name}
              action={actions.removePasskey}
              csrf={csrf}
              isConfirmed={isConfirmed}
            />
          </div>
        </details>
      </div>
    </li>
  )
}

const Removal = (props: {
  passkey: AccountPasskeyView
  name: string
  action: string
  csrf: string
  isConfirmed: boolean
}) => {
  const { passkey, name, action, csrf, isConfirmed } = props
  if (passkey.isOnlyWayIn) {
    return (
      <p class="quiet">
        It is your only way to sign in, so it cannot be removed. Add another one first.
      </p>
    )
  }
  if (!isConfirmed) {
    return <p class="quiet">To remove it, confirm first that it is you: see below the list.</p>
  }
  return (
    <form class="form" method="post" action={action}>
      <Hidden fields={{ csrf }} />
      <p class="quiet">
        Removed, it signs nobody in any more, and whoever is signed in with it is signed out
        {passkey.isCurrent ? ': you too, here and now' : ''}. Your device may still offer it until
        you delete it there as well. Clients stay connected.
      </p>
      <button type="submit" class="button button-danger" name="passkey" value={passkey.id}>
        Remove<span class="visually-hidden"> {name}</span>
      </button>
    </form>
  )
}
