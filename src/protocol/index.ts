/**
 * The wire, pure: JSON-RPC, era classification, header rules, one codec per revision. No I/O, no
 * clock, no bindings.
 *
 * @module
 */
export { APP_MIME_TYPE, DEPRECATED_RESOURCE_URI, UI_EXTENSION } from './apps'
export {
  type AnsweredAsk,
  type AnsweredMethod,
  type Ask,
  type AskedMethod,
  MAX_URI_LENGTH,
  type Results,
  type Retry,
  readAsk,
  readRetry,
  spellResult,
} from './asks'
export { type Classified, classify, requireEra } from './classify'
export type { ClientRequest, RevisionCodec } from './codec'
export { checkHeaderParams, type HeaderParam, readHeaderParams } from './header-params'
export { checkStandardHeaders, type McpHeaders, readMcpHeaders, trimmed } from './headers'
export {
  idOf,
  isNotificationText,
  type JsonRpcMessage,
  type JsonRpcRequest,
  jsonRpcError,
  jsonRpcNotification,
  jsonRpcRequest,
  jsonRpcResult,
  type Params,
  type RequestId,
  readMessage,
} from './json-rpc'
export {
  type ClientInfo,
  LOG_LEVELS,
  type LogLevel,
  META,
  type RequestMeta,
  readProgressToken,
} from './meta'
export { PROTOCOL_ERRORS, ProtocolError, type ProtocolErrorKind } from './protocol-error'
export {
  ERAS,
  type Era,
  isRevision2025,
  NEWEST_2025,
  REVISIONS_2025,
  REVISIONS_2026,
  type Revision,
  type Revision2025,
  type Revision2026,
  revisionsOf,
} from './revision'
export { CODECS } from './revisions/index'
export { requiredScopesOf, scopeShortfallResult } from './shortfall'
export { traceHeaders, traceIdOf } from './trace-headers'
export type {
  Annotations,
  CallToolResult,
  CompleteResult,
  ContentBlock,
  GetPromptResult,
  Icon,
  JsonSchema,
  Prompt,
  PromptArgument,
  ReadResourceResult,
  Resource,
  ResourceContents,
  ResourceTemplate,
  ServerCapabilities,
  ServerInfo,
  Tool,
  ToolAnnotations,
} from './wire'
