/**
 * The Worker with the conformance fixture beside its own modules. The harness builds it in place of
 * `src/index.ts`; no configuration names it, so a deployment cannot contain it.
 *
 * @module
 */
import servers from '../../servers/index'
import { createWorker } from '../../src/app'
import conformance from './module/index'

// What the configuration names, as the Worker's own entry exports it.
export {
  AuthTransactions,
  CallLedger,
  ControlState,
  KeyRing,
  McpSession,
  NotificationHub,
  ReplayGuard,
  UserGrants,
} from '../../src/index'

export default createWorker([...servers, conformance])
