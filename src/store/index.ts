/**
 * D1 access, and the naming of every key and object.
 *
 * @module
 */
export { objectStub } from './objects'
