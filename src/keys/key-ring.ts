import { DurableObject } from 'cloudflare:workers'
import { LONGEST_SEAL_SECONDS } from './purposes'

/** One master secret. Purpose keys are derived from it where they are used. */
export interface MasterKey {
  /** 32 random bits, so that a seal names its key without telling how many came before. */
  id: number
  secret: ArrayBuffer
  /** Epoch seconds. */
  createdAt: number
  /** Epoch seconds until which it still opens what it sealed; null for the current key. */
  verifiesUntil: number | null
}

export interface Ring {
  current: MasterKey
  /** Keys that only open, newest first. */
  older: MasterKey[]
  /**
   * Never rotated: authenticates ids that live as long as the person they stand for. It keeps
   * made-up ids from waking objects and opens nothing.
   */
  idSecret: ArrayBuffer
}

const ROTATE_AFTER_SECONDS = 90 * 86_400
/** Isolates may go on sealing with the key they know for as long as they trust their copy. */
export const COPY_LIFETIME_SECONDS = 60

/**
 * The tenant's master secrets: one object, named `keys`, created on first use, so that a first
 * deploy has no secret to set. Strongly consistent; secrets never leave the account.
 */
export class KeyRing extends DurableObject {
  readonly #sql: SqlStorage

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // the object uses no binding
    this.#sql = state.storage.sql
  }

  /**
   * Every key that still opens something at `now` (epoch seconds). Makes the first key, and a new
   * one when the current is old.
   */
  ring(now: number): Ring {
    this.#createSchema()
    const [current, ...older] = this.#read(now)
    if (!current || current.createdAt + ROTATE_AFTER_SECONDS <= now) return this.rotate(now)
    return { current, older, idSecret: this.#idSecret() }
  }

  /** Makes a new current key; the others go on verifying until their longest seal has expired. */
  rotate(now: number): Ring {
    this.#createSchema()
    const verifiesUntil = now + LONGEST_SEAL_SECONDS + COPY_LIFETIME_SECONDS
    const secret = crypto.getRandomValues(new Uint8Array(32)).buffer
    const [id] = crypto.getRandomValues(new Uint32Array(1))
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec('DELETE FROM keys WHERE verifies_until <= ?', now)
      this.#sql.exec(
        'UPDATE keys SET verifies_until = ? WHERE verifies_until IS NULL',
        verifiesUntil,
      )
      this.#sql.exec(
        'INSERT INTO keys (id, secret, created_at, verifies_until) VALUES (?, ?, ?, NULL)',
        id,
        secret,
        now,
      )
    })
    const [current, ...older] = this.#read(now)
    if (!current) throw new Error('the key just written is not there')
    return { current, older, idSecret: this.#idSecret() }
  }

  /** The permanent secret, made on first use. */
  #idSecret(): ArrayBuffer {
    const fresh = crypto.getRandomValues(new Uint8Array(32)).buffer
    this.#sql.exec('INSERT OR IGNORE INTO id_secret (one, secret) VALUES (1, ?)', fresh)
    return this.#sql.exec<{ secret: ArrayBuffer }>('SELECT secret FROM id_secret').one().secret
  }

  /** Not in the constructor: an object that is only probed writes nothing. */
  #createSchema(): void {
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS keys (
        id INTEGER PRIMARY KEY,
        secret BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        verifies_until INTEGER
      );
      CREATE TABLE IF NOT EXISTS id_secret (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        secret BLOB NOT NULL
      );`,
    )
  }

  #read(now: number): MasterKey[] {
    const rows = this.#sql.exec<{
      id: number
      secret: ArrayBuffer
      created_at: number
      verifies_until: number | null
    }>(
      `SELECT id, secret, created_at, verifies_until FROM keys
        WHERE verifies_until IS NULL OR verifies_until > ?
        ORDER BY verifies_until IS NOT NULL, created_at DESC`,
      now,
    )
    return [...rows].map((row) => ({
      id: row.id,
      secret: row.secret,
      createdAt: row.created_at,
      verifiesUntil: row.verifies_until,
    }))
  }
}
