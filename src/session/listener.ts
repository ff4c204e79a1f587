/**
 * A connection a 2025 client opened with GET: for messages that belong to no call, or to come back
 * for a stream it lost. The session's object has the messages; this Worker shows them and can fall
 * away at any time. An idle one lets the object sleep.
 *
 * @module
 */
import type { RequestId } from '../protocol'
import type { EventId } from './event-id'
import type { ObjectFrame, Refusal, SessionOwner } from './frames'
import { type Link, openLink, type SocketPort } from './object-link'
import { openingText, openWire, pauseText } from './wire'

export interface ListenOptions {
  object(): SocketPort
  session: SessionOwner
  /** The stream to come back for. */
  from: EventId | undefined
  primes: boolean
  /** Runs a call that lost its runner; its stream is the one shown here. */
  adopt(call: AdoptedCall): Promise<void>
  /** Whether a notice is still for whoever listens. */
  mayHear(notice: string): boolean
  waitUntil(work: Promise<unknown>): void
  /** Watches whether the connection may go on. */
  watch(onEnded: () => void): { stop(): void }
}

export interface AdoptedCall {
  key: string
  fence: number
  /** What to run again; empty for a call that is gone on with. */
  message: string
  /** How far its client has heard it come. */
  progress: number | undefined
  /** The requests of a call that is gone on with. */
  resumes: RequestId[] | undefined
}

export type Listening =
  | { ok: true; body: ReadableStream<Uint8Array> }
  | { ok: false; reason: Refusal | 'unreachable' }

/** Opens the stream, or says why there is none. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { object, session, from, primes, adopt, mayHear, waitUntil, watch } = options
  const wire = openWire()
  const opened = Promise.withResolvers<Listening>()
  let shown: EventId | undefined
  let parts: string[] = []

  const onAttached = ({ stream, next }: ObjectFrame & { type: 'attached' }): void => {
    const back = shown ?? from
    const isFirst = shown === undefined
    // The object shows a fresh stream to whoever comes back for one of notices it no longer has.
    const isFresh = back?.stream !== stream
    if (isFresh) shown = { kind: 'get', stream, seq: next - 1 }
    else shown = back
    if (isFirst || isFresh) wire.put(openingText(shown, primes && isFresh))
    parts = []
    opened.resolve({ ok: true, body: wire.body })
  }

  const onEvent = (frame: ObjectFrame & { type: 'event' }, body: string): void => {
    if (!shown || frame.seq <= shown.seq) return
    parts = frame.part === 0 ? [body] : [...parts, body]
    if (parts.length < frame.parts) return
    shown = { ...shown, seq: frame.seq }
    const whole = parts.join('')
    if (shown.kind === 'post' || mayHear(whole)) wire.show(shown, whole)
    parts = []
  }

  const end = (): void => {
    wire.end()
    // At once: a link that came back would take the stream from whoever shows it now.
    link.close()
  }

  const carrier = crypto.randomUUID()
  const link: Link = openLink({
    object,
    introduce: () => {
      const back = shown ?? from
      if (!back) return { ...session, role: 'listener', carrier }
      return { ...session, role: 'resumer', from: back, carrier, again: shown !== undefined }
    },
    onFrame(frame, body) {
      switch (frame.type) {
        case 'attached':
          return onAttached(frame)
        case 'event':
          return onEvent(frame, body)
        case 'adopt': {
          const { key, fence, progress, resumes } = frame
          return waitUntil(adopt({ key, fence, progress, resumes, message: body }))
        }
        case 'end':
        case 'taken':
        case 'over':
          return end()
        default:
          return undefined // for those who run calls
      }
    },
    expects: () => shown === undefined,
    onEnd(reason) {
      opened.resolve({ ok: false, reason })
      // Whoever was shown something comes back a little later.
      if (shown && primes && reason === 'unreachable') wire.put(pauseText(shown))
      wire.end()
    },
  })
  const listening = await opened.promise
  if (listening.ok) {
    const watching = watch(end)
    waitUntil(
      wire.closed.then(() => {
        watching.stop()
        link.close()
      }),
    )
  } else wire.discard()
  return listening
}
