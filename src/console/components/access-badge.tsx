import type { ModuleView } from '../views'
import { Badge } from './badge'

export const AccessBadge = ({ access }: { access: ModuleView['access'] }) => (
  <Badge>{access === 'public' ? 'Open to anyone' : 'Needs sign-in'}</Badge>
)
