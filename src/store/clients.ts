/** Rows of `clients` and `client_registrations`; `tenant` is part of every key. */
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
  /** Counts one more registration; how many there were in the window, this one included. */
  countRegistration(source: string, windowSeconds: number): Promise<{ own: number; all: number }>
}

/** A client that nobody has let in by then is forgotten: registering costs nothing, after all. */
const UNUSED_SECONDS = 7 * 86_400

export function clients(db: D1Database, tenant: string, now: () => number): Clients {
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
          `UPDATE clients SET expires_at = max(expires_at, ?)
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
    async countRegistration(source, windowSeconds) {
      const at = now()
      const insert = db
        .prepare('INSERT INTO client_registrations (tenant, source, at) VALUES (?, ?, ?)')
        .bind(tenant, source, at)
      const count = db
        .prepare(
          `SELECT count(*) AS "all", coalesce(sum(source = ?), 0) AS own
            FROM client_registrations WHERE tenant = ? AND at > ?`,
        )
        .bind(source, tenant, at - windowSeconds)
      const forget = db
        .prepare('DELETE FROM client_registrations WHERE tenant = ? AND at < ?')
        .bind(tenant, at - 86_400)
      const [, , counted] = await db.batch<{ all: number; own: number }>([forget, insert, count])
      const row = counted?.results[0]
      return { own: row?.own ?? 0, all: row?.all ?? 0 }
    },
  }
}
