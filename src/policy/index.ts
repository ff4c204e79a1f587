/**
 * Pure decisions about who may do what. Everything they need arrives as an argument.
 *
 * @module
 */
export { isTrustedClientHost } from './client-domains'
export { coversHost } from './egress-hosts'
export { expandScopes, missingScopes } from './scopes'
export { isVisible, visibleTools } from './visibility'
