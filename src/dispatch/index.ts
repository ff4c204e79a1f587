/**
 * One validated call in, one result out: look up, check, run, record.
 *
 * @module
 */
export type {
  Call,
  CallLabels,
  CallNotification,
  CallOutcome,
  Dispatch,
  DispatchResult,
} from './call'
export { callFacts, startFacts } from './call-facts'
export { type CallRecord, type CallStart, createDispatch, type DispatchPorts } from './dispatch'
