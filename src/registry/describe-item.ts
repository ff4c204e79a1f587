import type { Icon } from '../protocol'
import type { Item } from '../sdk'

/** What lists show of every item alike. */
export interface ItemDescription {
  name: string
  title?: string
  description: string
  icons?: Icon[]
  _meta?: Record<string, unknown>
}

export function describeItem({
  name,
  title,
  description,
  icons,
  scopes,
  _meta,
}: Item): ItemDescription {
  // Clients that ask for permission before a call look for what it needs here.
  const security = [{ type: 'oauth2', scopes }]
  const meta = scopes.length > 0 ? { securitySchemes: security, ..._meta } : _meta
  return {
    name,
    ...(title !== undefined && { title }),
    description,
    ...(icons && { icons }),
    ...(meta && { _meta: meta }),
  }
}
