/**
 * The ways out of the Worker: `ctx.fetch` for modules, and what the OAuth provider fetches.
 *
 * @module
 */
export { createFetch, type Outbound, refusingFetch } from './create-fetch'
export { guardGlobalFetch, withDocumentFetch } from './global-fetch'
