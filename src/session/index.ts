/**
 * Sessions of 2025 clients: the sealed id and the rim that translates to the core.
 *
 * @module
 */
export { answerSession, endSession, listenToSession, SILENT_MS } from './adapter'
export { McpSession } from './mcp-session'
export { mintSessionId, openSessionId, type SessionClaims } from './session-id'
export type { SessionAccess, SessionPorts, SessionReply, SessionRequest } from './session-ports'
export { MAX_SUBSCRIPTIONS } from './subscriptions'
export { closeInTime, writeInTime } from './wire'
