/**
 * Questions to the client of a session: how a run waits for them, and what another Worker needs to
 * go on with the call when they are answered.
 *
 * @module
 */
import type { DispatchResult, Reentry, SuspendedCall } from '../dispatch'
import type { OpenQuestion } from '../handler'
import { type Cancelled, isObject } from '../lib'
import { type JsonRpcRequest, jsonRpcRequest, ProtocolError, type RevisionCodec } from '../protocol'

/** A run that can go on only when its client has answered. */
export interface Asking {
  /** What whoever goes on with the call has to know, as JSON. */
  entry: string
  /** Each as it is sent, in order. */
  questions: readonly { id: string; message: string }[]
  /** Goes on with the JSON of what came back for each, by id. */
  goOn(answers: ReadonlyMap<string, string>): void
  giveUp(error: unknown): void
}

/** What a call says on its way. */
export type Said = string | Asking

/** A call as it is kept while it waits. */
interface Entry {
  message: Pick<JsonRpcRequest, 'id' | 'method' | 'params'>
  suspended: SuspendedCall
  /** What was asked, by the id it went out under. */
  asked: Record<string, Pick<OpenQuestion, 'key'> & { method: OpenQuestion['request']['method'] }>
}

/** A call that may go on, with the JSON of what came back for each question, by id. */
export interface Answered {
  entry: Entry
  answers: ReadonlyMap<string, string>
}

/**
 * Asks the client of a call, by what takes its messages, and waits for the answers.
 *
 * @throws {ProtocolError} when the question cannot be put to this client, or nobody answers.
 */
export async function askClient(
  { questions, suspended }: DispatchResult & { kind: 'input_required' },
  { id, method, params }: JsonRpcRequest,
  codec: RevisionCodec,
  put: (asking: Asking) => void,
  cancellation: Cancelled,
): Promise<Answered> {
  const asked: Entry['asked'] = {}
  const sent = questions.map(({ key, request }) => {
    // Never used again, and nobody can guess one: whoever knows it was asked.
    const questionId = crypto.randomUUID()
    asked[questionId] = { key, method: request.method }
    const spelled = codec.question(request, questionId)
    return { id: questionId, message: jsonRpcRequest(questionId, request.method, spelled) }
  })
  const entry: Entry = { message: { id, method, params }, suspended, asked }
  const waiting = Promise.withResolvers<ReadonlyMap<string, string>>()
  const onAbort = () => waiting.reject(cancellation.reason)
  cancellation.addEventListener('abort', onAbort, { once: true })
  try {
    put({
      entry: JSON.stringify(entry),
      questions: sent,
      goOn: waiting.resolve,
      giveUp: waiting.reject,
    })
    if (cancellation.aborted) onAbort()
    return { entry, answers: await waiting.promise }
  } finally {
    cancellation.removeEventListener('abort', onAbort)
  }
}

/** What `askClient` left of a call, with the answers there are now. */
export const readEntry = (text: string, answers: ReadonlyMap<string, string>): Answered => ({
  entry: JSON.parse(text),
  answers,
})

/**
 * What the core is told of answers.
 *
 * @throws {ProtocolError} when the client could not do what only it can.
 */
export function reentryOf({ entry: { suspended, asked }, answers }: Answered): Reentry {
  const given: Record<string, unknown> = {}
  for (const [id, { key, method }] of Object.entries(asked)) {
    const answer: unknown = JSON.parse(answers.get(id) ?? '{}')
    if (!isObject(answer)) continue
    if ('result' in answer) given[key] = answer.result
    // Whatever kept a form from being filled in: for the call it is one that nobody did.
    else if (method === 'elicitation/create') given[key] = { action: 'cancel' }
    else throw refused(method, answer.error)
  }
  return { suspended, answers: given }
}

function refused(method: string, error: unknown): ProtocolError {
  const message = isObject(error) && typeof error.message === 'string' ? error.message : ''
  return new ProtocolError(
    'item_failed',
    `The client did not do what this call asked it for (${method}): ${message.slice(0, 300)}`,
  )
}
