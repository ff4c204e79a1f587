/**
 * A connection a 2025 client opened with GET: for messages that belong to no call, or to come back
 * for a stream it lost. The session's object has the messages; this Worker shows them and can fall
 * away at any time. An idle one lets the object sleep.
 *
 * @module
 */
import type { EventId } from './event-id'
import type { ObjectFrame, Refusal, SessionOwner } from './frames'
import { openLink, type SocketPort } from './object-link'
import { eventText, openingText, openWire, pauseText } from './wire'

export interface ListenOptions {
  object(): SocketPort
  session: SessionOwner
  /** The stream to come back for. */
  from: EventId | undefined
  primes: boolean
  /** Runs a call that lost its runner; its stream is the one shown here. */
  adopt(call: { key: string; fence: number; message: string }): Promise<void>
  waitUntil(work: Promise<unknown>): void
  /** Watches whether the connection may go on. */
  watch(onEnded: () => void): { stop(): void }
}

export type Listening =
  | { ok: true; body: ReadableStream<Uint8Array> }
  | { ok: false; reason: Refusal | 'unreachable' }

/** Opens the stream, or says why there is none. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { object, session, from, primes, adopt, waitUntil, watch } = options
  const wire = openWire()
  const opened = Promise.withResolvers<Listening>()
  let shown: EventId | undefined
  let parts: string[] = []

  const onAttached = ({ stream, next }: ObjectFrame & { type: 'attached' }): void => {
    // The object shows a fresh stream to whoever comes back for one of notices it no longer has.
    const isFresh = from === undefined || (shown === undefined && stream !== from.stream)
    if (shown === undefined || shown.stream !== stream) {
      const kind = from && !isFresh ? from.kind : 'get'
      shown = { kind, stream, seq: from && !isFresh ? from.seq : next - 1 }
      wire.put(openingText(shown, primes && isFresh))
    }
    opened.resolve({ ok: true, body: wire.body })
  }

  const onEvent = (frame: ObjectFrame & { type: 'event' }, body: string): void => {
    if (!shown || frame.seq <= shown.seq) return
    parts = frame.part === 0 ? [body] : [...parts, body]
    if (parts.length < frame.parts) return
    shown = { ...shown, seq: frame.seq }
    wire.put(eventText(shown, parts.join('')))
    parts = []
  }

  const link = openLink({
    object,
    introduce: () => {
      const back = shown ?? from
      return back ? { ...session, role: 'resumer', from: back } : { ...session, role: 'listener' }
    },
    onFrame(frame, body) {
      switch (frame.type) {
        case 'attached':
          return onAttached(frame)
        case 'event':
          return onEvent(frame, body)
        case 'adopt':
          return waitUntil(adopt({ key: frame.key, fence: frame.fence, message: body }))
        case 'end':
        case 'taken':
        case 'over':
          return wire.end()
        default:
          return undefined // for those who run calls
      }
    },
    onEnd(reason) {
      opened.resolve({ ok: false, reason })
      // Whoever was shown something comes back a little later.
      if (shown && reason === 'unreachable') wire.put(pauseText(shown))
      wire.end()
    },
  })
  const listening = await opened.promise
  if (listening.ok) {
    const watching = watch(() => wire.end())
    waitUntil(
      wire.closed.then(() => {
        watching.stop()
        link.close()
      }),
    )
  } else link.close()
  return listening
}
