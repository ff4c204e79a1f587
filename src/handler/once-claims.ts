import type { Settled } from './journal'

/** What became of an effect when somebody asked to have it. */
export type Claim =
  /** It is the asker's, who runs it and then settles it. */
  | { kind: 'claimed'; claim: string }
  | { kind: 'settled'; settled: Settled }
  /** Somebody else runs it right now. */
  | { kind: 'running' }
  /** Somebody began it and was never heard of again. */
  | { kind: 'unknown' }
  /** Nobody has it, and there is no room to record that somebody has. */
  | { kind: 'full' }

/**
 * Who may have an effect, for one call: the record in which the first writer wins. Each key is
 * claimed at most once, ever.
 */
export interface OnceClaims {
  claim(key: string): Promise<Claim>
  /** Notes what a claim came to. Whoever comes later gets that. */
  settle(key: string, claim: string, settled: Settled): Promise<void>
}
