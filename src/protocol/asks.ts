/**
 * What a client can ask the core for: the parameters of each method that runs code of a module, and
 * what it ends in. Both are the same in all revisions, but for how a codec spells the result.
 *
 * @module
 */
import { isObject } from '../lib'
import type { RevisionCodec } from './codec'
import type { Params } from './json-rpc'
import { ProtocolError } from './protocol-error'
import type {
  CallToolResult,
  CompleteResult,
  GetPromptResult,
  ReadResourceResult,
  Resource,
} from './wire'

export type Ask =
  | { method: 'tools/call'; tool: string; args: unknown }
  | { method: 'resources/read'; uri: string }
  | { method: 'prompts/get'; prompt: string; args: unknown }
  | {
      method: 'completion/complete'
      of: { prompt: string } | { template: string }
      argument: string
      value: string
      chosen: Record<string, string>
    }
  /** The part of a resources/list that a template's own code makes. */
  | { method: 'resources/list'; template: string; cursor: string | undefined }

export type AskedMethod = Ask['method']
/** What is asked for by a request of its own. */
export type AnsweredAsk = Extract<Ask, { method: AnsweredMethod }>

/** What each method ends in. */
export interface Results {
  'tools/call': CallToolResult
  'resources/read': ReadResourceResult
  'prompts/get': GetPromptResult
  'completion/complete': CompleteResult
  'resources/list': { resources: Resource[]; nextCursor?: string }
}

/** An address longer than this is none of ours. */
export const MAX_URI_LENGTH = 2048
/** Nobody types more of a word, and nobody chooses among more. */
const MAX_TYPED_LENGTH = 1024
const MAX_CHOSEN = 100

/**
 * What a request asks for, or undefined when its method runs nothing of a module.
 *
 * @throws {ProtocolError} `invalid_params`, with the parameter and what it must be.
 */
export function readAsk(method: string, params: Params): AnsweredAsk | undefined {
  switch (method) {
    case 'tools/call':
      return { method, tool: nameOf(params, method, 'a tool'), args: params.arguments }
    case 'prompts/get':
      return { method, prompt: nameOf(params, method, 'a prompt'), args: params.arguments }
    case 'resources/read':
      if (typeof params.uri !== 'string' || params.uri.length > MAX_URI_LENGTH) {
        throw invalid(`${method} needs params.uri, of at most ${MAX_URI_LENGTH} characters.`)
      }
      return { method, uri: params.uri }
    case 'completion/complete':
      return readCompletion(params)
    default:
      return undefined
  }
}

/** What a client sends along when it comes back with answers. */
export interface Retry {
  requestState: string | undefined
  /** By the key of the question; anything. */
  inputResponses: Record<string, unknown>
}

/** Those that may be answered with questions (M-70). */
const MAY_ASK: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])

/**
 * The retry that a request is (MCP 2026-07-28, Multi Round-Trip Requests), or undefined. A client may
 * also send answers along with a fresh call, to questions it knows.
 *
 * @throws {ProtocolError} `invalid_params`
 */
export function readRetry(
  method: string,
  { requestState, inputResponses }: Params,
): Retry | undefined {
  if (requestState === undefined && inputResponses === undefined) return undefined
  if (!MAY_ASK.has(method)) return undefined
  if (requestState !== undefined && typeof requestState !== 'string') {
    throw invalid('params.requestState must be a text.')
  }
  if (inputResponses === undefined) return { requestState, inputResponses: {} }
  if (!isObject(inputResponses)) {
    throw invalid('params.inputResponses must be an object of answers, by the key of the question.')
  }
  return { requestState, inputResponses }
}

function nameOf({ name }: Params, method: string, what: string): string {
  if (typeof name === 'string') return name
  throw invalid(`${method} needs the name of ${what} in params.name.`)
}

function readCompletion({ ref, argument, context }: Params): AnsweredAsk {
  const { name, value } = isObject(argument) ? argument : {}
  if (typeof name !== 'string' || typeof value !== 'string' || value.length > MAX_TYPED_LENGTH) {
    throw invalid(
      'completion/complete needs params.argument with the texts "name" and "value", the latter ' +
        `of at most ${MAX_TYPED_LENGTH} characters.`,
    )
  }
  const chosen = isObject(context) ? (context.arguments ?? {}) : {}
  return {
    method: 'completion/complete',
    of: readReference(ref),
    argument: name,
    value,
    chosen: readChosen(chosen),
  }
}

function readReference(ref: unknown): { prompt: string } | { template: string } {
  const { type, name, uri } = isObject(ref) ? ref : {}
  if (type === 'ref/prompt' && typeof name === 'string') return { prompt: name }
  if (type === 'ref/resource' && typeof uri === 'string') return { template: uri }
  throw invalid(
    'params.ref must be {"type":"ref/prompt","name":…} or {"type":"ref/resource","uri":…}.',
  )
}

function readChosen(chosen: unknown): Record<string, string> {
  const entries = isObject(chosen) ? Object.entries(chosen) : undefined
  if (
    !entries ||
    entries.length > MAX_CHOSEN ||
    entries.some(([, value]) => typeof value !== 'string' || value.length > MAX_TYPED_LENGTH)
  ) {
    throw invalid('params.context.arguments must be an object of texts, none of them long.')
  }
  return chosen as Record<string, string> // as just checked
}

/** Methods whose result is sent as it is; a list is put together of several. */
export type AnsweredMethod = Exclude<AskedMethod, 'resources/list'>

const SPELLINGS: {
  [Method in AnsweredMethod]: (
    codec: RevisionCodec,
    result: Results[Method],
  ) => Record<string, unknown>
} = {
  'tools/call': (codec, result) => codec.callResult(result),
  'resources/read': (codec, result) => codec.readResult(result),
  'prompts/get': (codec, result) => codec.promptResult(result),
  'completion/complete': (codec, result) => codec.completeResult(result),
}

/** The result of a method as clients of one revision know it. */
export const spellResult = <Method extends AnsweredMethod>(
  codec: RevisionCodec,
  method: Method,
  result: Results[Method],
): Record<string, unknown> => SPELLINGS[method](codec, result)

const invalid = (message: string): ProtocolError => new ProtocolError('invalid_params', message)
