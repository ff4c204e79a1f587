import servers from '../servers/index'
import { createApp } from './app'

export { KeyRing } from './keys'

export default createApp(servers)
