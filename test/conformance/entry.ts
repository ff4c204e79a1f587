/**
 * The Worker with the conformance fixture beside its own modules. The harness builds it in place of
 * `src/index.ts`; no configuration names it, so a deployment cannot contain it.
 *
 * @module
 */
import servers from '../../servers/index'
import { createApp } from '../../src/app'
import conformance from './module/index'

export { KeyRing } from '../../src/keys'

export default createApp([...servers, conformance])
