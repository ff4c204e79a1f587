/**
 * What is kept per principal, in one object each.
 *
 * @module
 */
export { CallLedger, ledgerName } from './call-ledger'
export type { OnceAnswer, OnceClaim } from './once-keys'
