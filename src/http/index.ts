/**
 * The edge: who may come in, which route answers, how errors become responses.
 *
 * @module
 */
export type { AppEnv } from './app-env'
export { auditOrigin, correlationIdOf } from './audit-origin'
export { clientLabel } from './client-label'
export { admit, sendOff } from './edge-policy'
export { errorPage, mcpErrorResponse, oauthErrorResponse, unexpectedError } from './error-response'
export { readForm } from './form'
export { edge } from './middleware/edge'
export { seeThrough } from './middleware/see-through'
export { noticeResponse } from './page-response'
export {
  endpointModule,
  isMcpPath,
  isOAuthPath,
  isPublicDocument,
  RESERVED_SEGMENTS,
} from './paths'
export { disconnect, showAccount } from './routes/account'
export { decide, showConsent } from './routes/authorize'
export { domainProof, showCatalogue, showRegistryEntry, showServerCard } from './routes/listing'
export { serveMcp } from './routes/mcp'
export {
  authorizationServerMetadata,
  publicKeys,
  register,
  resourceMetadata,
  token,
} from './routes/oauth'
export { homePage, moduleList, modulePage } from './routes/pages'
export { addPasskey, removePasskey, renamePasskey } from './routes/passkeys'
export { openQuestionPage, questionLink } from './routes/question-page'
export { setUp, showSetup, showSignIn, signIn, signOut } from './routes/sign-in'
export type { McpServices, Services } from './services'
