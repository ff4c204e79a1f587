import { DurableObject } from 'cloudflare:workers'
import { createSpool, type Spool, type SpoolBatch } from '../store'
import { createJournals, type Journals } from './journals'
import { createOnceKeys, type OnceAnswer, type OnceClaim, type OnceKeys } from './once-keys'

/**
 * What the platform keeps for one principal: one object each, named `ledger/<kind>:<id>`. Audit
 * events that the queue would not take, until it does; which effects of which calls were begun, and
 * what they came to; journals too large to travel. Reading itself back and being probed write
 * nothing.
 */
export class CallLedger extends DurableObject<Pick<Cloudflare.Env, 'AUDIT_QUEUE'>> {
  readonly #spool: Spool
  readonly #onceKeys: OnceKeys
  readonly #journals: Journals

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // what wrangler.toml binds
    this.#spool = createSpool(state.storage, () => this.env.AUDIT_QUEUE)
    this.#onceKeys = createOnceKeys(state.storage)
    this.#journals = createJournals(state.storage)
  }

  /** Keeps audit events until the queue takes them. False when some had to be dropped. */
  spool(batch: SpoolBatch, nowMs: number): Promise<boolean> {
    return this.#spool.keep(batch, nowMs)
  }

  /** How much is waiting, and how much was dropped and not told yet. */
  spoolSize(): { rows: number; bytes: number; dropped: number } {
    return this.#spool.size()
  }

  /** Gives an effect to whoever asks first, and tells everybody else what became of it. */
  async claimOnce(asked: OnceClaim, nowMs: number): Promise<OnceAnswer> {
    const answer = this.#onceKeys.claim(asked, nowMs)
    if (answer.kind === 'claimed') await this.#sweepBy(asked.keepUntil)
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
    const handle = this.#journals.keep(callId, journal, keepUntil, nowMs)
    if (handle !== undefined) await this.#sweepBy(keepUntil)
    return handle
  }

  /** The journal behind a handle that this ledger gave out for this call. */
  readJournal(callId: string, handle: string): string | undefined {
    return this.#journals.read(callId, handle)
  }

  /** Sends what waits and drops what is over. Safe to run twice. */
  override async alarm(): Promise<void> {
    await this.#spool.drain()
    const now = Date.now()
    const ends = [this.#onceKeys.sweep(now), this.#journals.sweep(now)].filter(
      (end) => end !== null,
    )
    if (ends.length > 0) await this.#sweepBy(Math.min(...ends))
  }

  /** Sees to it that the alarm goes off by then; one that is due earlier sets the next itself. */
  async #sweepBy(end: number): Promise<void> {
    const { storage } = this.ctx
    const alarm = await storage.getAlarm()
    if (alarm === null || alarm > end) await storage.setAlarm(end)
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
