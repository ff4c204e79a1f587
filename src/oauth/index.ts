/**
 * The authorization server and the protected resources, as plain functions.
 *
 * @module
 */
export {
  type AccessGrant,
  type AccessTokenCache,
  type AccessTokenPorts,
  checkAccessToken,
  emptyAccessTokenCache,
  noteChallenge,
} from './access-token'
export { oauthFacts } from './audit-facts'
export { AuthTransactions } from './auth-transactions'
export {
  type AuthorizationServerPorts,
  authorizationApi,
  type OAuthEvent,
  oauthError,
  registerClient,
  serverMetadata,
  sha256,
  tokenEndpoint,
  withCanonicalResource,
} from './authorization-server'
export { clientLabel } from './client-label'
export { faultOfDocumentId, isDocumentId } from './client-url'
export type { EndingCause } from './grant-endings'
export { ACCESS_TOKEN_SECONDS, CLIENT_SECONDS } from './lifetimes'
export {
  bearerChallenge,
  isServerMetadataPath,
  protectedResourceMetadata,
  resourcePathOf,
} from './metadata'
export { hostOperatorModule } from './operator-module'
export {
  PLAYGROUND_CALLBACK,
  PLAYGROUND_CLIENT_ID,
  playgroundRedirectUri,
  withPlaygroundClient,
} from './playground-client'
export {
  type ClientStore,
  type GrantFacts,
  ProviderStorage,
  type StoragePorts,
  TransactionConsumedError,
} from './provider-storage'
export {
  isLoopbackHost,
  type PreparedRegistration,
  prepareRegistration,
  redirectFault,
} from './registration'
export { ReplayGuard } from './replay-guard'
export { baselineScopes, OPERATOR_MODULE, protectedResources, resourceOf } from './resources'
export {
  NotToldError,
  type Revoked,
  type RevokePorts,
  type RevokeTarget,
  revokeAccess,
} from './revoke-access'
export { type GrantView, UserGrants } from './user-grants'
export { type UserIds, userIds } from './user-id'
