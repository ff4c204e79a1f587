import type { AuditWriter } from '../audit'
import type { Jurisdiction } from '../config'
import type { Cancelled } from '../lib'
import type { Ask, AskedMethod, LogLevel, ProtocolError, Results } from '../protocol'
import type { HostedServer } from '../registry'
import type { Caller } from '../sdk'

/** What is the same of every call, whatever it asks for and whatever revision it arrived in. */
export interface Circumstances {
  server: HostedServer
  /** What the client says it can do, shaped like MCP's ClientCapabilities. */
  clientCapabilities: Record<string, unknown>
  /** Fires when the caller is gone or has cancelled. */
  signal: Cancelled
  /** Takes what the call says on its way, in order; absent where nobody listens. */
  notify?: ((notification: CallNotification) => void) | undefined
  /** The least severe level the caller wants to hear of; none means no log messages at all. */
  logLevel?: LogLevel | undefined
  /** The session of 2025 it came in; absent in 2026, where each request stands alone. */
  session?: CallSession
  /** `params._meta` of the request, as it came. */
  requestMeta?: unknown
  /** Refuse whatever is not read-only: nobody can tell whether it is still allowed. */
  onlyReading?: boolean
  /** Writes the record of the request this call came in. */
  audit: AuditWriter
  /** Names that request in the log. */
  correlationId: string
  /** Copied into the call's record; nothing is decided by them. */
  labels: CallLabels
}

/** A session that was found to be this caller's own. */
export interface CallSession {
  /** 128 random bits. */
  id: string
  /** Epoch seconds. */
  expiresAt: number
  jurisdiction: Jurisdiction | undefined
}

/** One call as the core sees it. */
export type Call<Method extends AskedMethod = AskedMethod> = Circumstances &
  Extract<Ask, { method: Method }>

/** What the record of a call says of the way it came. */
export interface CallLabels {
  /** MCP revision of the client. */
  revision?: string
  /** OAuth client and grant; absent for a public module. */
  clientId?: string
  grantId?: string
  /** Digest of the session id of a 2025 client. */
  session?: string
}

export type CallNotification =
  | { type: 'progress'; progress: number; total?: number; message?: string }
  | { type: 'log'; level: LogLevel; data: unknown; logger?: string }

/** How a call went, for the log line and for codecs that tell a wrong argument from a failure. */
export type CallOutcome =
  | 'ok'
  | 'tool_error'
  | 'invalid_input'
  | 'invalid_output'
  | 'timeout'
  | 'too_large'
  | 'failed'
  | 'cancelled'

/**
 * The four ways a call ends. What runs today completes or fails; asking for input and going on as
 * a task are part of the contract every caller already switches over.
 */
export type DispatchResult<Method extends AskedMethod = AskedMethod> =
  | { kind: 'complete'; result: Results[Method]; outcome: CallOutcome }
  | { kind: 'input_required'; inputRequests: Record<string, unknown>; requestState: string }
  | { kind: 'task'; task: { taskId: string } }
  | { kind: 'error'; error: ProtocolError }

export type Dispatch = <C extends Call>(
  call: C,
  caller: Caller,
) => Promise<DispatchResult<C['method']>>
