import type { ClientView } from '../oauth-views'
import { Badge } from './badge'

/** Whose client it is, as far as that is proved: a name alone proves nothing. */
export const ClientIdentity = ({ domain, isOurs }: Pick<ClientView, 'domain' | 'isOurs'>) =>
  isOurs ? (
    <Badge tone="read">Part of this platform</Badge>
  ) : domain ? (
    <span class="facts facts-inline">
      <strong class="domain">{domain}</strong>
      <Badge tone="read">Verified domain</Badge>
    </span>
  ) : (
    <Badge tone="change">Name not verified</Badge>
  )
