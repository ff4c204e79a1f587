/** A Worker with the module of `counting.ts` at version 2.0.0. @module */
import { createWorker } from '../../src/app'
import { counting } from './counting'

// Every class that the configuration names, whichever comes to be named.
export * from '../../src/index'

export default createWorker([counting('2.0.0')])
