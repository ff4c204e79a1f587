/**
 * The JSON-RPC 2.0 envelope as MCP narrows it: ids are strings or integers, never null, and
 * `params` is an object.
 *
 * @module
 */
import { isObject } from '../lib'
import type { ProtocolError } from './protocol-error'

export type RequestId = string | number
export type Params = Record<string, unknown>

export interface JsonRpcRequest {
  kind: 'request'
  id: RequestId
  method: string
  params: Params
}
export interface JsonRpcNotification {
  kind: 'notification'
  method: string
  params: Params
}
export interface JsonRpcResponse {
  kind: 'response'
  id: RequestId
  /** What came back, under the name it came. */
  outcome: { result: Params } | { error: Params }
}
export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse

const NO_PARAMS: Params = Object.freeze({})

/** One parsed JSON value as a message, or what is wrong with it in words for the sender. */
export function readMessage(
  value: unknown,
): { ok: true; message: JsonRpcMessage } | { ok: false; problem: string } {
  if (!isObject(value)) return problem('the body is not a JSON-RPC message object')
  if (value.jsonrpc !== '2.0') return problem('`jsonrpc` is not "2.0"')
  const hasId = 'id' in value
  const id = readId(value.id)
  if (hasId && id === undefined) return problem('`id` is neither a string nor an integer')
  if (value.method === undefined) return readResponse(value, id)
  if (typeof value.method !== 'string') return problem('`method` is not a string')
  const { method, params = NO_PARAMS } = value
  if (!isObject(params)) return problem('`params` is not an object')
  if (id === undefined) return { ok: true, message: { kind: 'notification', method, params } }
  return { ok: true, message: { kind: 'request', id, method, params } }
}

/** The id to answer a request with even when the rest of it could not be read. */
export function idOf(value: unknown): RequestId | null {
  return (isObject(value) ? readId(value.id) : undefined) ?? null
}

function readResponse(value: Params, id: RequestId | undefined): ReturnType<typeof readMessage> {
  if (id === undefined) return problem('neither `method` nor `id` is present')
  const { result, error } = value
  if ('result' in value && 'error' in value) return problem(EITHER)
  if (isObject(result)) return { ok: true, message: { kind: 'response', id, outcome: { result } } }
  if (isObject(error)) return { ok: true, message: { kind: 'response', id, outcome: { error } } }
  return problem(EITHER)
}

const EITHER = 'a response carries either `result` or `error`'

const readId = (id: unknown): RequestId | undefined =>
  typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : undefined

const problem = (text: string): { ok: false; problem: string } => ({ ok: false, problem: text })

/** A request's response, as text. `result` is JSON. */
export const jsonRpcResult = (id: RequestId, result: string): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`

/**
 * The response to a request that failed, as text.
 *
 * @param code For a revision that has another one than today's.
 */
export function jsonRpcError(
  id: RequestId | null,
  { code: usual, message, data }: ProtocolError,
  code: number = usual,
): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...(data && { data }) } })
}

/** A request of ours, as text. */
export const jsonRpcRequest = (id: RequestId, method: string, params: Params | undefined): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, ...(params && { params }) })

/** A notification, as text. */
export const jsonRpcNotification = (method: string, params: Params): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params })

/** Whether a message of ours, as text, is a notification: nobody is owed one. */
export const isNotificationText = (json: string): boolean =>
  json.startsWith('{"jsonrpc":"2.0","method":')
