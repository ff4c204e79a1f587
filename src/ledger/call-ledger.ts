import { DurableObject } from 'cloudflare:workers'
import { createSpool, type Spool, type SpoolBatch } from '../store'
import { createJournals, type Journals } from './journals'
import { createOnceKeys, type OnceAnswer, type OnceClaim, type OnceKeys } from './once-keys'
import {
  createStateRows,
  type KeptState,
  type StateKey,
  type StateRows,
  type StateWrite,
  type WriteOutcome,
} from './state-rows'

/**
 * What the platform keeps for one principal: one object each, named `ledger/<kind>:<id>`. Audit
 * events that the queue would not take, until it does; which effects of which calls were begun, and
 * what they came to; journals too large to travel; the states of modules. Reading itself back and
 * being probed write nothing, and once nothing is kept nothing is left.
 */
export class CallLedger extends DurableObject<Pick<Cloudflare.Env, 'AUDIT_QUEUE'>> {
  readonly #spool: Spool
  readonly #onceKeys: OnceKeys
  readonly #journals: Journals
  readonly #states: StateRows

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // what wrangler.toml binds
    this.#spool = createSpool(state.storage, () => this.env.AUDIT_QUEUE)
    this.#onceKeys = createOnceKeys(state.storage)
    this.#journals = createJournals(state.storage)
    this.#states = createStateRows(state.storage)
  }

  /** Keeps audit events until the queue takes them. False when some had to be dropped. */
  async spool(batch: SpoolBatch, nowMs: number): Promise<boolean> {
    return this.#spool.keep(batch, nowMs)
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

  /** Gives an effect to whoever asks first, and tells everybody else what became of it. */
  async claimOnce(asked: OnceClaim, nowMs: number): Promise<OnceAnswer> {
    const alarm = await this.ctx.storage.getAlarm()
    const answer = this.#onceKeys.claim(asked, nowMs)
    if (answer.kind === 'claimed') await this.#wakeBy(asked.keepUntil, alarm)
    return answer
  }

  /** Notes what an effect came to; `settled` is JSON. False when it is not this claim's to say. */
  settleOnce(callId: string, key: string, claim: string, settled: string): boolean {
    return this.#onceKeys.settle(callId, key, claim, settled)
  }

  /** Keeps a journal and returns its handle; undefined when there is no room for more. */
  async keepJournal(
    callId: string,
    journal: string,
    keepUntil: number,
    nowMs: number,
  ): Promise<string | undefined> {
    const alarm = await this.ctx.storage.getAlarm()
    const handle = this.#journals.keep(callId, journal, keepUntil, nowMs)
    if (handle !== undefined) await this.#wakeBy(keepUntil, alarm)
    return handle
  }

  /** The journal behind a handle that this ledger gave out for this call. */
  readJournal(callId: string, handle: string): string | undefined {
    return this.#journals.read(callId, handle)
  }

  /** Sends what waits and drops what is over. Safe to run twice. */
  override async alarm(): Promise<void> {
    const now = Date.now()
    await this.#spool.drain()
    const nextState = this.#states.expire(Math.floor(now / 1000))
    const ends = [
      nextState === undefined ? null : nextState * 1000,
      this.#onceKeys.sweep(now),
      this.#journals.sweep(now),
    ].filter((end) => end !== null)
    if (ends.length > 0) await this.#wakeBy(Math.min(...ends), await this.ctx.storage.getAlarm())
    else await this.#endUnlessSpooling()
  }

  /** @param alarm When the object will wake as it is. */
  async #wakeBy(atMs: number, alarm: number | null): Promise<void> {
    if (alarm === null || alarm > atMs) await this.ctx.storage.setAlarm(atMs)
  }

  /** Nobody deletes an object; one without tables costs nothing. */
  async #endUnlessSpooling(): Promise<void> {
    const { rows, dropped } = this.#spool.size()
    if (rows === 0 && dropped === 0) await this.ctx.storage.deleteAll()
  }
}

/** Nobody who is known: a fresh id per request, for which a fresh object would be made. */
const ANONYMOUS_LEDGERS = 16

/**
 * The ledger with the events of a principal. Those who are anonymous share a few: events come with
 * every request of thousands, each of them once, and nobody comes back for one.
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
 * The ledger with what a principal comes back for: states, effects, journals. One who is anonymous
 * has an object to themselves here: strangers must not be able to fill up, or slow down, what another
 * stranger has something in.
 *
 * @param subject `kind:id`.
 */
export const ownLedgerName = (subject: string): `ledger/${string}` => `ledger/${subject}`

const MAX_BYTES = 1024 ** 3
/** One who is anonymous is one call or one session. */
const MAX_ANONYMOUS_BYTES = 16 * 1024 ** 2

/** What a ledger may hold before it takes no more effects. */
export const ledgerBytesOf = (kind: string): number =>
  kind === 'anonymous' ? MAX_ANONYMOUS_BYTES : MAX_BYTES
