/** The Worker with the module of the traces and nothing else. @module */
import { createWorker } from '../../../src/app'
import atlas from './module'

export {
  AuthTransactions,
  CallLedger,
  ControlState,
  KeyRing,
  McpSession,
  ReplayGuard,
  UserGrants,
} from '../../../src/index'

export default createWorker([atlas])
