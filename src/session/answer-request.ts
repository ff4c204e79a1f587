/**
 * What each method of a 2025 client does, and the JSON it is answered with.
 *
 * @module
 */
import { changeOf, listAtOnce, listOf, listPage, offers } from '../dispatch'
import type { Cancellation } from '../lib'
import { topicOf } from '../notify'
import {
  type JsonRpcRequest,
  jsonRpcError,
  jsonRpcResult,
  LOG_LEVELS,
  type Params,
  ProtocolError,
  readAsk,
} from '../protocol'
import type { ListName } from '../registry'
import type { Context } from './context'
import { ownerOf, reach } from './reach-session'
import { callerOf, circumstancesOf, runAsk } from './run-ask'

/** The JSON of one answer. Errors of a request are answers like any other in 2025. */
export async function answer(
  message: JsonRpcRequest,
  context: Context,
  cancellation: Cancellation,
): Promise<string> {
  const { id } = message
  try {
    return jsonRpcResult(id, await resultOf(message, context, cancellation))
  } catch (error) {
    if (error instanceof ProtocolError) {
      return jsonRpcError(id, error, context.codec.errorCode(error))
    }
    throw error
  }
}

/** The JSON of one result. @throws {ProtocolError} */
async function resultOf(
  message: JsonRpcRequest,
  context: Context,
  cancellation: Cancellation,
): Promise<string> {
  const { method, params } = message
  const { server } = context.request
  if (method === 'ping') return '{}'
  if (method === 'logging/setLevel') return setLogLevel(params, context)
  if (server.capabilities.resources?.subscribe) {
    if (method === 'resources/subscribe') return subscribe(message, context, cancellation)
    if (method === 'resources/unsubscribe') return unsubscribe(params, context)
  }
  if (offers(server, method)) {
    const ask = readAsk(method, params)
    if (ask) return JSON.stringify(await runAsk(ask, message, context, cancellation))
    const list = listOf(method)
    if (list) return listItems(list, params, context, cancellation)
  }
  throw new ProtocolError('method_not_found', `Method "${method}" is not offered here.`)
}

async function setLogLevel(
  { level }: Params,
  { request, session, ports }: Context,
): Promise<string> {
  const known = LOG_LEVELS.find((it) => it === level)
  if (known === undefined) {
    throw new ProtocolError('invalid_params', `level must be one of ${LOG_LEVELS.join(', ')}.`)
  }
  const owner = ownerOf(session, request, ports)
  await reach(() => ports.sessionObject(session).setLogLevel(owner, known))
  return '{}'
}

/**
 * Subscribes to what the caller can read, which is tried: only the code behind it knows whether it
 * would show this caller anything, and that something has changed is a secret too.
 */
async function subscribe(
  message: JsonRpcRequest,
  context: Context,
  cancellation: Cancellation,
): Promise<string> {
  const { request, session, ports } = context
  const uri = uriOf(message.params)
  await runAsk({ method: 'resources/read', uri }, message, context, cancellation)
  const { principal } = callerOf(session, request, ports.tenant)
  const change = changeOf(request.server, uri, principal.id)
  if (!change) throw new ProtocolError('internal_error', 'This resource cannot be subscribed to.')
  const topic = await topicOf(change)
  const owner = ownerOf(session, request, ports)
  const { full } = await reach(() => ports.sessionObject(session).subscribe(owner, { uri, topic }))
  if (full) {
    throw new ProtocolError(
      'invalid_params',
      'This session has as many subscriptions as it may; unsubscribe from one first.',
    )
  }
  return '{}'
}

async function unsubscribe(params: Params, { request, session, ports }: Context): Promise<string> {
  const uri = uriOf(params)
  const owner = ownerOf(session, request, ports)
  await reach(() => ports.sessionObject(session).unsubscribe(owner, uri))
  return '{}'
}

/** @throws {ProtocolError} `invalid_params` */
function uriOf(params: Params): string {
  const ask = readAsk('resources/read', params)
  return ask?.method === 'resources/read' ? ask.uri : ''
}

async function listItems(
  list: ListName,
  params: Params,
  context: Context,
  cancellation: Cancellation,
): Promise<string> {
  const { request, ports, session } = context
  const { cursor } = params
  const { revision } = session
  const caller = callerOf(session, request, ports.tenant)
  const whole = listAtOnce(list, cursor, revision, request.server, caller)
  if (whole !== undefined) return `{"${list}":${whole}}`
  const circumstances = circumstancesOf(params, context, cancellation)
  const { json, nextCursor } = await listPage(
    { list, cursor, revision, circumstances, caller },
    ports,
  )
  const rest = nextCursor === undefined ? '' : `,"nextCursor":${JSON.stringify(nextCursor)}`
  return `{"${list}":${json}${rest}}`
}
