import { DurableObject } from 'cloudflare:workers'
import { createSpool, type Spool, type SpoolBatch } from '../store'

/**
 * What the platform keeps for one principal: one object each, named `ledger/<kind>:<id>`. So far
 * that is the spool: audit events that the queue would not take, until it does. Reading itself back
 * and being probed write nothing.
 */
export class CallLedger extends DurableObject<Pick<Cloudflare.Env, 'AUDIT_QUEUE'>> {
  readonly #spool: Spool

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // what wrangler.toml binds
    this.#spool = createSpool(state.storage, () => this.env.AUDIT_QUEUE)
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
}

/** Nobody who is known: a fresh id per request, for which a fresh object would be made. */
const ANONYMOUS_LEDGERS = 16

/**
 * The ledger of a principal. Those who are anonymous share a few: they come by the thousand, each
 * once, and what is kept for them needs no object of their own.
 *
 * @param subject `kind:id`.
 */
export function ledgerName(subject: string): `ledger/${string}` {
  const id = /^anonymous:(.*)$/.exec(subject)?.[1]
  if (id === undefined) return `ledger/${subject}`
  const sum = [...id].reduce((total, char) => total + char.charCodeAt(0), 0)
  return `ledger/anonymous-${sum % ANONYMOUS_LEDGERS}`
}
