import type { AuditWriter } from '../audit'
import type { Config } from '../config'
import type { Control } from '../control'
import type { Dispatch, RequestStatePorts } from '../dispatch'
import type { Sealer } from '../keys'
import type { NotificationHub } from '../notify'
import type {
  AccessTokenCache,
  AccessTokenPorts,
  AuthorizationServerPorts,
  UserIds,
} from '../oauth'
import type { HostedServer, Registry } from '../registry'
import type { SessionPorts } from '../session'
import type { ClientGrants, Clients, People } from '../store'

/** What the endpoint of a module may use for one request. `app.ts` makes it. */
export interface McpServices {
  /** Takes down what happens in this request. */
  audit: AuditWriter
  /** Names this request in the record, the log and the answers that report a failure. */
  correlationId: string
  config: Config
  registry: Registry
  /** The platform's own origin as this client reaches it. */
  origin: string
  sealer: Sealer
  dispatch: Dispatch
  ledgerOf: RequestStatePorts['ledgerOf']
  /** A fresh stub of a session's object. */
  sessionObject: SessionPorts['sessionObject']
  accessTokens: AccessTokenPorts
  accessTokenCache: AccessTokenCache
  control(): Control | Promise<Control>
  /** Has `control` ask again, however young this isolate's copy is. */
  rereadControl(): void
  /** A fresh stub of the object that knows who is connected as this person. */
  hubOf(personId: string): DurableObjectStub<NotificationHub>
  /** Whether a person has let this client into this module and not shut it out since. */
  hasGrant(personId: string, clientId: string, server: HostedServer): Promise<boolean>
  waitUntil(work: Promise<unknown>): void
  /** Seconds since the epoch. */
  now(): number
}

/** What all other routes may use. */
export interface Services extends McpServices {
  /** Whether the developer sign-in is open: both locks, the binding and a loopback host. */
  developer: boolean
  /** `SETUP_CODE`, see `checkSetupCode`. */
  setupCode: string | undefined
  userIds: UserIds
  people: People
  clients: Clients
  clientGrants: ClientGrants
  authorizationServer: AuthorizationServerPorts
  /** Ends a grant everywhere, for the reason given. False when there was none. @throws {NotToldError} */
  revokeGrant(userId: string, grantId: string, reason: string): Promise<boolean>
}
