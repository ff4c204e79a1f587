import { DurableObject } from 'cloudflare:workers'
import { createSpool, type Spool, type SpoolBatch } from '../store'
import {
  createStateRows,
  type KeptState,
  type StateKey,
  type StateRows,
  type StateWrite,
  type WriteOutcome,
} from './state-rows'

/** What waits to be sent is looked at again that soon, if nothing else wakes the object before. */
const SEND_AGAIN_MS = 60_000

/**
 * What the platform keeps for one principal: one object each, named `ledger/<kind>:<id>`. That is
 * the spool, audit events that the queue would not take, until it does; and the states of modules.
 * Reading itself back and being probed write nothing, and once nothing is kept nothing is left.
 */
export class CallLedger extends DurableObject<Pick<Cloudflare.Env, 'AUDIT_QUEUE'>> {
  readonly #spool: Spool
  readonly #states: StateRows

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // what wrangler.toml binds
    this.#spool = createSpool(state.storage, () => this.env.AUDIT_QUEUE)
    this.#states = createStateRows(state.storage)
  }

  /** Keeps audit events until the queue takes them. False when some had to be dropped. */
  async spool(batch: SpoolBatch, nowMs: number): Promise<boolean> {
    const kept = await this.#spool.keep(batch, nowMs)
    // The alarm may be set for something else, and far away.
    await this.#wakeBy(nowMs + SEND_AGAIN_MS, await this.ctx.storage.getAlarm())
    return kept
  }

  /** How much is waiting, and how much was dropped and not told yet. */
  spoolSize(): { rows: number; bytes: number; dropped: number } {
    return this.#spool.size()
  }

  /** A state that is kept and not over at `now` (epoch seconds). */
  readState(key: StateKey, now: number): KeptState | undefined {
    return this.#states.read(key, now)
  }

  /** Keeps a state if it still has the version that this is a change of. Harmless when sent twice. */
  async writeState(write: StateWrite, now: number): Promise<WriteOutcome> {
    const alarm = await this.ctx.storage.getAlarm()
    const outcome = this.#states.write(write, now)
    // Begun in the same turn, so that a state is not kept without its end.
    if (outcome === 'written') await this.#wakeBy(write.expiresAt * 1000, alarm)
    return outcome
  }

  deleteState(key: StateKey): void {
    this.#states.delete(key)
  }

  /** Sends what waits and drops what is over. Safe to run twice. */
  override async alarm(): Promise<void> {
    const next = this.#states.expire(Math.floor(Date.now() / 1000))
    await this.#spool.drain()
    if (next !== undefined) await this.#wakeBy(next * 1000, await this.ctx.storage.getAlarm())
    await this.#endIfEmpty()
  }

  /** @param alarm When the object will wake as it is. */
  async #wakeBy(atMs: number, alarm: number | null): Promise<void> {
    if (alarm === null || alarm > atMs) await this.ctx.storage.setAlarm(atMs)
  }

  /** Nobody deletes an object; one without tables costs nothing. Every table has its word here. */
  async #endIfEmpty(): Promise<void> {
    const { rows, dropped } = this.#spool.size()
    if (rows === 0 && dropped === 0 && this.#states.isEmpty()) await this.ctx.storage.deleteAll()
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

/**
 * The ledger with the states of a principal. One who is anonymous has an object to themselves here:
 * strangers must not be able to fill up what another stranger has something in.
 *
 * @param subject `kind:id`.
 */
export const stateLedgerName = (subject: string): `ledger/${string}` => `ledger/${subject}`
