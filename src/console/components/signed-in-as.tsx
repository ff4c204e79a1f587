import type { PersonView } from '../oauth-views'
import { Name } from './name'

/** In whose name whatever is done here happens. */
export const SignedInAs = ({ person }: { person: PersonView }) => (
  <p>
    You are signed in as{' '}
    <strong>
      <Name text={person.name} />
    </strong>
    {person.email && ` (${person.email})`}.
  </p>
)
