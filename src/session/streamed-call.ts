/**
 * A call of a 2025 client that takes long or says something on its way: this Worker runs it, the
 * session's object keeps every message of its stream, and what is kept is shown on the connection
 * the call came on for as long as there is one. A client that goes away has not cancelled (H-52).
 *
 * @module
 */
import { type Outbox, startTimer } from '../lib'
import { jsonRpcError, ProtocolError, type RequestId } from '../protocol'
import type { Asking, Said } from './asking'
import type { EventId } from './event-id'
import { type Asks, type ObjectFrame, partsOf, type Refusal, type SessionOwner } from './frames'
import { type Link, openLink, type SocketPort } from './object-link'
import { openingText, openWire, pauseText, type Wire } from './wire'

/** A Worker whose client has gone is stopped after 30 s; before that, the client is told. */
export const ALONE_MS = 25_000
/** What is on its way to the log; past that a call's hints wait, and then are dropped. */
const MAX_UNKEPT = 1000
const MAX_UNKEPT_CHARS = 2 * 1024 * 1024
/** After that the call goes on as if it had nothing to say, and is answered as plain JSON. */
const ATTACH_DEADLINE_MS = 5000

export interface StreamedCall {
  key: string
  fence: number
  /** The response to each request; undefined when it was cancelled. */
  answers: { id: RequestId; body: Promise<string | undefined> }[]
  /** Messages on the way, as text, and what it asks. */
  outbox: Outbox<Said>
  /** What another Worker may run again if this one is lost; absent for what must not be. */
  message?: string
  /** Begins it, for one that another Worker began: with the entry it left and the answers to it. */
  resume?(entry: string, answers: ReadonlyMap<string, string>): void
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
  /** How long the call may go on without the connection it came on; 25 s unless given. */
  aloneMs?: number
  /** Whether no connection is open at all, from the beginning. */
  isAlone?: boolean
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
    wire.discard()
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
  asks: Asks | undefined
  /** What goes before a round of questions, in parts. */
  entry: readonly string[]
  kept(): void
}

/** A round of questions whose answers are not there yet. */
interface Round {
  asking: Asking
  number: number
  /** Whether the object was asked to let the call go on. */
  resumes: boolean
}

function startRun(call: StreamedCall, options: StreamOptions, wire: Wire | undefined) {
  const { key, fence, outbox, message } = call
  const requests = call.answers.map(({ id }) => id)
  const attached = Promise.withResolvers<boolean>()
  /** Messages the object has not confirmed, by number. */
  const unkept = new Map<number, Unkept>()
  let unkeptChars = 0
  let stream: number | undefined
  let next = 1
  /** The last event on the wire: where a client goes on from that is sent away. */
  let shown = 0
  let end: Refusal | 'unreachable' | undefined
  const ended = Promise.withResolvers<void>()
  let round: Round | undefined
  /** What the object has told of answers, and of the entry, in parts. */
  const told = { answers: new Map<string, string>(), entry: [] as string[] }
  let { resume } = call
  /** Wakes `finish` when there is something new for it to see. */
  let ring = (): void => {}

  const idOf = (seq: number): EventId => ({ kind: 'post', stream: stream ?? 0, seq })

  /** Whether this client may still be told, though the log takes nothing any more. */
  const isOnlyCutOff = (): boolean =>
    // A call that waits for answers is not stuck here: another Worker goes on with it.
    !round && (end === 'unreachable' || (end === 'superseded' && (wire?.isOpen ?? false)))

  const onEnd = (reason: Refusal | 'unreachable'): void => {
    end ??= reason
    attached.resolve(false)
    ended.resolve()
    ring()
    if (!isOnlyCutOff()) call.abandon(new DOMException('The session is over', 'AbortError'))
    // Whoever was shown something comes back for what another Worker makes of it.
    if (round && shown > 0 && options.primes && reason !== 'over') wire?.put(pauseText(idOf(shown)))
  }

  const transmit = (seq: number, { parts, answers, last, asks, entry }: Unkept): void => {
    for (const [part, body] of entry.entries()) link.send({ type: 'entry', round: seq, part }, body)
    for (const [part, body] of parts.entries()) {
      const about = {
        ...(answers !== undefined && { answers }),
        ...(last && { last: true as const }),
        ...(asks && { asks }),
      }
      link.send({ type: 'event', seq, part, parts: parts.length, ...about }, body)
    }
  }

  const onKept = (seq: number, refused = false): void => {
    const event = unkept.get(seq)
    if (!event) return
    unkept.delete(seq)
    unkeptChars -= event.body.length
    if (refused) giveUpAsking(tooManyQuestions())
    else {
      wire?.show(idOf(seq), event.body)
      shown = seq
    }
    event.kept()
    ring()
  }

  const onAttached = (frame: ObjectFrame & { type: 'attached' }): void => {
    const isFirst = stream === undefined
    stream = frame.stream
    // Each time: the object may have crashed before it had it.
    if (message !== undefined) link.send({ type: 'message' }, message)
    if (isFirst) {
      next = frame.next
      shown = next - 1
      wire?.put(openingText(idOf(shown), options.primes))
      attached.resolve(true)
      return
    }
    // Whatever it holds it has confirmed, even if the confirmation got lost; the rest goes again.
    for (const seq of [...unkept.keys()]) if (seq < frame.next) onKept(seq)
    for (const [seq, event] of unkept) transmit(seq, event)
    if (round?.resumes) link.send({ type: 'resume', round: round.number })
  }

  const ask = (asking: Asking): void => {
    const { questions, entry } = asking
    const number = next
    round = { asking, number, resumes: false }
    for (const [index, { id, message }] of questions.entries()) {
      void append(message, {
        asks: { id, round: number, isLast: index === questions.length - 1 },
        entry: index === 0 ? partsOf(entry) : [],
      })
    }
  }

  const giveUpAsking = (error: ProtocolError): void => {
    round?.asking.giveUp(error)
    round = undefined
    ring()
  }

  const onGo = (): void => {
    const { answers, entry } = told
    if (round?.resumes) {
      const { asking } = round
      round = undefined
      asking.goOn(answers)
    } else {
      resume?.(entry.join(''), answers)
      resume = undefined
    }
    told.answers = new Map()
    told.entry = []
  }

  const link: Link = openLink({
    object: options.object,
    introduce: () => ({
      ...options.session,
      role: 'runner',
      key,
      fence,
      requests,
      ...(resume && { resumes: true }),
    }),
    onFrame(frame, body) {
      switch (frame.type) {
        case 'attached':
          return onAttached(frame)
        case 'kept':
          return onKept(frame.seq, frame.refused)
        case 'entry':
          told.entry[frame.part] = body
          return
        case 'answer':
          told.answers.set(frame.id, body)
          return
        case 'ready':
          if (round?.number !== frame.round) return
          round.resumes = true
          link.send({ type: 'resume', round: frame.round })
          return
        case 'go':
          return onGo()
        case 'unanswered':
          return giveUpAsking(unanswered())
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
    expects: () =>
      stream === undefined || unkept.size > 0 || round?.resumes === true || resume !== undefined,
    onEnd,
  })

  /** Resolves once the object has it. */
  const append = (
    body: string,
    about: { answers?: RequestId; last?: boolean; asks?: Asks; entry?: readonly string[] } = {},
  ) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { answers, last = false, asks, entry = [] } = about
    const event = { parts: partsOf(body), body, answers, last, asks, entry, kept: resolve }
    const seq = next++
    unkept.set(seq, event)
    unkeptChars += body.length
    transmit(seq, event)
    return promise
  }

  /** Runs to the last answer, or to the end of whoever could be told of it. */
  const finish = async (): Promise<void> => {
    const { pollAfterMs, aloneMs = ALONE_MS } = options
    const poll = pollAfterMs === undefined ? undefined : startTimer(pollAfterMs)
    void poll?.over.then(() => {
      wire?.put(pauseText(idOf(shown)))
      wire?.end()
    })
    const unanswered = new Set(requests)
    let isStopped = false
    let kept: Promise<unknown> = Promise.resolve()
    const hasRoom = (): boolean => unkept.size < MAX_UNKEPT && unkeptChars < MAX_UNKEPT_CHARS
    const flush = (): void => {
      if (!hasRoom()) return
      for (const said of outbox.take()) {
        if (typeof said === 'string') void append(said)
        else if (isOnlyCutOff()) said.giveUp(cannotAsk())
        else ask(said)
      }
    }
    const answer = (id: RequestId, body: string | undefined): void => {
      if (isStopped) return
      flush()
      unanswered.delete(id)
      // The object knows of a request that was cancelled, and waits for no response to it.
      if (body !== undefined) kept = append(body, { answers: id, last: unanswered.size === 0 })
    }
    // Nobody is told any more, neither by the log nor by the connection.
    const watching = options.watch(() => {
      isStopped = true
      onEnd('over')
    })
    let how: 'done' | 'alone' | 'left' | undefined
    const endBy = (cause: typeof how) => () => {
      how ??= cause
      ring()
    }
    const answering = call.answers.map(async ({ id, body }) => answer(id, await body))
    void Promise.all(answering).then(endBy('done'))
    void wire?.closed.then(() => startTimer(aloneMs).over).then(endBy('alone'))
    if (options.isAlone) void startTimer(aloneMs).over.then(endBy('alone'))
    void wire?.closed.then(() => {
      if (round) ring()
    })
    /** Whether all there is to do is to wait, for nobody who is connected here. */
    const isIdle = (): boolean =>
      round !== undefined && !round.resumes && unkept.size === 0 && !(wire?.isOpen ?? false)
    while (!how && (!end || isOnlyCutOff())) {
      flush()
      if (isIdle()) {
        // Whoever brings the answers goes on with it, and has all the time that takes.
        how = 'left'
        isStopped = true
        call.abandon(new DOMException('Another Worker goes on with it', 'AbortError'))
        break
      }
      const rung = new Promise<void>((resolve) => {
        ring = resolve
      })
      await Promise.race(hasRoom() ? [rung, outbox.notEmpty()] : [rung])
    }
    if (how === 'alone') {
      for (const id of [...unanswered]) answer(id, jsonRpcError(id, tooLong(aloneMs)))
      isStopped = true
      call.abandon(new DOMException('Nobody is there any more', 'AbortError'))
    }
    if (how !== 'left') await Promise.race([kept, ended.promise])
    // The log is out of reach, the client is not: better told without a number than not at all.
    if (isOnlyCutOff()) for (const { body } of unkept.values()) wire?.put(`data: ${body}\n\n`)
    watching.stop()
    poll?.stop()
    wire?.end()
    await wire?.closed
    link.close()
  }

  return {
    attached: attached.promise,
    finish,
    detach: () => link.close(),
  }
}

const tooLong = (aloneMs: number): ProtocolError =>
  new ProtocolError(
    'internal_error',
    `The connection was lost, and the call took longer than the ${aloneMs / 1000} s it may go on ` +
      'without one. It was stopped; stay connected, or ask for less at a time.',
  )

/** Of a call whose session cannot be reached: nobody could tell it of an answer. */
export const cannotAsk = (): ProtocolError =>
  new ProtocolError(
    'item_failed',
    'This call has to ask something, and its session cannot be reached right now. Call again.',
  )

const unanswered = (): ProtocolError =>
  new ProtocolError(
    'item_failed',
    'Nobody answered the question of this call in time, so it was given up. Call again to be ' +
      'asked again.',
  )

const tooManyQuestions = (): ProtocolError =>
  new ProtocolError(
    'item_failed',
    'Too many questions of this session are open. Answer some of them, then call again.',
  )
