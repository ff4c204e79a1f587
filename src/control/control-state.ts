import { DurableObject } from 'cloudflare:workers'
import { readConfig } from '../config'
import { askAgain } from '../lib'
import { createSpool, hubName, objectStub, type Spool, type SpoolBatch } from '../store'

/** What an isolate has not heard of yet. */
export interface ControlSnapshot {
  /** Rises with every change. */
  epoch: number
  /**
   * People whose access has changed: some of it was taken away, or they may do less or more. What
   * an isolate remembers of them from before is not to be believed any more, it has to be read
   * again. Grants and tokens are not named: reading again costs little, and what one person can
   * cause stays one row however often they do it.
   */
  cuts: {
    person: string
    /** The change that made it: what was read under an earlier epoch is void. */
    epoch: number
    /** Epoch seconds from which nothing from before can be remembered anywhere. */
    expiresAt: number
  }[]
}

/**
 * The tenant's switches: one object, named `control`. Isolates poll it while they serve, so a cut
 * reaches all of them within seconds. It also keeps audit events that nobody known has caused while
 * the queue takes none.
 */
export class ControlState extends DurableObject<
  Pick<Cloudflare.Env, 'AUDIT_QUEUE' | 'NOTIFICATION_HUB'>
> {
  readonly #sql: SqlStorage
  readonly #spool: Spool

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // what wrangler.toml binds
    this.#sql = state.storage.sql
    this.#spool = createSpool(state.storage, () => this.env.AUDIT_QUEUE)
  }

  /**
   * What has changed since `known`, or undefined when that is still the latest epoch: the common
   * answer, and a cheap one. 0 is before everything.
   */
  snapshot(now: number, known: number): ControlSnapshot | undefined {
    this.#createSchema()
    const epoch = this.#epoch()
    if (epoch === known) return undefined
    const cuts = this.#sql
      .exec<{ person: string; epoch: number; expires_at: number }>(
        'SELECT person, epoch, expires_at FROM cuts WHERE epoch > ? AND expires_at > ?',
        known,
        now,
      )
      .toArray()
      .map(({ expires_at: expiresAt, ...cut }) => ({ ...cut, expiresAt }))
    return { epoch, cuts }
  }

  /**
   * Has every isolate read again what it remembers of these people, and every connection of theirs
   * look whether it may go on. `keepSeconds` is how long an isolate can remember anything. Safe to
   * repeat, which is what to do when it throws.
   */
  async cut(people: readonly string[], now: number, keepSeconds: number): Promise<number> {
    const epoch = this.#note(people, now, keepSeconds)
    const hubs = Map.groupBy(people, hubName)
    await Promise.all(
      [...hubs].map(async ([name, some]) => {
        const config = readConfig(this.env)
        // Workers of two tenants may share these objects; the name says whose this one is.
        const [tenant = config.tenant] = this.ctx.id.name?.split('/') ?? []
        await askAgain(() =>
          objectStub(this.env.NOTIFICATION_HUB, { ...config, tenant }, name).accessChanged(some),
        )
      }),
    )
    return epoch
  }

  #note(people: readonly string[], now: number, keepSeconds: number): number {
    this.#createSchema()
    return this.ctx.storage.transactionSync(() => {
      this.#sql.exec('UPDATE state SET epoch = epoch + 1')
      const epoch = this.#epoch()
      this.#sql.exec('DELETE FROM cuts WHERE expires_at <= ?', now)
      for (const person of people) {
        this.#sql.exec(
          `INSERT INTO cuts (person, epoch, expires_at) VALUES (?, ?, ?)
            ON CONFLICT (person) DO UPDATE SET
              epoch = excluded.epoch, expires_at = max(expires_at, excluded.expires_at)`,
          person,
          epoch,
          now + keepSeconds,
        )
      }
      return epoch
    })
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
        person TEXT PRIMARY KEY, epoch INTEGER NOT NULL, expires_at INTEGER NOT NULL
      );
      CREATE INDEX IF NOT EXISTS cuts_by_epoch ON cuts (epoch);
      CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL);
      INSERT OR IGNORE INTO state (one, epoch) VALUES (1, 1);`,
    )
  }
}
