/**
 * The connection to a 2025 client that shows a stream. What is put on it never waits for a slow
 * reader: one that falls too far behind misses notifications, which are hints, and gets what it is
 * owed. Cutting it off instead would rely on it to come back, and not every client does.
 *
 * @module
 */
import { Outbox, sseComment, startTimer, utf8, within } from '../lib'
import { isNotificationText } from '../protocol'
import { type EventId, eventIdText } from './event-id'

export interface Wire {
  readonly body: ReadableStream<Uint8Array>
  /** False once the connection is closed or broken. */
  readonly isOpen: boolean
  /** Settles when nothing can be shown any more, whoever ended it. */
  readonly closed: Promise<void>
  /** Shows one message, unless it is a hint and the reader too far behind. */
  show(id: EventId, json: string): void
  /** Shows a piece of an event stream. */
  put(text: string): void
  /** Shows what was put, then closes. */
  end(): void
  /** Closes at once; for a connection that nobody was given. */
  discard(): void
}

/** Nothing else tells a Worker that its client has gone: a write that fails does. */
const FIRST_COMMENTS_MS = 2000
const FIRST_COMMENTS_FOR_MS = 30_000
const LATER_COMMENTS_MS = 15_000
/** A peer that takes nothing for as long is no longer there, whatever its connection says. */
const WRITE_DEADLINE_MS = 30_000
/** Of messages that wait for the reader; past that, notifications are left out. */
export const MAX_BEHIND_CHARS = 8 * 1024 * 1024
/** How long clients wait before they come back for a stream that was closed. */
const RETRY_MS = 1000
/** What a slow peer must take within the deadline. */
const SLICE_BYTES = 64 * 1024

export function openWire(): Wire {
  const { readable, writable } = new IdentityTransformStream()
  const writer = writable.getWriter()
  const outbox = new Outbox<string>()
  const ended = Promise.withResolvers<undefined>()
  let state: 'open' | 'ending' | 'closed' = 'open'
  let behind = 0

  const write = (text: string): Promise<void> => writeInTime(writer, text)

  const run = async (): Promise<void> => {
    const startedAt = Date.now()
    try {
      while (true) {
        const early = Date.now() - startedAt < FIRST_COMMENTS_FOR_MS
        const tick = startTimer(early ? FIRST_COMMENTS_MS : LATER_COMMENTS_MS)
        await Promise.race([outbox.notEmpty(), ended.promise, tick.over])
        tick.stop()
        const text = outbox.take().join('')
        behind = 0
        if (text !== '') await write(text)
        else if (state === 'ending') break
        else await write(sseComment())
      }
      await closeInTime(writer)
    } catch {
      // The only thing that fails here is a write: nobody reads any more.
      await writer.abort().catch(() => undefined)
    } finally {
      state = 'closed'
    }
  }
  // The stream may also break between two writes.
  const broken = writer.closed.catch(() => {
    state = 'closed'
    ended.resolve(undefined)
  })
  const closed = Promise.race([run(), broken.then(() => undefined)])

  const put = (text: string): void => {
    if (state !== 'open') return
    behind += text.length
    outbox.put(text)
  }

  return {
    body: readable,
    get isOpen() {
      return state === 'open'
    },
    closed,
    put,
    show(id, json) {
      if (behind + json.length > MAX_BEHIND_CHARS && isNotificationText(json)) return
      put(eventText(id, json))
    },
    end() {
      if (state === 'open') state = 'ending'
      ended.resolve(undefined)
    },
    discard() {
      state = 'closed'
      // What waits for the end of the connection hears of it by the stream's own.
      void writer.abort().catch(() => undefined)
    },
  }
}

type ByteWriter = WritableStreamDefaultWriter<Uint8Array>

/** Writes to an `IdentityTransformStream`. @throws when the peer takes nothing for too long. */
export async function writeInTime(writer: ByteWriter, text: string): Promise<void> {
  const bytes = utf8(text)
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    await within(WRITE_DEADLINE_MS, writer.write(bytes.subarray(start, start + SLICE_BYTES)))
  }
}

/** Closes it once all is read. @throws when that takes too long. */
export const closeInTime = (writer: ByteWriter): Promise<void> =>
  within(WRITE_DEADLINE_MS, writer.close())

/** One message of a stream. JSON has no line breaks, so it is one line of data. */
const eventText = (id: EventId, json: string): string => `id: ${eventIdText(id)}\ndata: ${json}\n\n`

/**
 * What a stream opens with: an id to come back with, before there is any event, for revisions whose
 * clients read an event without data (H-57, H-58); for older ones a comment, so that headers leave.
 */
export const openingText = (id: EventId, primes: boolean): string =>
  primes ? pauseText(id) : sseComment()

/** Asks the client to come back for the rest. Nothing may follow. */
export const pauseText = (id: EventId, retryMs = RETRY_MS): string =>
  `id: ${eventIdText(id)}\nretry: ${retryMs}\ndata: \n\n`
