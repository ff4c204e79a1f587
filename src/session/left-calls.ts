/**
 * What becomes of calls that nobody runs: somebody else goes on with them or runs them again, or
 * their client is told that they are lost.
 *
 * @module
 */
import { isObject } from '../lib'
import { jsonRpcError, ProtocolError } from '../protocol'
import type { Refusal } from './frames'
import { attachmentOf, type ObjectSockets } from './object-sockets'
import { type CallRow, KEEP_MS, type SessionRecord } from './record'
import { LEASE_MS, QUESTION_LIFE_MS } from './running-calls'
import type { ShownStreams } from './shown-streams'

/**
 * How often a running call is looked after. A crash of the object tells nobody: what it finds out
 * only then has waited for a lease already, and waits for another.
 */
const WATCH_MS = LEASE_MS
/** A call that lost as many runners, since its last answers if it has any, is not given another. */
const MAX_LOSSES = 3
/** A connection whose Worker did not go on with a call as often is not asked for it again. */
export const MAX_OFFERS = 10

export function leftCalls(record: SessionRecord, sockets: ObjectSockets, streams: ShownStreams) {
  const { log, questions } = record

  const adopt = (call: CallRow, taker: WebSocket, now: number): void => {
    const { key, fence, stream, requests, message = '' } = call
    // One that has its answers is not lost when whoever takes it does not come: nobody ran it.
    const state = call.state === 'ready' ? 'ready' : 'missing'
    record.setState(key, state, fence, now + LEASE_MS)
    const progress = lastProgress(log.newestBodies(stream))
    const frame = {
      type: 'adopt',
      key,
      fence,
      ...(progress !== undefined && { progress }),
      ...(questions.roundOf(key) !== undefined && { resumes: requests }),
    } as const
    sockets.send(taker, frame, message)
  }

  /** Answers what is left of a call with an error. */
  const fail = (call: CallRow, error: ProtocolError): void => {
    for (const request of call.requests) {
      const stream = log.stream(call.stream)
      if (stream) streams.append(stream, jsonRpcError(request, error))
    }
    streams.finish(call, false)
  }

  /** How often a connection was asked to go on with a call after this round of its questions. */
  const offersTo = (socket: WebSocket, round: number): number => {
    const attachment = attachmentOf(socket)
    if (attachment?.role === 'runner' || attachment?.offered !== round) return 0
    return attachment.offers ?? 1
  }

  const lastRoundOf = ({ key }: CallRow): number => questions.roundOf(key) ?? 0

  /** Who could go on with a call, the client's connection first. */
  const takersOf = (call: CallRow): WebSocket[] =>
    [sockets.carrier(call.stream), sockets.substitute(call.stream)]
      .filter((socket) => socket !== undefined)
      .filter((socket) => offersTo(socket, lastRoundOf(call)) < MAX_OFFERS)

  /** Has somebody go on with a call that has its answers: the client's connection lasts longest. */
  const offer = (call: CallRow, now: number): void => {
    const runner = sockets.runner(call)
    const round = lastRoundOf(call)
    // One that did not come the first time may yet: perhaps it could not reach this object.
    const takers = takersOf(call)
    const taker = takers.find((socket) => offersTo(socket, round) === 0) ?? takers[0]
    if (taker) {
      // Whoever asked takes it no more, though its socket may still be there.
      runner?.close(1000, 'superseded')
      const next = { ...call, fence: call.fence + 1 }
      const offers = offersTo(taker, round) + 1
      taker.serializeAttachment({ ...attachmentOf(taker), offered: round, offers })
      adopt(next, taker, now)
    } else if (call.leaseUntil + KEEP_MS <= now) giveUp(call, now)
    // Else whoever comes back for its stream goes on with it.
  }

  /** Nobody has answered in time: its runner says so, or, when there is none, the log. */
  const expire = (call: CallRow, now: number): void => {
    const runner = sockets.runner(call)
    const isTold = questions.of(call.key).length === 0
    questions.withdraw(call.key)
    if (runner && !isTold) {
      record.setState(call.key, 'asking', call.fence, now + LEASE_MS)
      sockets.send(runner, { type: 'unanswered' })
      return
    }
    fail({ ...call, fence: call.fence + 1 }, unanswered())
  }

  /** Whether a call whose runner is lost has answers to go on with; a journal repeats no once. */
  const goesOnAgain = ({ key }: CallRow): boolean =>
    questions.roundOf(key) !== undefined && questions.countLoss(key) < MAX_LOSSES

  /** A call that nobody runs: somebody else may, or its client is told that it is lost. */
  const giveUp = (call: CallRow, now: number): void => {
    log.dropUnfinished(call.stream)
    questions.dropUnfinished(call.key)
    const next = { ...call, fence: call.fence + 1 }
    if (call.state === 'missing' && goesOnAgain(call)) {
      record.setState(call.key, 'ready', next.fence, now)
      offer({ ...next, state: 'ready', leaseUntil: now }, now)
      return
    }
    if (call.state === 'missing' && call.message !== undefined && call.fence < MAX_LOSSES) {
      // Whoever comes back for its stream runs it.
      record.setState(call.key, 'abandoned', next.fence, now + KEEP_MS)
      const carrier = sockets.carrier(call.stream)
      if (carrier) adopt(next, carrier, now)
      return
    }
    fail(next, lost())
  }

  return {
    /** Lets in whoever stands by to go on with a call, or says why not. */
    standBy(socket: WebSocket, key: string, now: number): Refusal | undefined {
      const call = record.call(key)
      if (call?.state !== 'ready') return 'ended'
      sockets.endSubstitute(call.stream)
      sockets.accept(socket, { role: 'substitute', stream: call.stream })
      if (call.leaseUntil <= now) offer(call, now)
      return undefined
    },

    /** Has the connection that a client has come back on take the call of the stream, if it is left. */
    offerTo(socket: WebSocket, stream: number, now: number): void {
      const call = record.callOfStream(stream)
      if (call?.state === 'abandoned') adopt(call, socket, now)
      // One that has had its time and did not ask to go on says nothing any more.
      const isLeft = call?.state === 'ready' && (call.leaseUntil <= now || !sockets.runner(call))
      if (isLeft) offer(call, now)
    },

    /** Goes through the calls whose time is over. Safe to run twice. */
    lookAfter(now: number): void {
      for (const call of record.openCalls()) {
        if (call.state === 'running' || call.leaseUntil > now) continue
        if (call.state === 'asking') expire(call, now)
        else if (call.state === 'ready') offer(call, now)
        else giveUp(call, now)
      }
    },

    /**
     * When to look after calls next; infinity without any. Finds out whose runner is gone first: a
     * crash takes the sockets along and tells nobody.
     */
    nextLook(now: number): number {
      let due = Number.POSITIVE_INFINITY
      for (const call of record.openCalls()) {
        // Nobody has a claim to it or is there to take it, and somebody may still come.
        const isLeft =
          call.state === 'ready' && call.leaseUntil <= now && takersOf(call).length === 0
        if (isLeft) due = Math.min(due, call.leaseUntil + KEEP_MS)
        else if (call.state !== 'running') due = Math.min(due, call.leaseUntil)
        else if (sockets.runner(call)) due = Math.min(due, now + WATCH_MS)
        else {
          record.setState(call.key, 'missing', call.fence, now + LEASE_MS)
          due = Math.min(due, now + LEASE_MS)
        }
      }
      return due
    },
  }
}

/** How far a call has come, in the words of its last progress notification. */
function lastProgress(newestFirst: Iterable<string>): number | undefined {
  for (const body of newestFirst) {
    const { method, params } = JSON.parse(body)
    if (method === 'notifications/progress' && isObject(params)) return Number(params.progress)
  }
  return undefined
}

const lost = (): ProtocolError =>
  new ProtocolError(
    'internal_error',
    'The call was interrupted, and nobody knows whether it took effect. Check before trying again.',
  )

const unanswered = (): ProtocolError =>
  new ProtocolError(
    'item_failed',
    `Nobody answered the question of this call within ${QUESTION_LIFE_MS / 60_000} minutes, so it ` +
      'was given up. Call again to be asked again.',
  )
