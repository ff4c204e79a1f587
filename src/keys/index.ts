/**
 * Sealing and opening handles, one key per purpose, and the object that keeps the secrets.
 *
 * @module
 */
export { KeyRing, type MasterKey, type Ring } from './key-ring'
export { PURPOSES, type Purpose } from './purposes'
export {
  createSealer,
  emptySealerCache,
  type Sealer,
  type SealerCache,
  type SealerPorts,
} from './sealer'
