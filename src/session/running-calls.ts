/**
 * What the object does for the Workers that run calls: it keeps what they say, tells them what their
 * client cancels and answers, and lets no second one in beside them.
 *
 * @module
 */
import type { RequestId } from '../protocol'
import type { Introduction, Refusal, RunnerFrame } from './frames'
import type { Attachment, ObjectSockets } from './object-sockets'
import type { CallRow, SessionRecord } from './record'
import type { ShownStreams } from './shown-streams'

/** How long a call whose runner is out of reach may still be claimed by it. */
export const LEASE_MS = 10_000
/** How long a question can be answered. */
export const QUESTION_LIFE_MS = 10 * 60_000
/**
 * How long a call with its answers waits for the runner that asked before another goes on with it:
 * one whose socket broke is back by then, and still has the client's connection.
 */
export const COMEBACK_MS = 1000

export function runningCalls(record: SessionRecord, sockets: ObjectSockets, streams: ShownStreams) {
  const { log, questions } = record

  const sendAnswers = (runner: WebSocket, key: string): void => {
    for (const { id, answer } of questions.of(key)) {
      if (answer !== undefined) sockets.send(runner, { type: 'answer', id }, answer)
    }
  }

  /** Tells a runner that waits what has come of its questions. */
  const tellOfAnswers = (runner: WebSocket, { key, state }: CallRow): void => {
    const round = questions.roundOf(key)
    if (state === 'ready' && round !== undefined) {
      sendAnswers(runner, key)
      sockets.send(runner, { type: 'ready', round })
    } else if (questions.of(key).length === 0) sockets.send(runner, { type: 'unanswered' })
  }

  /** A call that has asked is told of its answers, once there are all. */
  const goOnIfAnswered = (call: CallRow, now: number): void => {
    if (questions.of(call.key).some(({ answer }) => answer === undefined)) return
    record.setState(call.key, 'ready', call.fence, now + COMEBACK_MS)
    const runner = sockets.runner(call)
    if (runner) tellOfAnswers(runner, { ...call, state: 'ready' })
  }

  const cancelOne = (call: CallRow, request: RequestId, reason: string | undefined): void => {
    sockets.toRunner(call, {
      type: 'cancel',
      id: request,
      ...(reason !== undefined && { reason }),
    })
    const left = call.requests.filter((it) => it !== request)
    if (left.length === 0) streams.finish(call, true)
    else record.setRequests(call.key, left)
  }

  const onEvent = (
    socket: WebSocket,
    call: CallRow,
    frame: RunnerFrame & { type: 'event' },
    body: string,
  ): void => {
    const { seq, part, parts, answers, last, asks } = frame
    const now = Date.now()
    if (call.state === 'done') {
      // The word that it was kept got lost.
      sockets.send(socket, { type: 'kept', seq })
      return
    }
    if (asks && !questions.add(call.key, { ...asks, stream: call.stream, seq })) {
      sockets.send(socket, { type: 'kept', seq, refused: true })
      return
    }
    if (!log.keepPart(call.stream, { seq, part, parts, body }, now)) return
    if (answers !== undefined) {
      record.setRequests(
        call.key,
        call.requests.filter((request) => request !== answers),
      )
    }
    if (last) record.finish(call, false, now)
    sockets.send(socket, { type: 'kept', seq })
    streams.show(call.stream, seq)
    if (last) sockets.endCarrier(call.stream)
    if (asks?.isLast && questions.completeRound(call.key, asks.round)) {
      const asking = { ...call, state: 'asking' as const }
      record.setState(call.key, 'asking', call.fence, now + QUESTION_LIFE_MS)
      goOnIfAnswered(asking, now)
    }
  }

  /** The runner that asked goes on. It asks again when it did not hear that it may. */
  const onResume = (socket: WebSocket, call: CallRow, round: number): void => {
    if (questions.roundOf(call.key) !== round) return
    if (call.state === 'ready') {
      record.setState(call.key, 'running', call.fence, Date.now() + LEASE_MS)
      sockets.endSubstitute(call.stream)
    } else if (call.state !== 'running') return
    sockets.send(socket, { type: 'go' })
  }

  return {
    /** Lets a runner in, or says why not. */
    attach(
      socket: WebSocket,
      { key, fence, requests, resumes }: Introduction & { role: 'runner' },
      now: number,
    ): Refusal | undefined {
      const known = record.call(key)
      if (known ? known.fence !== fence : fence !== 1) return 'superseded'
      const call = known ?? record.addCall(key, requests, now + LEASE_MS, now)
      const stream = log.stream(call.stream)
      if (stream?.cancelled) return 'cancelled'
      sockets.runner(call)?.close(1000, 'attached anew')
      sockets.accept(socket, { role: 'runner', key, fence, stream: call.stream })
      sockets.send(socket, { type: 'attached', stream: call.stream, next: stream?.next ?? 1 })
      // What it sent last was kept, and only the word of that got lost.
      if (call.state === 'done') return undefined
      const waits = call.state === 'asking' || (call.state === 'ready' && !resumes)
      if (waits) tellOfAnswers(socket, call)
      else record.setState(key, 'running', fence, now + LEASE_MS)
      if (resumes) {
        for (const [part, body] of questions.entryOf(key).entries()) {
          sockets.send(socket, { type: 'entry', part }, body)
        }
        sendAnswers(socket, key)
        sockets.send(socket, { type: 'go' })
        sockets.endSubstitute(call.stream)
      }
      // The runner's own connection to the client is the older one by now.
      if (sockets.isCarried(call.stream)) sockets.send(socket, { type: 'taken' })
      // What it is not waited for any more: it may not have heard, or was overtaken by it.
      for (const id of requests) {
        if (!call.requests.includes(id)) sockets.send(socket, { type: 'cancel', id })
      }
      for (const id of record.takeCancellations(call.requests, now)) {
        const left = record.call(key)
        if (left) cancelOne(left, id, undefined)
      }
      return undefined
    },

    /** Takes what a runner says. */
    onFrame(
      socket: WebSocket,
      { key, fence }: Attachment & { role: 'runner' },
      frame: RunnerFrame,
      body: string,
    ): void {
      const call = record.call(key)
      if (!call || call.fence !== fence) {
        sockets.send(socket, { type: 'refused', reason: 'superseded' })
        socket.close(1000, 'superseded')
        return
      }
      switch (frame.type) {
        case 'message':
          record.setMessage(call.key, body)
          break
        case 'event':
          onEvent(socket, call, frame, body)
          break
        case 'entry':
          questions.keepEntryPart(call.key, frame.round, frame.part, body)
          break
        case 'resume':
          onResume(socket, call, frame.round)
          break
        default:
          frame satisfies never
      }
    },

    /** Stops a request, wherever it runs; one that nobody is known to run is noted for its runner. */
    cancel(request: RequestId, reason: string | undefined): void {
      const calls = record.openCalls().filter(({ requests }) => requests.includes(request))
      if (calls.length === 0) record.addCancellation(request, Date.now())
      for (const call of calls) cancelOne(call, request, reason)
    },

    /** Takes an answer. Whose it is, and whether that call has all its answers now. */
    answer(question: string, answer: string): { key: string; isReady: boolean } | undefined {
      const key = questions.answer(question, answer)
      if (key === undefined) return undefined
      const call = record.call(key)
      if (call?.state === 'asking') goOnIfAnswered(call, Date.now())
      return { key, isReady: record.call(key)?.state === 'ready' }
    },
  }
}
