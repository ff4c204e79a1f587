/** The second release of the module in `module.ts`. @module */
import { drillWorker } from './worker'

export {
  AuthTransactions,
  CallLedger,
  ControlState,
  KeyRing,
  McpSession,
  NotificationHub,
  ReplayGuard,
  UserGrants,
} from './worker'

export default drillWorker('second')
