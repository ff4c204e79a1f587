/**
 * What a client says about requests that may run in any isolate: that it cancels one, or what it
 * answers to a question. The session's object passes it on.
 *
 * @module
 */
import { type JsonRpcMessage, ProtocolError, type RequestId } from '../protocol'
import type { Served } from './context'
import { PART_CHARS } from './frames'
import type { AdoptedCall } from './listener'
import { ownerOf, reach, sessionGone } from './reach-session'
import { adopt } from './run-request'
import type { SessionClaims } from './session-id'
import type { SessionPorts, SessionRequest } from './session-ports'
import { ALONE_MS } from './streamed-call'
import { substitute } from './substitute'

/** Passes on what a client cancels: the request may run in any isolate. */
export async function cancelOthers(
  messages: JsonRpcMessage[],
  session: SessionClaims,
  request: SessionRequest,
  ports: SessionPorts,
): Promise<void> {
  for (const message of messages) {
    if (message.kind !== 'notification' || message.method !== 'notifications/cancelled') continue
    const { requestId, reason } = message.params
    // What names no request is ignored, as one that names a finished request is (H-71).
    if (typeof requestId !== 'string' && typeof requestId !== 'number') continue
    if (String(requestId).length > MAX_CANCELLED_ID_LENGTH) continue
    const said = typeof reason === 'string' ? reason.slice(0, MAX_REASON_LENGTH) : undefined
    const owner = ownerOf(session, request, ports)
    const telling = reach(() => ports.sessionObject(session).cancel(owner, requestId, said))
    // Its sender may not wait for an answer.
    ports.waitUntil(telling.catch(() => undefined))
    await telling
  }
}

const MAX_REASON_LENGTH = 300
/** Ids are a few characters; what is noted of a stranger's must not be more than that. */
const MAX_CANCELLED_ID_LENGTH = 256

/** Passes on what a client answers, and goes on with a call that nobody else goes on with. */
export async function passAnswers(messages: JsonRpcMessage[], served: Served): Promise<void> {
  const { request, ports, session } = served
  for (const message of messages) {
    if (message.kind !== 'response' || !isQuestionId(message.id)) continue
    const answer = JSON.stringify(message.outcome)
    if (answer.length > PART_CHARS) {
      throw new ProtocolError(
        'invalid_request',
        `Refused: an answer to a question has at most ${PART_CHARS} characters.`,
      )
    }
    const { id } = message
    const object = () => ports.sessionObject(session)
    const owner = ownerOf(session, request, ports)
    const { over, ready } = await reach(() => object().answer(owner, id, answer))
    if (over) throw sessionGone()
    if (ready === undefined) continue
    const startedAt = Date.now()
    const goOn = (call: AdoptedCall) =>
      adopt(call, served, { isAlone: true, aloneMs: ALONE_MS - (Date.now() - startedAt) })
    const standIn = { object, session: owner, key: ready, adopt: goOn, aloneMs: ALONE_MS }
    ports.waitUntil(substitute(standIn))
  }
}

/** Answers to anything else, such as a ping that was never sent, are nobody's. */
const isQuestionId = (id: RequestId): id is string => typeof id === 'string' && UUID.test(id)

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
