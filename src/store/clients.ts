/** Registrations that are let through. */
export interface RegistrationLimits {
  windowSeconds: number
  /** From one source. */
  own: number
  /** From all together. */
  all: number
}

/** Rows of `clients` and `registration_counts`; `tenant` is part of every key. */
export interface Clients {
  /** The provider's record, unless it has expired. */
  get(clientId: string): Promise<string | undefined>
  put(clientId: string, record: string, expiresAt: number | undefined): Promise<void>
  /** Somebody has let this client in: from now on it stays until `expiresAt`, epoch seconds. */
  keep(clientId: string, expiresAt: number): Promise<void>
  delete(clientId: string): Promise<void>
  /** The client that registered exactly this before. */
  findByMetadata(hash: string): Promise<string | undefined>
  setMetadataHash(clientId: string, hash: string): Promise<void>
  /**
   * Counts one more registration if it is within the limits; false when it is not. Writes nothing
   * for those that are not, and every now and then forgets clients that nobody needs.
   */
  admitRegistration(source: string, limits: RegistrationLimits): Promise<boolean>
}

/** A client that nobody has let in by then is forgotten: registering costs nothing, after all. */
const UNUSED_SECONDS = 7 * 86_400
/** So many of them are kept at all; at the most that is let through, they are half an hour's. */
const MAX_UNUSED = 20_000
/** Clients are forgotten with the first registration of every tenth second, if it has one. */
const FORGET_EVERY_SECONDS = 10

export function clients(db: D1Database, tenant: string, now: () => number): Clients {
  const forgetUnneeded = async (at: number): Promise<void> => {
    await db.batch([
      db.prepare('DELETE FROM clients WHERE tenant = ? AND expires_at <= ?').bind(tenant, at),
      db
        .prepare(
          `DELETE FROM clients WHERE tenant = ?1 AND let_in = 0 AND expires_at IS NOT NULL
            AND registered_at < (SELECT registered_at FROM clients
              WHERE tenant = ?1 AND let_in = 0 AND expires_at IS NOT NULL
              ORDER BY registered_at DESC LIMIT 1 OFFSET ?2)`,
        )
        .bind(tenant, MAX_UNUSED - 1),
    ])
  }
  return {
    async get(clientId) {
      const row = await db
        .prepare(
          'SELECT record FROM clients WHERE tenant = ? AND client_id = ? AND (expires_at IS NULL OR expires_at > ?)',
        )
        .bind(tenant, clientId, now())
        .first<{ record: string }>()
      return row?.record
    },
    async put(clientId, record, expiresAt) {
      // Only what is new waits to be let in: a client is written again because it is used.
      await db
        .prepare(
          `INSERT INTO clients (tenant, client_id, record, registered_at, expires_at)
            VALUES (?1, ?2, ?3, ?4, min(?5, ?4 + ?6))
            ON CONFLICT (tenant, client_id) DO UPDATE SET record = excluded.record, expires_at = ?5`,
        )
        .bind(tenant, clientId, record, now(), expiresAt ?? null, UNUSED_SECONDS)
        .run()
    },
    async keep(clientId, expiresAt) {
      await db
        .prepare(
          `UPDATE clients SET let_in = 1, expires_at = max(expires_at, ?)
            WHERE tenant = ? AND client_id = ? AND expires_at IS NOT NULL`,
        )
        .bind(expiresAt, tenant, clientId)
        .run()
    },
    async delete(clientId) {
      await db
        .prepare('DELETE FROM clients WHERE tenant = ? AND client_id = ?')
        .bind(tenant, clientId)
        .run()
    },
    async findByMetadata(hash) {
      const row = await db
        .prepare(
          'SELECT client_id FROM clients WHERE tenant = ? AND metadata_hash = ? AND (expires_at IS NULL OR expires_at > ?)',
        )
        .bind(tenant, hash, now())
        .first<{ client_id: string }>()
      return row?.client_id
    },
    async setMetadataHash(clientId, hash) {
      // Two at once register two clients; the second keeps its own without the hash.
      await db
        .prepare(
          'UPDATE OR IGNORE clients SET metadata_hash = ? WHERE tenant = ? AND client_id = ?',
        )
        .bind(hash, tenant, clientId)
        .run()
    },
    async admitRegistration(source, { windowSeconds, own, all }) {
      const at = now()
      const from = at - windowSeconds
      const counted = `SELECT coalesce(sum(count), 0) AS "all",
          coalesce(sum(count) FILTER (WHERE source = ?3), 0) AS own,
          coalesce(sum(count) FILTER (WHERE at = ?2), 0) AS latest
        FROM registration_counts WHERE tenant = ?1 AND at > ?4`
      const [, admitted, counts] = await db.batch<{ latest: number }>([
        db
          .prepare('DELETE FROM registration_counts WHERE tenant = ? AND at <= ?')
          .bind(tenant, from),
        db
          .prepare(
            `WITH counted AS (${counted})
              INSERT INTO registration_counts (tenant, at, source, count)
              SELECT ?1, ?2, ?3, 1 FROM counted WHERE "all" < ?5 AND own < ?6
              ON CONFLICT (tenant, at, source) DO UPDATE SET count = count + 1`,
          )
          .bind(tenant, at, source, from, all, own),
        db.prepare(counted).bind(tenant, at, source, from),
      ])
      const isAdmitted = (admitted?.meta.changes ?? 0) > 0
      const isFirst = isAdmitted && counts?.results[0]?.latest === 1
      if (isFirst && at % FORGET_EVERY_SECONDS === 0) await forgetUnneeded(at)
      return isAdmitted
    },
  }
}
