/**
 * A request on its run, however it is answered in the end: as plain JSON, on a stream of its own, or
 * by another Worker than the one that began it.
 *
 * @module
 */
import { Cancellation } from '../lib'
import { type JsonRpcRequest, jsonRpcError, type RequestId, readMessage } from '../protocol'
import type { HostedServer } from '../registry'
import { answer } from './answer-request'
import { readEntry } from './asking'
import { type Context, contextOf, type Served } from './context'
import { PART_CHARS } from './frames'
import type { AdoptedCall } from './listener'
import { ownerOf, requireLiving, watchOf } from './reach-session'
import {
  cannotAsk,
  type StreamedCall,
  type StreamOptions,
  streamCall,
  takeOverCall,
} from './streamed-call'

/** Runs one request. Undefined when its client has cancelled it: then nothing is said (H-71). */
export async function run(message: JsonRpcRequest, context: Context): Promise<string | undefined> {
  const cancellation = new Cancellation()
  context.cancellations.set(JSON.stringify(message.id), cancellation)
  const said = await answer(message, context, cancellation).catch((cause: unknown) =>
    // A bug is answered too: its client would wait for ever. Nobody waits for what was stopped.
    cancellation.aborted && cause === cancellation.reason
      ? undefined
      : jsonRpcError(message.id, context.ports.unexpected(cause)),
  )
  return isCancelled(cancellation) ? undefined : said
}

/** Marks a cancellation as the client's own, which nobody wants to be answered. */
const CANCELLED = 'CancelledByClient'

const isCancelled = ({ reason }: Cancellation): boolean =>
  reason instanceof DOMException && reason.name === CANCELLED

export async function promote(
  running: StreamedCall['answers'],
  requests: JsonRpcRequest[],
  context: Context,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const { request, codec } = context
  const [first, ...more] = requests
  const only = more.length === 0 ? first : undefined
  const tool = only && toolOf(only, request.server)
  const message = only && isRepeatable(only, request.server) ? messageText(only) : undefined
  const call = {
    ...callOf(running, context),
    key: crypto.randomUUID(),
    fence: 1,
    ...(message !== undefined && message.length <= PART_CHARS && { message }),
  }
  return streamCall(call, {
    ...streamOptions(context),
    primes: codec.primesStreams,
    pollAfterMs: codec.primesStreams ? tool?.pollAfterMs : undefined,
  })
}

/** Has every question of these calls answered with an error: nobody would take the answer. */
export function refuseAsking(context: Context): void {
  const error = cannotAsk()
  context.askingRefused = error
  for (const said of context.outbox.take()) if (typeof said !== 'string') said.giveUp(error)
}

/**
 * Runs a call whose runner is gone. Who may do what is judged by who asks for it now: by what their
 * token lets them do by now, for its connection may be much older than the call.
 */
export async function adopt(
  { key, fence, message, progress, resumes }: AdoptedCall,
  served: Served,
  options: Pick<StreamOptions, 'isAlone' | 'aloneMs'> = {},
): Promise<void> {
  // Whoever cannot ask cannot run it either, and the object finds somebody else.
  const { session, ports } = served
  const living = await requireLiving(session, ports).catch(() => undefined)
  const access = await ports.currentAccess().catch(() => undefined)
  if (!living || !access) return
  const { logLevel } = living
  const request = { ...served.request, access }
  const context = { ...contextOf({ request, ports, session, logLevel }), progressHeard: progress }
  const about = { key, fence }
  const how = { ...streamOptions(context), primes: false, ...options }
  if (resumes?.[0] !== undefined) {
    await takeOverCall({ ...resumed(resumes[0], context), ...about }, how)
    return
  }
  const read = readMessage(JSON.parse(message))
  if (!read.ok || read.message.kind !== 'request') return
  const running = [{ id: read.message.id, body: run(read.message, context) }]
  await takeOverCall({ ...callOf(running, context), ...about }, how)
}

/** A call that goes on once the object has told what with: only then is it this runner's. */
function resumed(id: RequestId, context: Context) {
  const body = Promise.withResolvers<string | undefined>()
  return {
    ...callOf([{ id, body: body.promise }], context),
    resume(entry: string, answers: ReadonlyMap<string, string>) {
      context.answered = readEntry(entry, answers)
      body.resolve(run({ kind: 'request', ...context.answered.entry.message }, context))
    },
  }
}

const callOf = (answers: StreamedCall['answers'], { outbox, cancellations }: Context) => ({
  answers,
  outbox,
  cancel(id: RequestId, reason: string | undefined) {
    const why = new DOMException(reason ?? 'The client has cancelled the request', CANCELLED)
    cancellations.get(JSON.stringify(id))?.abort(why)
  },
  abandon(reason: unknown) {
    for (const cancellation of cancellations.values()) cancellation.abort(reason)
  },
})

const streamOptions = ({ request, ports, session }: Context) => ({
  object: () => ports.sessionObject(session),
  session: ownerOf(session, request, ports),
  waitUntil: ports.waitUntil,
  watch: watchOf(session, request, ports),
})

const messageText = ({ id, method, params }: JsonRpcRequest): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

export const toolOf = ({ method, params }: JsonRpcRequest, server: HostedServer) =>
  method === 'tools/call' && typeof params.name === 'string'
    ? server.tools.get(params.name)?.definition
    : undefined

/** Whether running a request twice does no harm: whatever is no tool only reads. */
function isRepeatable(message: JsonRpcRequest, server: HostedServer): boolean {
  if (message.method !== 'tools/call') return true
  const { readOnlyHint, idempotentHint } = toolOf(message, server)?.annotations ?? {}
  return readOnlyHint === true || idempotentHint === true
}
