import { DurableObject } from 'cloudflare:workers'
import { createSpool, type Spool, type SpoolBatch } from '../store'

/** What can be cut off: everything issued for it before `before` is refused from then on. */
export interface Cut {
  kind: 'token' | 'grant' | 'person' | 'client'
  id: string
  /** Epoch seconds; credentials issued at or before it are dead. */
  before: number
}

/** What every isolate knows of the tenant's switches. */
export interface ControlSnapshot {
  /** Rises with every change. */
  epoch: number
  cuts: Cut[]
}

/**
 * The tenant's switches: one object, named `control`. Isolates poll it while they serve, so a cut
 * reaches all of them within seconds. It also keeps audit events that nobody known has caused while
 * the queue takes none.
 */
export class ControlState extends DurableObject<Pick<Cloudflare.Env, 'AUDIT_QUEUE'>> {
  readonly #sql: SqlStorage
  readonly #spool: Spool

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // what wrangler.toml binds
    this.#sql = state.storage.sql
    this.#spool = createSpool(state.storage, () => this.env.AUDIT_QUEUE)
  }

  /**
   * The current switches, or undefined when `known` is still the latest epoch: the common answer,
   * and a cheap one.
   */
  snapshot(now: number, known?: number): ControlSnapshot | undefined {
    this.#createSchema()
    const epoch = this.#epoch()
    if (epoch === known) return undefined
    const cuts = this.#sql
      .exec<{ kind: Cut['kind']; id: string; before: number }>(
        'SELECT kind, id, before FROM cuts WHERE expires_at > ?',
        now,
      )
      .toArray()
    return { epoch, cuts }
  }

  /**
   * Cuts off. `keepSeconds` is how long a credential it concerns could still live; after that the
   * cut says nothing that the credential's own expiry does not.
   */
  cut(cuts: Cut[], now: number, keepSeconds: number): number {
    this.#createSchema()
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec('DELETE FROM cuts WHERE expires_at <= ?', now)
      for (const { kind, id, before } of cuts) {
        this.#sql.exec(
          `INSERT INTO cuts (kind, id, before, expires_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (kind, id) DO UPDATE SET
              before = max(before, excluded.before), expires_at = max(expires_at, excluded.expires_at)`,
          kind,
          id,
          before,
          now + keepSeconds,
        )
      }
      this.#sql.exec('UPDATE state SET epoch = epoch + 1')
    })
    return this.#epoch()
  }

  /** Keeps audit events until the queue takes them. False when some had to be dropped. */
  spool(batch: SpoolBatch, nowMs: number): Promise<boolean> {
    return this.#spool.keep(batch, nowMs)
  }

  /** How much is waiting, and how much was dropped and not told yet. */
  spoolSize(): { rows: number; bytes: number; dropped: number } {
    return this.#spool.size()
  }

  /** Sends what waits. Safe to run twice. */
  override alarm(): Promise<void> {
    return this.#spool.drain()
  }

  #epoch(): number {
    return this.#sql.exec<{ epoch: number }>('SELECT epoch FROM state').one().epoch
  }

  /** Not in the constructor: an object that is only probed writes nothing. */
  #createSchema(): void {
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS cuts (
        kind TEXT NOT NULL, id TEXT NOT NULL, before INTEGER NOT NULL, expires_at INTEGER NOT NULL,
        PRIMARY KEY (kind, id)
      );
      CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL);
      INSERT OR IGNORE INTO state (one, epoch) VALUES (1, 1);`,
    )
  }
}
