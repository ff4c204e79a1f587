export interface ClientGrantRow {
  grantId: string
  userId: string
  clientId: string
  resource: string
  /** Epoch seconds. */
  createdAt: number
}

/** Rows of `client_grants`: the way from a client to its grants, which live with their users. */
export interface ClientGrants {
  add(row: ClientGrantRow): Promise<void>
  find(grantId: string): Promise<ClientGrantRow | undefined>
  ofClient(clientId: string): Promise<ClientGrantRow[]>
  ofPerson(userId: string): Promise<ClientGrantRow[]>
  remove(grantId: string): Promise<void>
  removeAll(grantIds: readonly string[]): Promise<void>
}

interface Row {
  grant_id: string
  user_id: string
  client_id: string
  resource: string
  created_at: number
}

/** D1 binds at most 100 values; one is the tenant. */
const MAX_IDS = 99

export function clientGrants(db: D1Database, tenant: string): ClientGrants {
  const fromRow = (row: Row): ClientGrantRow => ({
    grantId: row.grant_id,
    userId: row.user_id,
    clientId: row.client_id,
    resource: row.resource,
    createdAt: row.created_at,
  })
  return {
    async add({ grantId, userId, clientId, resource, createdAt }) {
      await db
        .prepare(
          `INSERT OR IGNORE INTO client_grants
            (tenant, grant_id, user_id, client_id, resource, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
        )
        .bind(tenant, grantId, userId, clientId, resource, createdAt)
        .run()
    },
    async find(grantId) {
      const row = await db
        .prepare('SELECT * FROM client_grants WHERE tenant = ? AND grant_id = ?')
        .bind(tenant, grantId)
        .first<Row>()
      return row ? fromRow(row) : undefined
    },
    async ofClient(clientId) {
      const { results } = await db
        .prepare('SELECT * FROM client_grants WHERE tenant = ? AND client_id = ?')
        .bind(tenant, clientId)
        .all<Row>()
      return results.map(fromRow)
    },
    async ofPerson(userId) {
      const { results } = await db
        .prepare('SELECT * FROM client_grants WHERE tenant = ? AND user_id = ?')
        .bind(tenant, userId)
        .all<Row>()
      return results.map(fromRow)
    },
    async removeAll(grantIds) {
      for (let at = 0; at < grantIds.length; at += MAX_IDS) {
        const ids = grantIds.slice(at, at + MAX_IDS)
        const marks = ids.map(() => '?').join(', ')
        await db
          .prepare(`DELETE FROM client_grants WHERE tenant = ? AND grant_id IN (${marks})`)
          .bind(tenant, ...ids)
          .run()
      }
    },
    async remove(grantId) {
      await db
        .prepare('DELETE FROM client_grants WHERE tenant = ? AND grant_id = ?')
        .bind(tenant, grantId)
        .run()
    },
  }
}
