/**
 * A call of a 2025 client that takes long or says something on its way: this Worker runs it, the
 * session's object keeps every message of its stream, and what is kept is shown on the connection
 * the call came on for as long as there is one. A client that goes away has not cancelled (H-52).
 *
 * @module
 */
import { type Outbox, startTimer } from '../lib'
import { jsonRpcError, ProtocolError, type RequestId } from '../protocol'
import type { EventId } from './event-id'
import { type ObjectFrame, partsOf, type Refusal, type SessionOwner } from './frames'
import { type Link, openLink, type SocketPort } from './object-link'
import { eventText, openingText, openWire, pauseText, type Wire } from './wire'

/** A Worker whose client has gone is stopped after 30 s; before that, the client is told. */
const ALONE_MS = 25_000
/** After that the call goes on as if it had nothing to say, and is answered as plain JSON. */
const ATTACH_DEADLINE_MS = 5000

export interface StreamedCall {
  key: string
  fence: number
  /** The response to each request; undefined when it was cancelled. */
  answers: { id: RequestId; body: Promise<string | undefined> }[]
  /** Messages on the way, as text. */
  outbox: Outbox<string>
  /** What another Worker may run again if this one is lost; absent for what must not be. */
  message?: string
  cancel(id: RequestId, reason: string | undefined): void
  /** Nobody can be told of a result any more. */
  abandon(reason: unknown): void
}

export interface StreamOptions {
  object(): SocketPort
  session: SessionOwner
  /** Whether the stream opens with an event without data, see `openingText`. */
  primes: boolean
  /** Closes the connection after this long and has the client come back (2025-11-25). */
  pollAfterMs?: number | undefined
  /** Watches whether the call may go on. */
  watch(onEnded: () => void): { stop(): void }
  /** Keeps the Worker running until the call is at its end. */
  waitUntil(work: Promise<unknown>): void
}

/**
 * Moves a running call to a stream. Resolves with the event stream to answer with, or undefined
 * when the object could not be reached: then the caller waits for the answers itself.
 */
export async function streamCall(
  call: StreamedCall,
  options: StreamOptions,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const wire = openWire()
  const run = startRun(call, options, wire)
  const deadline = startTimer(ATTACH_DEADLINE_MS)
  const isAttached = await Promise.race([run.attached, deadline.over])
  deadline.stop()
  if (!isAttached) {
    run.detach()
    return undefined
  }
  options.waitUntil(run.finish())
  return wire.body
}

/** Runs a call whose stream somebody else shows: its first runner was lost. */
export async function takeOverCall(call: StreamedCall, options: StreamOptions): Promise<void> {
  const run = startRun(call, options, undefined)
  if (await run.attached) await run.finish()
  else call.abandon(new Error('somebody else runs this call'))
}

interface Unkept {
  parts: string[]
  body: string
  answers: RequestId | undefined
  last: boolean
  kept(): void
}

function startRun(call: StreamedCall, options: StreamOptions, wire: Wire | undefined) {
  const { key, fence, outbox, message } = call
  const requests = call.answers.map(({ id }) => id)
  const attached = Promise.withResolvers<boolean>()
  /** Messages the object has not confirmed, by number. */
  const unkept = new Map<number, Unkept>()
  let stream: number | undefined
  let next = 1
  let end: Refusal | 'unreachable' | 'over' | undefined
  const ended = Promise.withResolvers<undefined>()

  const idOf = (seq: number): EventId => ({ kind: 'post', stream: stream ?? 0, seq })

  const onEnd = (reason: Refusal | 'unreachable' | 'over'): void => {
    end ??= reason
    attached.resolve(false)
    ended.resolve(undefined)
    if (reason !== 'unreachable')
      call.abandon(new DOMException('The session is over', 'AbortError'))
  }

  const transmit = (seq: number, { parts, answers, last }: Unkept): void => {
    for (const [part, body] of parts.entries()) {
      const about = {
        ...(answers !== undefined && { answers }),
        ...(last && { last: true as const }),
      }
      link.send({ type: 'event', seq, part, parts: parts.length, ...about }, body)
    }
  }

  const onKept = (seq: number): void => {
    const event = unkept.get(seq)
    if (!event) return
    unkept.delete(seq)
    wire?.put(eventText(idOf(seq), event.body))
    event.kept()
  }

  const onAttached = (frame: ObjectFrame & { type: 'attached' }): void => {
    const isFirst = stream === undefined
    stream = frame.stream
    if (isFirst) {
      next = frame.next
      wire?.put(openingText(idOf(next - 1), options.primes))
      if (message !== undefined && message !== '') link.send({ type: 'message' }, message)
      attached.resolve(true)
      return
    }
    // Whatever it holds it has confirmed, even if the confirmation got lost; the rest goes again.
    for (const seq of [...unkept.keys()]) if (seq < frame.next) onKept(seq)
    for (const [seq, event] of unkept) transmit(seq, event)
  }

  const link: Link = openLink({
    object: options.object,
    introduce: () => ({ ...options.session, role: 'runner', key, fence, requests }),
    onFrame(frame) {
      switch (frame.type) {
        case 'attached':
          return onAttached(frame)
        case 'kept':
          return onKept(frame.seq)
        case 'cancel':
          return call.cancel(frame.id, frame.reason)
        case 'taken':
          return wire?.end()
        case 'over':
          return onEnd('over')
        default:
          return undefined // for those who show streams
      }
    },
    onEnd,
  })

  /** Resolves once the object has it. */
  const append = (body: string, about: { answers?: RequestId; last?: boolean } = {}) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { answers, last = false } = about
    const event = { parts: partsOf(body), body, answers, last, kept: resolve }
    const seq = next++
    unkept.set(seq, event)
    transmit(seq, event)
    return promise
  }

  /** Runs to the last answer, or to the end of whoever could be told of it. */
  const finish = async (): Promise<void> => {
    const poll = options.pollAfterMs === undefined ? undefined : startTimer(options.pollAfterMs)
    void poll?.over.then(() => {
      wire?.put(pauseText(idOf(next - 1)))
      wire?.end()
    })
    const unanswered = new Set(requests)
    let isStopped = false
    let kept: Promise<unknown> = Promise.resolve()
    const flush = (): void => {
      for (const json of outbox.take()) kept = append(json)
    }
    const answer = (id: RequestId, body: string | undefined): void => {
      if (isStopped) return
      flush()
      unanswered.delete(id)
      const last = unanswered.size === 0
      if (body !== undefined) kept = append(body, { answers: id, last })
      else if (last) link.send({ type: 'cancelled' })
    }
    const all = Promise.all(call.answers.map(async ({ id, body }) => answer(id, await body))).then(
      () => 'done' as const,
    )
    const alone = wire?.closed.then(() => startTimer(ALONE_MS).over).then(() => 'alone' as const)
    const over = ended.promise.then(() => 'ended' as const)
    const watching = options.watch(() => {
      isStopped = true
      link.send({ type: 'cancelled' })
      onEnd('over')
    })
    let how: 'done' | 'alone' | 'ended' | undefined
    while (!how) {
      how = await Promise.race([all, over, outbox.notEmpty(), ...(alone ? [alone] : [])])
      if (!how) flush()
    }
    if (how === 'alone') {
      for (const id of [...unanswered]) answer(id, jsonRpcError(id, tooLong()))
      isStopped = true
      call.abandon(new DOMException('Nobody is there any more', 'AbortError'))
    }
    await Promise.race([kept, ended.promise])
    // The log is out of reach, the client is not: better told without a number than not at all.
    if (end === 'unreachable') {
      await all
      for (const { body } of unkept.values()) wire?.put(`data: ${body}\n\n`)
    }
    watching.stop()
    poll?.stop()
    wire?.end()
    await wire?.closed
    link.close()
  }

  return {
    attached: attached.promise,
    finish,
    detach(): void {
      link.close()
      wire?.end()
    },
  }
}

const tooLong = (): ProtocolError =>
  new ProtocolError(
    'internal_error',
    `The connection was lost, and the call took longer than the ${ALONE_MS / 1000} s it may go on ` +
      'without one. It was stopped; stay connected, or ask for less at a time.',
  )
