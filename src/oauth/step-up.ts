/**
 * Which grant a step-up replaces. No client says so, and several installs of one client are normal,
 * so a grant counts as replaced only where everything speaks for it; otherwise it stays beside the
 * new one. Works on the tables of `UserGrants`, each function within a transaction of its own or
 * the caller's.
 *
 * @module
 */

/** From a call that lacked scopes to the consent it led to. */
const STEP_UP_SECONDS = 900
/** A grant that was replaced goes on for so long: calls and other windows still carry its token. */
const REPLACED_GRACE_SECONDS = 30
/** A call that is tried again and again costs one written row in this time. */
const NOTE_AGAIN_SECONDS = 60

/** What tells a step-up from a sign-in of another install. */
export interface GrantConsent {
  /** Digest of the id of the browser it was given in. */
  browser: string
  /** Every scope the grant amounts to; undefined when its client asked for none by name. */
  covers: string[] | undefined
}

/** Notes that a call of a grant lacked scopes and its client was told to ask for `scope`. */
export function noteShortfall(
  storage: DurableObjectStorage,
  grantId: string,
  scope: string,
  now: number,
): void {
  const { sql } = storage
  const isNews = sql.exec(
    `SELECT 1 FROM grants WHERE grant_id = ?1 AND redeemed = 1 AND NOT EXISTS (
      SELECT 1 FROM challenges WHERE grant_id = ?1 AND scope = ?2 AND at > ?3)`,
    grantId,
    scope,
    now - NOTE_AGAIN_SECONDS,
  )
  if (isNews.toArray().length === 0) return
  storage.transactionSync(() => {
    sql.exec('DELETE FROM challenges WHERE at <= ?', now - STEP_UP_SECONDS)
    sql.exec(
      `INSERT INTO challenges (grant_id, scope, at) VALUES (?, ?, ?)
        ON CONFLICT (grant_id, scope) DO UPDATE SET at = excluded.at`,
      grantId,
      scope,
      now,
    )
  })
}

/**
 * Finds the grant that a new one is to replace: of the same client and module, made in the same
 * browser, told minutes ago that it lacks scopes, and covered, with those scopes, by what was
 * asked for by name and given. Where two fit, nobody knows whose step-up this is, and both stay.
 */
export function linkStepUp(
  sql: SqlStorage,
  { grantId, clientId, resource }: { grantId: string; clientId: string; resource: string },
  { browser, covers }: GrantConsent,
  now: number,
): void {
  sql.exec('UPDATE grants SET browser = ? WHERE grant_id = ?', browser, grantId)
  if (!covers) return
  const covered = new Set([...covers, 'offline_access'])
  const isCovered = (scope: string) =>
    scope.split(' ').every((name) => name === '' || covered.has(name))
  const challenged = sql
    .exec<{ grant_id: string; renewals: number; scope: string; asked: string }>(
      `SELECT grants.grant_id, renewals, grants.scope, challenges.scope AS asked
        FROM challenges JOIN grants USING (grant_id)
        WHERE client_id = ? AND resource = ? AND browser = ? AND redeemed = 1
          AND expires_at > ? AND at > ?`,
      clientId,
      resource,
      browser,
      now,
      now - STEP_UP_SECONDS,
    )
    .toArray()
    .filter(({ scope, asked }) => isCovered(scope) && isCovered(asked))
  const found = new Map(challenged.map(({ grant_id, renewals }) => [grant_id, renewals]))
  const [only, ...others] = found
  if (!only || others.length > 0) return
  sql.exec(
    'UPDATE grants SET replaces = ?, replaces_renewals = ? WHERE grant_id = ?',
    ...only,
    grantId,
  )
}

/**
 * The new grant was used: from now on the one it replaces has only its grace, unless somebody has
 * refreshed it since the consent. Whoever refreshes it within the grace keeps it as well.
 */
export function startReplacing(sql: SqlStorage, grantId: string, now: number): void {
  sql.exec(
    `UPDATE grants SET expires_at = ?1, replaced_by = ?2
      FROM (SELECT replaces, replaces_renewals FROM grants WHERE grant_id = ?2) AS new
      WHERE grants.grant_id = new.replaces AND grants.renewals = new.replaces_renewals
        AND grants.expires_at > ?1`,
    now + REPLACED_GRACE_SECONDS,
    grantId,
  )
  sql.exec('UPDATE grants SET replaces = NULL WHERE grant_id = ?', grantId)
}
