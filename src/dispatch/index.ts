/**
 * One call in, one result out: look up, check, run, record.
 *
 * @module
 */
export type {
  Call,
  CallLabels,
  CallNotification,
  CallOutcome,
  Circumstances,
  Dispatch,
  DispatchResult,
  Reentry,
  SuspendedCall,
} from './call'
export { callFacts, startFacts } from './call-facts'
export { createDispatch } from './dispatch'
export {
  type ListPorts,
  type ListRequest,
  listAtOnce,
  listOf,
  listPage,
  type SentPage,
} from './list-items'
export { offers } from './offers'
export type { CallRecord, CallStart, DispatchPorts, QuestionPage } from './record'
export { openRequestState, type RequestStatePorts, sealRequestState } from './request-state'
