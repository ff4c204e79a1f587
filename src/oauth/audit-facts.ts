import type { AuditFacts } from '../audit'
import type { OAuthEvent } from './authorization-server'
import { moduleIn } from './resources'

/**
 * What the record says of an event of the token endpoint; undefined where it has it from elsewhere.
 */
export function oauthFacts(event: OAuthEvent): AuditFacts | undefined {
  const { userId, grantId, clientId, scopes, resource } = event
  const about = {
    // Only people have grants so far.
    subject: `person:${userId}`,
    grantId,
    clientId,
    scopes,
    module: resource === undefined ? undefined : moduleIn(resource),
  }
  switch (event.type) {
    case 'token_issued': {
      const type = event.grantType === 'refresh_token' ? 'token_refreshed' : 'grant_issued'
      return { ...about, type, outcome: 'ok' }
    }
    case 'token_replayed':
      return { ...about, type: 'token_refreshed', outcome: 'replayed' }
    case 'refresh_reused':
      return { ...about, type: 'refresh_reused', outcome: 'refused' }
    case 'grant_ended':
      return undefined
    case 'access_token_revoked':
      return { ...about, type: 'access_token_revoked', actor: 'client', outcome: 'ok' }
    default:
      return event satisfies never
  }
}
