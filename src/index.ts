import servers from '../servers/index'
import { createWorker } from './app'

export { ControlState } from './control'
export { KeyRing } from './keys'
export { CallLedger } from './ledger'
export { NotificationHub } from './notify'
export { AuthTransactions, ReplayGuard, UserGrants } from './oauth'
export { McpSession } from './session'

export default createWorker(servers)
