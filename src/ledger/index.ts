/**
 * What is kept per principal, in one object each.
 *
 * @module
 */
export { CallLedger, ledgerName, stateLedgerName } from './call-ledger'
export { MAX_STATE_BYTES, type StateKey, type StateWrite, type WriteOutcome } from './state-rows'
