/**
 * Sessions of 2025 clients: the sealed id and the rim that translates to the core.
 *
 * @module
 */
export {
  answerSession,
  endSession,
  listenToSession,
  type SessionAccess,
  type SessionPorts,
  type SessionReply,
  type SessionRequest,
} from './adapter'
export { McpSession } from './mcp-session'
export { mintSessionId, openSessionId, type SessionClaims } from './session-id'
