/**
 * What the requests of one POST share while they run.
 *
 * @module
 */
import { type Cancellation, Outbox } from '../lib'
import { CODECS, type LogLevel, type ProtocolError, type RevisionCodec } from '../protocol'
import type { Answered, Said } from './asking'
import type { OpenedSession } from './session-id'
import type { SessionPorts, SessionRequest } from './session-ports'

/** What a call may say before anybody takes it; notifications are hints, and more is dropped. */
const MAX_UNSAID_CHARS = 2 * 1024 * 1024
/** Of each, beside its characters. */
const MESSAGE_CHARS = 200

export interface Served {
  request: Omit<SessionRequest, 'body'>
  ports: SessionPorts
  session: OpenedSession
  logLevel: LogLevel | undefined
}

export interface Context extends Served {
  codec: RevisionCodec
  outbox: Outbox<Said>
  /** Set where no question can be asked: what a call that has one is told. */
  askingRefused?: ProtocolError
  /** What the call asked last, here or in another Worker, and what came back. */
  answered?: Answered
  /** Set by a call that lacks a scope. */
  shortfall?: string
  /** How far the client has heard an earlier run of the call come; it must not go back (H-70). */
  progressHeard?: number | undefined
  /** One for each request that runs, by its id as JSON. */
  cancellations: Map<string, Cancellation>
}

export const contextOf = (served: Served): Context => ({
  ...served,
  codec: CODECS[served.session.revision],
  outbox: new Outbox(MAX_UNSAID_CHARS, sizeOf),
  cancellations: new Map(),
})

/** A question is no hint: it has room whatever was said before. */
const sizeOf = (said: Said): number => (typeof said === 'string' ? said.length + MESSAGE_CHARS : 0)
