import type { Settled } from './journal'
import type { OnceClaims } from './once-claims'

/** The claims of one call in memory, for runs without a platform. */
export function memoryClaims(): OnceClaims & {
  /** As if whoever holds a claim were never heard of again. */
  forsake(): void
} {
  const rows = new Map<string, { claim: string; settled?: Settled; isForsaken?: boolean }>()
  return {
    async claim(key) {
      const row = rows.get(key)
      if (!row) {
        const claim = crypto.randomUUID()
        rows.set(key, { claim })
        return { kind: 'claimed', claim }
      }
      if (row.settled) return { kind: 'settled', settled: row.settled }
      return { kind: row.isForsaken ? 'unknown' : 'running' }
    },
    async settle(key, claim, settled) {
      const row = rows.get(key)
      if (row?.claim === claim && !row.settled) row.settled = settled
    },
    forsake() {
      for (const row of rows.values()) row.isForsaken = true
    },
  }
}
