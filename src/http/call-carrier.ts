/**
 * Carries one running call of a 2026 client to its end: plain JSON when it finishes quickly and in
 * silence, an event stream as soon as it says something or stays silent for a second. A client
 * that goes away cancels the call (M-53); since nothing tells a Worker reliably that it has, the
 * stream writes a comment every two seconds, and takes a write that fails, or that nobody reads for
 * half a minute, for an answer.
 *
 * @module
 */
import {
  Cancellation,
  type Cancelled,
  Outbox,
  SSE_HEADERS,
  sseComment,
  sseData,
  startTimer,
} from '../lib'
import { closeInTime, SILENT_MS, writeInTime } from '../session'
import type { WatchStart } from './access'
import { JSON_HEADERS, plainJsonResponse } from './json-response'

/** Nothing else tells a Worker that its client has gone: a write that fails does. */
export const KEEP_ALIVE_MS = 2000
/** More than the longest chain of promises a call passes when none of them waits. */
const QUICK_TURNS = 40
/** Notifications are hints; past this many unread ones a slow reader misses some. */
const MAX_QUEUED = 1000

/** A finished call: its JSON-RPC response as text, and the HTTP status if that is all there is. */
export interface CarriedAnswer {
  json: string
  status: number
  headers?: Record<string, string>
}

export interface CarrierPorts {
  /** Keeps the Worker running for a stream whose client has gone, until the tool was told. */
  waitUntil(work: Promise<unknown>): void
  /** Watches whether the call may go on, once it takes long. */
  watch: WatchStart
}

export type CarriedCall = (
  /** Takes JSON-RPC notifications, as text. */
  outbox: Pick<Outbox<string>, 'put'>,
  gone: Cancelled,
) => Promise<CarriedAnswer>

/**
 * Runs `call` and answers the request it came in.
 *
 * @param call Must not reject: its failures are answers too.
 */
export async function carryCall(
  request: Request,
  call: CarriedCall,
  { waitUntil, watch }: CarrierPorts,
): Promise<Response> {
  const gone = new Cancellation()
  const outbox = new Outbox<string>(MAX_QUEUED)
  let answer: CarriedAnswer | undefined
  const done = call(outbox, gone).then((settled) => {
    answer = settled
    return settled
  })
  // A tool that waits for nothing outside is done before the event loop turns: neither a timer
  // nor a listener is worth setting up for it.
  for (let turn = 0; turn < QUICK_TURNS && !answer && outbox.isEmpty; turn++) await undefined
  if (answer && outbox.isEmpty) return jsonResponse(answer)

  const onGone = () => gone.abort(new DOMException('The client is gone', 'AbortError'))
  const { signal } = request
  // An event that came before the listener is not repeated.
  if (signal.aborted) onGone()
  else signal.addEventListener('abort', onGone, { once: true })
  if (!answer && outbox.isEmpty) {
    const silence = startTimer(SILENT_MS)
    await Promise.race([done, outbox.notEmpty(), silence.over])
    silence.stop()
  }
  // What was said on the way is owed before the answer, so it goes as a stream.
  if (answer && outbox.isEmpty) return jsonResponse(answer)
  // A TransformStream of the standard does not end, not even by abort, while a write waits.
  const { readable, writable } = new IdentityTransformStream()
  const watching = watch(() =>
    gone.abort(new DOMException('Access has been taken away', 'AbortError')),
  )
  waitUntil(pump(writable.getWriter(), outbox, done, onGone).finally(() => watching.stop()))
  return new Response(readable, { headers: SSE_HEADERS })
}

const jsonResponse = ({ json, status, headers }: CarriedAnswer): Response =>
  status === 200 && !headers
    ? plainJsonResponse(json)
    : new Response(json, { status, headers: { ...JSON_HEADERS, ...headers } })

async function pump(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  outbox: Outbox<string>,
  done: Promise<CarriedAnswer>,
  onGone: () => void,
): Promise<void> {
  const write = (text: string) => writeInTime(writer, text)
  // The stream may also break between two writes.
  writer.closed.catch(onGone)
  try {
    await write(sseComment())
    let finished: CarriedAnswer | undefined
    while (!finished) {
      const tick = startTimer(KEEP_ALIVE_MS)
      finished = (await Promise.race([done, outbox.notEmpty(), tick.over])) ?? undefined
      tick.stop()
      const queued = outbox.take()
      if (queued.length > 0) await write(queued.map(sseData).join(''))
      else if (!finished) await write(sseComment())
    }
    await write(sseData(finished.json))
    // It waits until the end is read, too.
    await closeInTime(writer)
  } catch {
    // The only thing that fails here is a write: nobody reads any more, so nothing is owed. The
    // call is told, and gets the chance to notice before the Worker is let go.
    onGone()
    await writer.abort().catch(() => undefined)
    await done
  }
}
