/**
 * What travels on the socket between a Worker that carries or runs something and the session's
 * object. A frame is one line of JSON, then, where there is one, the message it is about: a body
 * inside the JSON would be escaped a second time. Old Workers meet new objects while a deploy is
 * under way, so each frame names its version and an unknown one is ignored.
 *
 * @module
 */
import type { RequestId } from '../protocol'
import type { EventId } from './event-id'

const FRAME_VERSION = 1

/**
 * UTF-16 units of one frame's body: three bytes each at the most, so that a frame and a row stay
 * under 1 MiB. A longer message travels, and is kept, in parts.
 */
export const PART_CHARS = 250_000

/** From the Worker that runs a call. */
export type RunnerFrame =
  /** What to run if this runner is lost, from calls that may be repeated. Has a body. */
  | { type: 'message' }
  /**
   * One message of the call's stream, or a part of it. `answers` names the request it answers,
   * `asks` the question it is.
   */
  | {
      type: 'event'
      seq: number
      part: number
      parts: number
      answers?: RequestId
      last?: true
      asks?: Asks
    }
  /** A part of what the run after this round of questions has to know; sent before the round. */
  | { type: 'entry'; round: number; part: number }
  /** May the call go on, now that the answers of this round are there? */
  | { type: 'resume'; round: number }

/** A question on its way: its id, the number of its round's first event, and whether it is the last. */
export interface Asks {
  id: string
  round: number
  isLast: boolean
}

/** From the session's object. */
export type ObjectFrame =
  /** The first frame on every socket that may stay. `next` is the number of the next event. */
  | { type: 'attached'; stream: number; next: number }
  /** The only frame on one that may not. */
  | { type: 'refused'; reason: Refusal }
  /** The event is in the log, and may be shown; a question that is `refused` must not be asked. */
  | { type: 'kept'; seq: number; refused?: true }
  | { type: 'event'; seq: number; part: number; parts: number }
  /** Nothing follows on this stream. */
  | { type: 'end' }
  /** Another connection shows this stream from now on. */
  | { type: 'taken' }
  /** The client wants no response to this request any more. */
  | { type: 'cancel'; id: RequestId; reason?: string }
  /**
   * Run this call again: whoever ran it is gone. The body is its message; its client has heard of
   * this progress and of nothing beyond. With `resumes`, these requests, it is gone on with: then
   * its runner is told what with.
   */
  | { type: 'adopt'; key: string; fence: number; progress?: number; resumes?: RequestId[] }
  /** A part of what this run has to know; for a runner that resumes. */
  | { type: 'entry'; part: number }
  /** What the client said to a question. */
  | { type: 'answer'; id: string }
  /** The answers to this round are all there; whoever is still here may ask to resume. */
  | { type: 'ready'; round: number }
  /** The call goes on, here and nowhere else. */
  | { type: 'go' }
  /** Nobody has answered, and no answer is taken any more. */
  | { type: 'unanswered' }
  /** The session is over. */
  | { type: 'over' }

/**
 * Why the object takes no connection: the session is over; what follows is no longer kept (`gone`),
 * or nothing does, because the call has `ended` or was `cancelled`; the call has another runner by
 * now (`superseded`), or the stream another connection (`taken`).
 */
export type Refusal = 'over' | 'gone' | 'ended' | 'cancelled' | 'superseded' | 'taken'

/** Whose session it is and until when; the object keeps it, and believes no other. */
export interface SessionOwner {
  owner: string
  /** Epoch seconds. */
  expiresAt: number
}

/** How a Worker introduces itself when it opens a socket. */
export type Introduction = SessionOwner &
  (
    | {
        role: 'runner'
        /** Random, one for each POST that is promoted. */
        key: string
        /** Rises whenever the call gets another runner. */
        fence: number
        requests: RequestId[]
        /** Whether it has yet to be told what it goes on with. */
        resumes?: true
      }
    | {
        /** Ready to go on with a call that has its answers, if nobody else does. */
        role: 'substitute'
        key: string
      }
    | {
        role: 'listener'
        /** Random, one for each connection of a client. */
        carrier: string
      }
    | {
        role: 'resumer'
        from: EventId
        carrier: string
        /** Whether this connection has shown the stream before, and only its socket broke. */
        again: boolean
      }
  )

export function writeFrame(frame: RunnerFrame | ObjectFrame, body = ''): string {
  return `${JSON.stringify({ v: FRAME_VERSION, ...frame })}\n${body}`
}

/** A frame and its body; undefined for what a later version of us may mean by it. */
export function readFrame<Frame extends RunnerFrame | ObjectFrame>(
  text: string | ArrayBuffer,
): { frame: Frame; body: string } | undefined {
  if (typeof text !== 'string') return undefined
  const end = text.indexOf('\n')
  const frame: unknown = JSON.parse(text.slice(0, end))
  const isOurs = typeof frame === 'object' && frame !== null && Reflect.get(frame, 'v') === 1
  // Both ends are this platform; what else could be wrong would be a fault of ours.
  return isOurs ? { frame: frame as Frame, body: text.slice(end + 1) } : undefined
}

/** The parts a message travels in, at least one. */
export function partsOf(message: string): string[] {
  const parts: string[] = []
  for (let start = 0; start < message.length; ) {
    let end = Math.min(start + PART_CHARS, message.length)
    // Half of a surrogate pair is no text, and would not come out as it went in.
    if (end < message.length && isHighSurrogate(message.charCodeAt(end - 1))) end -= 1
    parts.push(message.slice(start, end))
    start = end
  }
  return parts.length > 0 ? parts : ['']
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
