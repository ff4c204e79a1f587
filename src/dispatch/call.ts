import type { AuditWriter } from '../audit'
import type { Answers, Journal, OpenQuestion } from '../handler'
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
  /** `params._meta` of the request, as it came. */
  requestMeta?: unknown
  /** Refuse whatever is not read-only: nobody can tell whether it is still allowed. */
  onlyReading?: boolean
  /** Writes the record of the request this call came in. */
  audit: AuditWriter
  /** Names that request in the log. */
  correlationId: string
  /** The platform's own origin as this client reaches it. */
  origin?: string | undefined
  /** Copied into the call's record; nothing is decided by them. */
  labels: CallLabels
  /**
   * Comes back to a call that asked for input; `unknown` when what it came with opens nothing. Only
   * for what may ask: tools, prompts and reading resources.
   */
  reentry?: Reentry | 'unknown' | undefined
  /** Answers that came along with a fresh call, to whatever it may come to ask. */
  answers?: Answers
}

/**
 * A call that waits for answers: JSON that whoever carries it keeps or seals as it is. It says
 * nothing of who may come back to it; that is to be bound to it.
 */
export interface SuspendedCall {
  /** Minted at the first run and the same in all others. */
  callId: string
  /** Of the item as it was: another one does not go on with this journal. */
  fingerprint: string
  journal: Journal
  /** Epoch milliseconds until which its questions may be answered. */
  expiresAt: number
}

/** A call that was suspended, and the answers it gets. */
export interface Reentry {
  suspended: SuspendedCall
  answers: Answers
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
 * The four ways a call ends. Going on as a task is part of the contract that every caller already
 * switches over; nothing does yet.
 */
export type DispatchResult<Method extends AskedMethod = AskedMethod> =
  | { kind: 'complete'; result: Results[Method]; outcome: CallOutcome }
  /** Every question is one that the client declared it can be asked. */
  | { kind: 'input_required'; questions: readonly OpenQuestion[]; suspended: SuspendedCall }
  | { kind: 'task'; task: { taskId: string } }
  | { kind: 'error'; error: ProtocolError }

export type Dispatch = <C extends Call>(
  call: C,
  caller: Caller,
) => Promise<DispatchResult<C['method']>>
