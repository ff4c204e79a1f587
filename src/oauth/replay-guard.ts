import { DurableObject } from 'cloudflare:workers'

/**
 * Assertion ids seen from one issuer or client: an object per issuer, named `replay/<hash>`. An
 * eventually consistent store would let an assertion in twice, at two places at once.
 */
export class ReplayGuard extends DurableObject {
  /** Claims an id until `expiresAt` (epoch seconds). False when it has been seen before. */
  async claim(id: string, now: number, expiresAt: number): Promise<boolean> {
    const sql = this.ctx.storage.sql
    sql.exec('CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL)')
    sql.exec('DELETE FROM seen WHERE expires_at <= ?', now)
    const { rowsWritten } = sql.exec(
      'INSERT OR IGNORE INTO seen (id, expires_at) VALUES (?, ?)',
      id,
      expiresAt,
    )
    if ((await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(expiresAt * 1000 + 1000)
    }
    return rowsWritten > 0
  }

  override async alarm(): Promise<void> {
    const now = Math.floor(Date.now() / 1000)
    const sql = this.ctx.storage.sql
    sql.exec('CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL)')
    sql.exec('DELETE FROM seen WHERE expires_at <= ?', now)
    const next = sql
      .exec<{ next: number | null }>('SELECT min(expires_at) AS next FROM seen')
      .one().next
    if (next === null) await this.ctx.storage.deleteAll()
    else await this.ctx.storage.setAlarm(next * 1000 + 1000)
  }
}
