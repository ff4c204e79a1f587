import type { AccountView } from '../oauth-views'
import { Badge } from './badge'

/** What a person is on this platform. */
export const RoleBadge = ({ role }: Pick<AccountView['person'], 'role'>) => (
  <Badge>{role === 'operator' ? 'Operator' : 'Member'}</Badge>
)
