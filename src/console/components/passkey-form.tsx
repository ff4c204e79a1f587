import type { Child } from 'hono/jsx'
import type { PasskeyView } from '../oauth-views'
import { Hidden } from './hidden'

/**
 * A form whose `credential` the passkey script fills in. Until it runs, the button is hidden, and
 * disabled too: a hidden button would still be what the Enter key presses.
 */
export const PasskeyForm = (props: {
  ceremony: 'create' | 'get'
  action: string
  passkey: PasskeyView
  hidden: Record<string, string>
  button: string
  /** What to do where there is no script or no passkey. */
  unavailable: string
  children?: Child
}) => (
  <form
    class="form"
    method="post"
    action={props.action}
    data-passkey={props.ceremony}
    data-options={JSON.stringify(props.passkey.options)}
    data-lifetime-seconds={props.passkey.lifetimeSeconds}
  >
    <Hidden fields={{ ...props.hidden, credential: '' }} />
    {props.children}
    <p class="quiet" data-unavailable>
      {props.unavailable}
    </p>
    <button type="submit" class="button button-primary" hidden disabled>
      {props.button}
    </button>
    <p class="form-status" role="status" />
  </form>
)
