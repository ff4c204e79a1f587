/**
 * What is kept per principal, in one object each.
 *
 * @module
 */
export { CallLedger, ledgerBytesOf, ledgerName, ownLedgerName } from './call-ledger'
export type { OnceAnswer, OnceClaim } from './once-keys'
export { MAX_STATE_BYTES, type StateKey, type StateWrite, type WriteOutcome } from './state-rows'
