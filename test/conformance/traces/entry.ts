/** The Worker with the module of the traces and nothing else. @module */
import { createWorker } from '../../../src/app'
import atlas from './module'

// Every class that the configuration names, whichever those are.
export * from '../../../src/index'

export default createWorker([atlas])
