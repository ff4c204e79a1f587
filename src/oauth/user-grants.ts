import { DurableObject } from 'cloudflare:workers'
import type { AuditOrigin } from '../audit'
import { hasTable } from '../store'
import {
  createGrantEndings,
  type EndingBindings,
  type EndingCause,
  type GrantEndings,
  RULES,
} from './grant-endings'
import { type GrantConsent, linkStepUp, noteShortfall, startReplacing } from './step-up'

/** How long a used refresh token is answered with the same successor (parallel hosts, lost replies). */
export const REFRESH_GRACE_SECONDS = 30
/**
 * Grants of one user, client and module beyond which the one idle longest makes room. Codes that
 * wait to be redeemed are counted apart: sign-ins that come to nothing must end no install.
 */
const MAX_GRANTS_PER_CLIENT = 10
/** What follows from an ending is tried again after this. */
const SETTLE_AGAIN_MS = 60_000

/** A grant as the object keeps it; the record itself is the provider's own JSON. */
export interface GrantView {
  grantId: string
  clientId: string
  resource: string
  scope: string[]
  /** Epoch seconds, all of them. */
  createdAt: number
  lastUsedAt: number
  expiresAt: number
}

/** Whose grants an object keeps. */
export interface GrantOwner {
  tenant: string
  userId: string
}

/** What a token request finds when it reaches for its grant. */
export type GrantOpening =
  | { kind: 'found'; record: string; version: number }
  | { kind: 'none' }
  /** The presented refresh token was used moments ago: `replay` is sealed under the token itself. */
  | { kind: 'replay'; clientId: string; replay: ArrayBuffer }
  /** It was used long ago: somebody holds a copy. The whole family is gone now. */
  | { kind: 'reused'; clientId: string; resource: string }

export interface GrantCommit {
  owner: GrantOwner
  grantId: string
  /** The version that was opened; 0 for a grant that must be new. */
  version: number
  /** The grant's new record, or why it ends with all its tokens. */
  record: { value: string; expiresAt: number } | { ended: EndingCause }
  /** Access tokens issued with it, by hash. */
  tokens: { id: string; value: string; expiresAt: number }[]
  deletedTokens: string[]
  /** The refresh token this commit uses up. */
  used?: { hash: string; replay: ArrayBuffer } | undefined
  /** How a new grant was consented to. */
  consent?: GrantConsent | undefined
}

/**
 * Everything one person has granted: grants, codes, refresh and access tokens, by hash. One object
 * per user, named `grants/<user>`. A token request reads a grant with its version, works in the
 * Worker for as long as it likes and commits only if nobody else has: two parallel refreshes can
 * not both win, and no slow document holds anybody up.
 */
export class UserGrants extends DurableObject<EndingBindings> {
  readonly #sql: SqlStorage
  readonly #endings: GrantEndings

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // what wrangler.toml binds
    this.#sql = state.storage.sql
    this.#endings = createGrantEndings(state.storage, () => this.env)
  }

  /**
   * Opens a grant for a token request. `presented` is the hash of its refresh token, if any; where
   * that is one that was used long ago, the grant has ended everywhere when this returns.
   */
  async open(
    grantId: string,
    presented: string | undefined,
    now: number,
    origin: AuditOrigin,
  ): Promise<GrantOpening> {
    if (!this.#hasSchema()) return { kind: 'none' }
    const row = this.#sql
      .exec<{ record: string; version: number; client_id: string; resource: string }>(
        `SELECT record, version, client_id, resource FROM grants
          WHERE grant_id = ? AND expires_at > ?`,
        grantId,
        now,
      )
      .toArray()[0]
    if (!row) return { kind: 'none' }
    const used =
      presented === undefined
        ? undefined
        : this.#sql
            .exec<{ used_at: number; replay: ArrayBuffer | null }>(
              'SELECT used_at, replay FROM used_refresh_tokens WHERE hash = ? AND grant_id = ?',
              presented,
              grantId,
            )
            .toArray()[0]
    if (!used) return { kind: 'found', record: row.record, version: row.version }
    if (used.replay && used.used_at + REFRESH_GRACE_SECONDS >= now) {
      return { kind: 'replay', clientId: row.client_id, replay: used.replay }
    }
    await this.end([grantId], RULES.reused(origin))
    return { kind: 'reused', clientId: row.client_id, resource: row.resource }
  }

  /**
   * Writes what a token request decided, all of it or nothing. False when the grant has changed
   * since it was opened. A grant that is deleted has ended everywhere when this returns.
   */
  async commit(commit: GrantCommit, now: number): Promise<boolean> {
    this.#createSchema()
    const isWritten = await this.#change(() => this.#write(commit, now))
    if (!isWritten) return false
    if ('ended' in commit.record) await this.#endings.settle()
    else if (this.#endings.hasPending()) this.ctx.waitUntil(this.#endings.settle())
    return true
  }

  /**
   * Ends grants with all their tokens; `all` is also codes that nobody has redeemed yet.
   *
   * @returns Which of them there were, and whether everybody has been told; where not, that is
   *   tried again, by this object's alarm and by the next call.
   */
  async end(
    grantIds: readonly string[] | 'all',
    cause: EndingCause,
  ): Promise<{ ended: string[]; told: boolean }> {
    if (!this.#hasSchema()) return { ended: [], told: true }
    const ended = await this.#change(() => {
      const ids = grantIds === 'all' ? this.#allIds() : grantIds
      return ids.filter((grantId) => this.#end(grantId, cause, Date.now()))
    })
    return { ended, told: await this.#endings.settle() }
  }

  /** The record of an access token by its hash. */
  token(id: string, now: number): string | undefined {
    return this.#token(id, now)?.value
  }

  /**
   * The same for a call to `resource`, which counts as use. The first use of a grant that was
   * consented to in a step-up ends the one it replaces, unless that was refreshed meanwhile.
   */
  async use(id: string, resource: string, now: number): Promise<string | undefined> {
    const token = this.#token(id, now)
    if (!token) return undefined
    this.#touch(token.grant_id, now)
    if (token.replaces !== null && token.resource === resource) {
      await this.#change(() => startReplacing(this.#sql, token.grant_id, now))
    }
    return token.value
  }

  /** Notes that a call lacked scopes and its client was told to ask for these. */
  challenge(grantId: string, scopes: readonly string[], now: number): void {
    if (this.#hasSchema()) noteShortfall(this.ctx.storage, grantId, scopes.join(' '), now)
  }

  /** Living grants, newest first; codes that nobody has redeemed yet are not among them. */
  list(now: number): GrantView[] {
    if (!this.#hasSchema()) return []
    return this.#sql
      .exec<{
        grant_id: string
        client_id: string
        resource: string
        scope: string
        created_at: number
        last_used_at: number
        expires_at: number
      }>(
        `SELECT grant_id, client_id, resource, scope, created_at, last_used_at, expires_at
          FROM grants WHERE expires_at > ? AND redeemed = 1 ORDER BY created_at DESC`,
        now,
      )
      .toArray()
      .map((row) => ({
        grantId: row.grant_id,
        clientId: row.client_id,
        resource: row.resource,
        scope: row.scope === '' ? [] : row.scope.split(' '),
        createdAt: row.created_at,
        lastUsedAt: row.last_used_at,
        expiresAt: row.expires_at,
      }))
  }

  /**
   * Ends what has expired and sees to what follows from endings. What has expired is refused when
   * it is read, so it is no matter when this runs. Safe to run twice.
   */
  override async alarm(): Promise<void> {
    if (!this.#hasSchema()) return
    const now = Math.floor(Date.now() / 1000)
    this.ctx.storage.transactionSync(() => {
      const expired = this.#sql.exec<{
        grant_id: string
        redeemed: number
        expires_at: number
        replaced_by: string | null
      }>(
        'SELECT grant_id, redeemed, expires_at, replaced_by FROM grants WHERE expires_at <= ?',
        now,
      )
      for (const { grant_id, redeemed, expires_at, replaced_by } of expired.toArray()) {
        const natural = redeemed === 1 ? RULES.expired : RULES.unused
        const cause = replaced_by === null ? natural : RULES.replacedBy(replaced_by)
        this.#end(grant_id, cause, expires_at * 1000)
      }
      this.#sql.exec('DELETE FROM access_tokens WHERE expires_at <= ?', now)
    })
    await this.#endings.settle()
    // What could not be done yet has set the alarm for itself.
    const alarm = this.#endings.hasPending() ? await this.ctx.storage.getAlarm() : null
    await this.#schedule(alarm)
  }

  /** Makes a change and sets the alarm it needs, so that one is not stored without the other. */
  async #change<T>(change: () => T): Promise<T> {
    const alarm = await this.ctx.storage.getAlarm()
    const changed = this.ctx.storage.transactionSync(change)
    await this.#schedule(alarm) // begun in the same turn
    return changed
  }

  /** Sets the alarm to when there is something to do next, unless it is set to sooner. */
  async #schedule(alarm: number | null): Promise<void> {
    const { next } = this.#sql
      .exec<{ next: number | null }>('SELECT min(expires_at) AS next FROM grants')
      .one()
    const due = [
      ...(next === null ? [] : [next * 1000]),
      ...(this.#endings.hasPending() ? [Date.now() + SETTLE_AGAIN_MS] : []),
    ]
    if (due.length === 0) return
    const at = Math.min(...due)
    if (alarm === null || alarm > at) await this.ctx.storage.setAlarm(at)
  }

  #write(commit: GrantCommit, now: number): boolean {
    const { owner, grantId, version, record, tokens, deletedTokens, used, consent } = commit
    const current = this.#sql
      .exec<{ version: number; redeemed: number }>(
        'SELECT version, redeemed FROM grants WHERE grant_id = ?',
        grantId,
      )
      .toArray()[0]
    if ((current?.version ?? 0) !== version) return false
    if ('ended' in record) {
      this.#end(grantId, record.ended, Date.now())
      return true
    }
    const facts = grantFacts(record.value)
    this.#sql.exec(
      `INSERT INTO grants
          (grant_id, tenant, user_id, record, version, client_id, resource, scope, redeemed,
            created_at, last_used_at, expires_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (grant_id) DO UPDATE SET
          record = excluded.record, version = excluded.version, scope = excluded.scope,
          redeemed = excluded.redeemed`,
      grantId,
      owner.tenant,
      owner.userId,
      record.value,
      version + 1,
      facts.clientId,
      facts.resource,
      facts.scope,
      facts.redeemed ? 1 : 0,
      now,
      now,
      record.expiresAt,
    )
    if (tokens.length > 0) this.#renew(grantId, record.expiresAt, now)
    for (const { id, value, expiresAt } of tokens) {
      this.#sql.exec(
        'INSERT INTO access_tokens (id, grant_id, value, expires_at) VALUES (?, ?, ?, ?)',
        id,
        grantId,
        value,
        expiresAt,
      )
    }
    for (const id of deletedTokens) this.#sql.exec('DELETE FROM access_tokens WHERE id = ?', id)
    this.#sql.exec('DELETE FROM access_tokens WHERE grant_id = ? AND expires_at <= ?', grantId, now)
    if (used) {
      // Older replays of this family have had their grace; their hashes stay as a trap.
      this.#sql.exec(
        'UPDATE used_refresh_tokens SET replay = NULL WHERE grant_id = ? AND used_at < ?',
        grantId,
        now - REFRESH_GRACE_SECONDS,
      )
      this.#sql.exec(
        'INSERT INTO used_refresh_tokens (hash, grant_id, used_at, replay) VALUES (?, ?, ?, ?)',
        used.hash,
        grantId,
        now,
        used.replay,
      )
    }
    if (consent) linkStepUp(this.#sql, { grantId, ...facts }, consent, now)
    if (current?.redeemed !== Number(facts.redeemed)) this.#makeRoom(facts, now)
    return true
  }

  /** Whoever gets a new token lives on the grant, so it was not replaced after all. */
  #renew(grantId: string, expiresAt: number, now: number): void {
    this.#sql.exec(
      `UPDATE grants SET last_used_at = ?, expires_at = ?, renewals = renewals + 1,
        replaced_by = NULL WHERE grant_id = ?`,
      now,
      expiresAt,
      grantId,
    )
  }

  #token(id: string, now: number): TokenRow | undefined {
    if (!this.#hasSchema()) return undefined
    return this.#sql
      .exec<TokenRow>(
        `SELECT value, grant_id, resource, replaces
          FROM access_tokens JOIN grants USING (grant_id)
          WHERE id = ?1 AND access_tokens.expires_at > ?2 AND grants.expires_at > ?2`,
        id,
        now,
      )
      .toArray()[0]
  }

  /** Several installs of one client are normal; past the cap the one idle longest goes. */
  #makeRoom({ clientId, resource, redeemed }: GrantRecordFacts, now: number): void {
    const surplus = this.#sql
      .exec<{ grant_id: string }>(
        `SELECT grant_id FROM grants
          WHERE client_id = ? AND resource = ? AND redeemed = ? AND expires_at > ?
          ORDER BY last_used_at DESC, created_at DESC LIMIT -1 OFFSET ?`,
        clientId,
        resource,
        redeemed ? 1 : 0,
        now,
        MAX_GRANTS_PER_CLIENT,
      )
      .toArray()
    const cause = redeemed ? RULES.surplus : RULES.unused
    for (const { grant_id } of surplus) this.#end(grant_id, cause, Date.now())
  }

  /** Ends a grant, within a transaction: the only way one does. False when there is none. */
  #end(grantId: string, cause: EndingCause, atMs: number): boolean {
    this.#endings.note(grantId, cause, atMs)
    const { rowsWritten } = this.#sql.exec('DELETE FROM grants WHERE grant_id = ?', grantId)
    this.#sql.exec('DELETE FROM access_tokens WHERE grant_id = ?', grantId)
    this.#sql.exec('DELETE FROM used_refresh_tokens WHERE grant_id = ?', grantId)
    this.#sql.exec('DELETE FROM challenges WHERE grant_id = ?', grantId)
    return rowsWritten > 0
  }

  #allIds(): string[] {
    const all = this.#sql.exec<{ grant_id: string }>('SELECT grant_id FROM grants').toArray()
    return all.map(({ grant_id }) => grant_id)
  }

  /**
   * Remembers use to the hour: an exact time would cost a written row per token check. The first is
   * remembered always, as later than the consent even in its very second: what has been used must
   * not look as if it had not.
   */
  #touch(grantId: string, now: number): void {
    this.#sql.exec(
      `UPDATE grants SET last_used_at = max(?, created_at + 1)
        WHERE grant_id = ? AND (last_used_at < ? OR last_used_at = created_at)`,
      now,
      grantId,
      now - 3600,
    )
  }

  #hasSchema(): boolean {
    return hasTable(this.#sql, 'grants')
  }

  /** Not in the constructor or on reading: probing a user that does not exist writes nothing. */
  #createSchema(): void {
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS grants (
        grant_id TEXT PRIMARY KEY, tenant TEXT NOT NULL, user_id TEXT NOT NULL,
        record TEXT NOT NULL, version INTEGER NOT NULL, client_id TEXT NOT NULL,
        resource TEXT NOT NULL, scope TEXT NOT NULL, redeemed INTEGER NOT NULL,
        created_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
        renewals INTEGER NOT NULL DEFAULT 0, browser TEXT NOT NULL DEFAULT '',
        replaces TEXT, replaces_renewals INTEGER, replaced_by TEXT
      );
      CREATE TABLE IF NOT EXISTS access_tokens (
        id TEXT PRIMARY KEY, grant_id TEXT NOT NULL, value TEXT NOT NULL, expires_at INTEGER NOT NULL
      );
      CREATE INDEX IF NOT EXISTS access_tokens_by_grant ON access_tokens (grant_id);
      CREATE TABLE IF NOT EXISTS used_refresh_tokens (
        hash TEXT PRIMARY KEY, grant_id TEXT NOT NULL, used_at INTEGER NOT NULL, replay BLOB
      );
      CREATE INDEX IF NOT EXISTS used_refresh_tokens_by_grant ON used_refresh_tokens (grant_id);
      CREATE TABLE IF NOT EXISTS challenges (
        grant_id TEXT NOT NULL, scope TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (grant_id, scope)
      );
      CREATE TABLE IF NOT EXISTS endings (
        grant_id TEXT PRIMARY KEY, tenant TEXT NOT NULL, user_id TEXT NOT NULL,
        client_id TEXT NOT NULL, resource TEXT NOT NULL, scope TEXT NOT NULL,
        type TEXT NOT NULL, actor TEXT, detail TEXT NOT NULL, origin TEXT, at INTEGER NOT NULL
      );`,
    )
  }
}

interface TokenRow extends Record<string, SqlStorageValue> {
  value: string
  grant_id: string
  resource: string
  replaces: string | null
}

/** The few facts of the provider's record that decisions here need. */
interface GrantRecordFacts {
  clientId: string
  resource: string
  scope: string
  redeemed: boolean
}

function grantFacts(record: string): GrantRecordFacts {
  const grant = JSON.parse(record) as {
    clientId: string
    resource?: string
    scope: string[]
    authCodeWrappedKey?: string
  } // written by the provider a moment ago
  return {
    clientId: grant.clientId,
    resource: grant.resource ?? '',
    scope: grant.scope.join(' '),
    // The provider drops the code's key when it is exchanged.
    redeemed: grant.authCodeWrappedKey === undefined,
  }
}
