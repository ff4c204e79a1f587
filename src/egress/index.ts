/**
 * What may be reached outside.
 *
 * @module
 */
export { guardGlobalFetch } from './global-fetch'
export { isPublicHost, isPublicHttpsUrl } from './public-url'
