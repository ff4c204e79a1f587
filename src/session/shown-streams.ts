/**
 * How the streams of a session are shown: each on one connection at the most, from the event on that
 * its client is missing, and every event only once it is in the log.
 *
 * @module
 */
import type { EventPart, StreamRow } from './event-log'
import { type Introduction, partsOf, type Refusal } from './frames'
import type { ObjectSockets } from './object-sockets'
import type { CallRow, SessionRecord } from './record'

export type ShownStreams = ReturnType<typeof shownStreams>

export function shownStreams(record: SessionRecord, sockets: ObjectSockets) {
  const { log } = record

  /** Shows a stream on this connection, and on no other from now on. */
  const carry = (
    socket: WebSocket,
    stream: StreamRow,
    carrier: string,
    events: EventPart[],
    now: number,
  ): void => {
    const before = sockets.carrier(stream.id)
    if (before) {
      sockets.send(before, { type: 'taken' })
      before.close(1000, 'taken')
    }
    const call = stream.kind === 'post' ? record.callOfStream(stream.id) : undefined
    if (call) sockets.toRunner(call, { type: 'taken' })
    log.setCarrier(stream.id, carrier, now)
    sockets.accept(socket, { role: 'carrier', stream: stream.id })
    sockets.send(socket, { type: 'attached', stream: stream.id, next: stream.next })
    for (const { body, ...event } of events) sockets.send(socket, { type: 'event', ...event }, body)
    if (!stream.open) sockets.endCarrier(stream.id)
  }

  const listen = (socket: WebSocket, carrier: string, now: number): void => {
    const { stream, dropped } = log.addListenerStream(now, sockets.isCarried)
    for (const id of dropped) sockets.endCarrier(id)
    carry(socket, stream, carrier, [], now)
  }

  const show = (stream: number, seq: number): void => {
    const carrier = sockets.carrier(stream)
    if (!carrier) return
    const events = log.eventsAfter({ kind: 'post', stream, seq: seq - 1 }) ?? []
    for (const { body, ...event } of events) {
      if (event.seq === seq) sockets.send(carrier, { type: 'event', ...event }, body)
    }
  }

  return {
    /** Opens a stream for what belongs to no call. */
    listen,

    /** Shows a stream again from this event on, or says why not. */
    resume(
      socket: WebSocket,
      { from, carrier, again }: Introduction & { role: 'resumer' },
      now: number,
    ): Refusal | undefined {
      const stream = log.stream(from.stream)
      const events = stream?.kind === from.kind ? log.eventsAfter(from) : undefined
      if (!stream || !events) {
        // Nothing that is missing on a stream of notices will ever come: a fresh one is as good.
        if (from.kind === 'post') return 'gone'
        listen(socket, carrier, now)
        return undefined
      }
      // Its client has come back on a newer connection while this one was cut off from here.
      if (again && stream.carrier !== carrier) return 'taken'
      if (!stream.open && events.length === 0) return stream.cancelled ? 'cancelled' : 'ended'
      carry(socket, stream, carrier, events, now)
      return undefined
    },

    /** Adds a whole message to a stream and shows it. */
    append({ id, next }: StreamRow, message: string): void {
      const bodies = partsOf(message)
      for (const [part, body] of bodies.entries()) {
        log.keepPart(id, { seq: next, part, parts: bodies.length, body }, Date.now())
      }
      show(id, next)
    },

    /** Shows an event that is in the log. */
    show,

    /** Ends a call, and its stream with it. */
    finish(call: CallRow, cancelled: boolean): void {
      record.finish(call, cancelled, Date.now())
      sockets.endCarrier(call.stream)
    },
  }
}
