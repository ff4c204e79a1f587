/**
 * One validated call in, one result out: look up, check, run, record.
 *
 * @module
 */
export type { Call, CallNotification, CallOutcome, Dispatch, DispatchResult } from './call'
export { type CallRecord, createDispatch, type DispatchPorts } from './dispatch'
