/** A Worker with the module of `counting.ts` at version 1.0.0. @module */
import { createWorker } from '../../src/app'
import { counting } from './counting'

// What the configuration names, as the Worker's own entry exports it.
export {
  AuthTransactions,
  CallLedger,
  ControlState,
  KeyRing,
  McpSession,
  ReplayGuard,
  UserGrants,
} from '../../src/index'

export default createWorker([counting('1.0.0')])
