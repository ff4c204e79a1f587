import type { ServerDefinition } from '#sdk'
import time from './time/index'

/** Every module this deployment hosts. A module that is not listed here is not served. */
const servers: readonly ServerDefinition[] = [time]

export default servers
