import type { AuditFacts } from '../audit'
import type { OAuthEvent } from './authorization-server'

/**
 * What the record says of an event of the token endpoint.
 *
 * @param moduleOf The module behind a resource indicator.
 */
export function oauthFacts(
  event: OAuthEvent,
  moduleOf: (resource: string) => string | undefined,
): AuditFacts[] {
  const { userId, grantId, clientId, scopes, resource } = event
  const about = {
    // Only people have grants so far.
    subject: `person:${userId}`,
    grantId,
    clientId,
    scopes,
    module: resource === undefined ? undefined : moduleOf(resource),
  }
  switch (event.type) {
    case 'token_issued': {
      const type = event.grantType === 'refresh_token' ? 'token_refreshed' : 'grant_issued'
      return [{ ...about, type, outcome: 'ok' }]
    }
    case 'token_replayed':
      return [{ ...about, type: 'token_refreshed', outcome: 'replayed' }]
    case 'refresh_reused': {
      const detail = 'a refresh token was used twice'
      return [
        { ...about, type: 'refresh_reused', outcome: 'refused' },
        { ...about, type: 'grant_revoked', actor: 'platform', outcome: 'ok', detail },
      ]
    }
    case 'grant_revoked':
      return [
        { ...about, type: 'grant_revoked', actor: event.by, outcome: 'ok', detail: event.reason },
      ]
    case 'access_token_revoked':
      return [{ ...about, type: 'access_token_revoked', actor: 'client', outcome: 'ok' }]
    default:
      return event satisfies never
  }
}
