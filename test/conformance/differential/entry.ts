/** The Worker with the modules that are compared, for tests that need it as a process. @module */
import { createWorker } from '../../../src/app'
import { gauge, shelf } from './module'

// Every class that the configuration names, whichever those are.
export * from '../../../src/index'

export default createWorker([gauge, shelf])
