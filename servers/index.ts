import type { ServerDefinition } from '#sdk'
import docs from './docs/index'
import sql from './sql/index'
import support from './support/index'
import time from './time/index'

/** Every module this deployment hosts. A module that is not listed here is not served. */
const servers: readonly ServerDefinition[] = [time, support, docs, sql]

export default servers
