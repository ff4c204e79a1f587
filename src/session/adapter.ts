/**
 * The 2025 rim: turns messages of the three revisions with a handshake into calls of the core, and
 * results back: as plain JSON while a call is quick and silent, else on a stream.
 *
 * @module
 */
import { mayHear } from '../dispatch'
import { startTimer } from '../lib'
import { readNotice } from '../notify'
import {
  CODECS,
  type JsonRpcMessage,
  type JsonRpcRequest,
  ProtocolError,
  type Revision2025,
} from '../protocol'
import type { HostedServer } from '../registry'
import { type Context, contextOf } from './context'
import { readEventId } from './event-id'
import { initialize } from './initialize'
import { listen } from './listener'
import { cancelOthers, passAnswers } from './pass-on'
import {
  ownerOf,
  reach,
  requireLiving,
  requireSession,
  sessionGone,
  unavailable,
  watchOf,
} from './reach-session'
import { adopt, promote, refuseAsking, run, toolOf } from './run-request'
import type { SessionPorts, SessionReply, SessionRequest } from './session-ports'

const MAX_BATCH = 50
/** A call that stays silent for as long is answered on a stream. */
export const SILENT_MS = 1000
/** More than the longest chain of promises a call passes when none of them waits. */
const QUICK_TURNS = 60

/**
 * Answers one POST.
 *
 * @throws {ProtocolError} where the whole request is refused rather than one message in it:
 *   `invalid_request` without a session id, `session_gone` for an id that is not ours or over,
 *   `unavailable` when nobody can tell.
 */
export async function answerSession(
  request: SessionRequest,
  ports: SessionPorts,
): Promise<SessionReply> {
  const { body } = request
  if (!Array.isArray(body) && body.kind === 'request' && body.method === 'initialize') {
    return initialize(body, request, ports)
  }
  const session = await requireSession(request, ports)
  if (Array.isArray(body)) checkBatch(body, session.revision)
  const messages = Array.isArray(body) ? body : [body]
  const { logLevel } = await requireLiving(session, ports, messages.some(isOfReadyClient))
  await cancelOthers(messages, session, request, ports)
  const requests = messages.filter((message) => message.kind === 'request')
  if (requests.length < messages.length) {
    await passAnswers(messages, { request, ports, session, logLevel })
  }
  if (requests.length === 0) return { json: undefined }

  const context = contextOf({ request, ports, session, logLevel })
  if (requests.length > 1) context.askingRefused = askedInArray()
  const running = requests.map((message) => ({ id: message.id, body: run(message, context) }))
  const answers = await quickly(running, context, silenceFor(requests, request.server))
  if (!answers) {
    const stream = await promote(running, requests, context)
    if (stream) return { stream }
    refuseAsking(context)
  }
  const said = answers ?? (await Promise.all(running.map(({ body }) => body)))
  const json = said.filter((answer) => answer !== undefined)
  if (Array.isArray(body)) return { json: json.length > 0 ? `[${json.join(',')}]` : undefined }
  const { shortfall } = context
  return shortfall === undefined ? { json: json[0] } : { json: json[0], shortfall }
}

/** Answers a GET: a stream of notices, or what is missing of the stream `lastEventId` is from. */
export async function listenToSession(
  request: Omit<SessionRequest, 'body'> & { lastEventId: string | undefined },
  ports: SessionPorts,
): Promise<ReadableStream<Uint8Array>> {
  const { lastEventId } = request
  const session = await requireSession(request, ports)
  const from = lastEventId === undefined ? undefined : readEventId(lastEventId)
  if (lastEventId !== undefined && !from) {
    throw new ProtocolError('invalid_request', 'Last-Event-ID is none that this session gave out.')
  }
  const listening = await listen({
    object: () => ports.sessionObject(session),
    session: ownerOf(session, request, ports),
    from,
    primes: CODECS[session.revision].primesStreams,
    adopt: (call) => adopt(call, { request, ports, session, logLevel: undefined }),
    mayHear(text) {
      const notice = readNotice(text)
      // What is no notice belongs to the client whatever it may read by now.
      return !notice || mayHear(notice, request.server, request.access)
    },
    waitUntil: ports.waitUntil,
    watch: watchOf(session, request, ports, 'all'),
  })
  if (listening.ok) return listening.body
  switch (listening.reason) {
    case 'over':
      throw sessionGone()
    case 'gone':
      throw new ProtocolError(
        'invalid_request',
        'What followed that event is no longer kept. Send the request again, if it may be repeated.',
      )
    // Clients come back after an error or a cancellation too, and only this keeps them from trying
    // again every second.
    case 'cancelled':
      throw new ProtocolError('method_not_allowed', 'That request was cancelled; nothing follows.')
    case 'ended':
      throw new ProtocolError('method_not_allowed', 'That was the last event; nothing follows.')
    case 'unreachable':
    case 'superseded':
    case 'taken':
      // The last two are said to those who had a call or a stream before.
      throw unavailable()
    default:
      return listening.reason satisfies never
  }
}

/** Answers a DELETE: the session is over, everywhere and for good. */
export async function endSession(
  request: Omit<SessionRequest, 'body'>,
  ports: SessionPorts,
): Promise<void> {
  const session = await requireSession(request, ports)
  await requireLiving(session, ports)
  const owner = ownerOf(session, request, ports)
  await reach(() => ports.sessionObject(session).end(owner))
}

/** Whether a message says that its client has `initialize` behind it: a ping does not (H-22). */
const isOfReadyClient = (message: JsonRpcMessage): boolean =>
  message.kind !== 'request' || message.method !== 'ping'

/** All answers, unless that takes long or something is said before. */
async function quickly(
  running: { body: Promise<string | undefined> }[],
  { outbox, ports }: Pick<Context, 'outbox' | 'ports'>,
  silentMs: number,
): Promise<(string | undefined)[] | undefined> {
  let answers: (string | undefined)[] | undefined
  const all = Promise.all(running.map(({ body }) => body)).then((settled) => {
    answers = settled
  })
  for (let turn = 0; turn < QUICK_TURNS && !answers && outbox.isEmpty; turn++) await undefined
  if (!answers && outbox.isEmpty) {
    // A client that goes away has not cancelled (H-52): what takes its time runs to its end.
    ports.waitUntil(all)
    const silence = startTimer(silentMs)
    await Promise.race([all, outbox.notEmpty(), silence.over])
    silence.stop()
  }
  // What was said on the way is owed before the answer.
  return outbox.isEmpty ? answers : undefined
}

/** How long these may be silent; one that gives up its connection early needs a stream early. */
const silenceFor = ([only]: JsonRpcRequest[], server: HostedServer): number =>
  Math.min(SILENT_MS, (only && toolOf(only, server)?.pollAfterMs) ?? SILENT_MS)

const askedInArray = (): ProtocolError =>
  new ProtocolError(
    'item_failed',
    'This call has to ask something. Send it alone, not in an array.',
  )

function checkBatch(batch: JsonRpcMessage[], revision: Revision2025): void {
  if (revision !== '2025-03-26') {
    throw invalidRequest(`revision ${revision} has no arrays; send one message per request`)
  }
  if (batch.length > MAX_BATCH) throw invalidRequest(`an array holds at most ${MAX_BATCH} messages`)
  if (batch.some((message) => message.kind === 'request' && message.method === 'initialize')) {
    throw invalidRequest('initialize is sent alone, not in an array')
  }
}

const invalidRequest = (problem: string): ProtocolError =>
  new ProtocolError('invalid_request', `Refused: ${problem}.`)
