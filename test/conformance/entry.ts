/**
 * The Worker with the conformance fixture beside its own modules. The harness builds it in place of
 * `src/index.ts`; no configuration names it, so a deployment cannot contain it.
 *
 * @module
 */
import servers from '../../servers/index'
import { createWorker } from '../../src/app'
import conformance from './module/index'

// Every class that the configuration names, whichever comes to be named.
export * from '../../src/index'

export default createWorker([...servers, conformance])
