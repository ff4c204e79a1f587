import type { OutcomeView } from '../oauth-views'
import { Alert } from './alert'

/** What the form before did. The title of the page says it too, which is read out first. */
export const Outcome = ({ outcome }: { outcome: OutcomeView | undefined }) =>
  outcome && (
    <Alert tone={outcome.failed ? 'error' : 'status'}>
      <p>{outcome.text}</p>
    </Alert>
  )

/** Goes before the title of a page that tells of one: `Done · Your account · Quayside`. */
export const outcomePrefix = (outcome: OutcomeView | undefined): string =>
  outcome === undefined ? '' : outcome.failed ? 'Not done · ' : 'Done · '
