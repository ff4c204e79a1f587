/**
 * The tenant's switches: what has been cut off, and how every isolate learns of it.
 *
 * @module
 */
export {
  type Control,
  type ControlCopy,
  type ControlPorts,
  emptyControlCopy,
  expireControlCopy,
  type Remembered,
  readControl,
} from './control-copy'
export { type ControlSnapshot, ControlState } from './control-state'
