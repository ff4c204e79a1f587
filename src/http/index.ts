/**
 * The edge: who may come in, which route answers, how errors become responses.
 *
 * @module
 */
export type { AppEnv } from './app-env'
export { errorPage, mcpErrorResponse, unexpectedError } from './error-response'
export { edge } from './middleware/edge'
export { isMcpPath, RESERVED_SEGMENTS } from './paths'
export { type McpPorts, serveMcp } from './routes/mcp'
export { homePage, moduleList, modulePage } from './routes/pages'
