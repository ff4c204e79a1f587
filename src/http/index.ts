/**
 * The edge: who may come in, which route answers, how errors become responses.
 *
 * @module
 */
export type { AppEnv } from './app-env'
export { auditOrigin, correlationIdOf } from './audit-origin'
export { clientLabel } from './client-label'
export { admit, sendOff } from './edge-policy'
export { errorOf, mcpErrorResponse } from './error-response'
export { edge } from './middleware/edge'
export { seeThrough } from './middleware/see-through'
export { endpointModule, RESERVED_SEGMENTS } from './paths'
export { nothingAt, refuse } from './refuse'
export { addDocumentRoutes, addPageRoutes, addPersonalRoutes } from './route-table'
export { serveMcp } from './routes/mcp'
export { questionLink } from './routes/question-page'
export type { McpServices, Services } from './services'
