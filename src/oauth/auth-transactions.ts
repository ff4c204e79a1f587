import { DurableObject } from 'cloudflare:workers'

/**
 * One consent or sign-in transaction: an object per handle hash, named `transaction/<hash>`, for
 * ten minutes. `consume` answers true once, however many ask at the same time.
 */
export class AuthTransactions extends DurableObject {
  /** Stores the sealed record until `expiresAt` (epoch seconds). */
  async put(value: string, expiresAt: number): Promise<void> {
    await this.ctx.storage.put({ value, expiresAt })
    await this.ctx.storage.setAlarm(expiresAt * 1000)
  }

  /** The record while nobody has consumed it. */
  async get(now: number): Promise<string | undefined> {
    const stored = await this.ctx.storage.get<string | number>(['value', 'expiresAt'])
    const [value, expiresAt] = [stored.get('value'), stored.get('expiresAt')]
    return typeof value === 'string' && Number(expiresAt) > now ? value : undefined
  }

  /** Takes the transaction for good. False when somebody already has. */
  async consume(now: number): Promise<boolean> {
    // The input gate stays closed over storage reads, so nobody gets between the two.
    if ((await this.get(now)) === undefined) return false
    await this.ctx.storage.deleteAll()
    return true
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll()
  }
}
