import type { Jurisdiction } from '../config'
import type { CallLedger } from '../ledger'
import type { Change } from '../notify'
import type { AskedMethod } from '../protocol'
import type { HostedServer } from '../registry'
import type { Caller, Database, Injection } from '../sdk'
import type { CacheMemory } from './cache'
import type { Call } from './call'
import type { Outcome } from './ending'
import type { StateLedger, StatePorts } from './state'

/** A call as its record names it. Never its arguments. */
export interface CallStart {
  callId: string
  module: string
  method: AskedMethod
  tool?: string
  /** The name of a resource or of a template; addresses are as private as arguments. */
  resource?: string
  prompt?: string
  /** Length of what came with it, arguments as JSON, in UTF-16 code units. */
  argumentChars: number
}

/** What a call leaves behind for operators. Never its arguments or its result. */
export interface CallRecord extends CallStart {
  outcome: Outcome
  /** Whether it only reads; true too where there is none of that name. */
  readOnly: boolean
  durationMs: number
  /** Length of what was returned, in UTF-16 code units; absent where nothing was. */
  resultChars?: number
  /** All scopes the call needed, where it lacked some. */
  requiredScopes?: readonly string[]
  /**
   * For operators only: what went wrong inside, without stack or payload. Words of an error, so
   * what was recognised as an argument or a credential is masked, and the rest is not known.
   */
  detail?: string
}

export interface Settings {
  /** As their schemas returned them. */
  config: Readonly<Record<string, unknown>>
  /** Never handed to code of the module. */
  secrets: readonly Injection[]
}

/** The part of a principal's ledger that calls need. */
export type CallRows = Pick<DurableObjectStub<CallLedger>, 'claimOnce' | 'settleOnce'>

/** A page that a question has opened, and for whom. */
export interface QuestionPage {
  personId: string
  module: string
  url: string
  /** Epoch milliseconds. */
  expiresAt: number
}

export interface DispatchPorts extends StatePorts {
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * Notes that something which is not read-only is about to run; awaited before it does. False when
   * that could be noted nowhere: then it does not run.
   */
  started(call: Call, caller: Caller, start: CallStart): Promise<boolean>
  record(call: Call, caller: Caller, record: CallRecord): void
  /** Settings and secrets of a module that declares some; where it lacks one, what to do about it. */
  settingsOf(server: HostedServer): { ok: true; settings: Settings } | { ok: false; remedy: string }
  /** Tells all who listen what has changed in a module. Does not throw. */
  announce(server: HostedServer, changes: readonly Change[]): void
  /** The real `fetch`, for what may go out. */
  network: typeof fetch
  /** What this isolate keeps for a module. */
  cacheOf(module: string): CacheMemory
  /** A fresh stub of what is kept for a principal, by `kind:id`; here unless it says elsewhere. */
  ledgerOf(subject: string, jurisdiction?: Jurisdiction): CallRows & StateLedger
  /** The address that leads this person, and nobody else, to a page. */
  questionLink(origin: string | undefined, page: QuestionPage): Promise<string>
  /** Whether authors look on: then misuse that would only show later is an error at once. */
  development: boolean
  /** A module's own database; where it has none, a sentence that says what to set up. */
  databaseOf(module: string): { ok: true; database: Database } | { ok: false; remedy: string }
}
