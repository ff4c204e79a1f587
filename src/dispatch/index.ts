/**
 * One call in, one result out: look up, check, run, record.
 *
 * @module
 */
export { type CacheMemory, createCacheMemories } from './cache'
export type {
  Call,
  CallLabels,
  CallNotification,
  CallOutcome,
  CallSession,
  Circumstances,
  Dispatch,
  DispatchResult,
  Reentry,
  SuspendedCall,
} from './call'
export { callFacts, startFacts } from './call-facts'
export { callPoint, type DataPoint } from './call-point'
export { changeOf, mayHear } from './changes'
export { createDispatch } from './dispatch'
export {
  type ListPorts,
  type ListRequest,
  listAtOnce,
  listOf,
  listPage,
  type SentPage,
} from './list-items'
export { logCall } from './log-call'
export { offers } from './offers'
export type { CallRecord, CallStart, DispatchPorts, QuestionPage } from './record'
export { openRequestState, type RequestStatePorts, sealRequestState } from './request-state'
