/**
 * Calls of the API this module was imported from: arguments to a request, its answer to a result.
 * Credentials are not here: the platform puts them into requests to the hosts they are for.
 *
 * @module
 */
import { ToolError } from '#sdk'

export interface Operation {
  method: string
  /** With `{name}` for each parameter of the path. */
  url: string
  parameters?: readonly Parameter[]
  /** Media type of the argument `body`. */
  body?: string
  /** Media type of the answer. */
  accept?: string
  /** The field a result gets when the API answers with something else than an object. */
  wrap?: 'items' | 'value'
}

export interface Parameter {
  in: 'path' | 'query' | 'header'
  /** As the API calls it. */
  name: string
  /** As the tool calls it, where that is something else. */
  argument?: string
  /** How a list or an object is written; `repeat` unless given. */
  style?: 'repeat' | 'comma' | 'space' | 'pipe' | 'deep' | 'json'
}

type Arguments = Record<string, unknown>

/** What a call needs of the context of its tool. */
interface Context {
  fetch(url: string, init?: RequestInit): Promise<Response>
  readonly signal: AbortSignal
}

const MAX_REASON = 300

/** The answer as a value. @throws {ToolError} in words the model can use, when there is none. */
export async function callApi(
  operation: Operation,
  args: Arguments,
  context: Context,
): Promise<Record<string, unknown>> {
  const text = await callForText(operation, args, context)
  if (text === '')
    throw new ToolError('upstream_empty', 'The API accepted that, and answered nothing.')
  const value = parse(text)
  if (value === undefined)
    throw new ToolError('upstream_failed', 'The API did not answer with JSON.')
  if (operation.wrap) return { [operation.wrap]: value }
  if (isObject(value)) return value
  throw new ToolError('upstream_failed', 'The API answered with something else than an object.')
}

/** The answer as it is; empty when there is nothing in it. @throws {ToolError} when it is an error. */
export async function callForText(
  { method, url, parameters = [], body, accept = 'application/json' }: Operation,
  args: Arguments,
  { fetch, signal }: Context,
): Promise<string> {
  // Some APIs refuse programs that do not say what they are.
  const headers: Record<string, string> = { accept, 'user-agent': 'Quayside' }
  const query = new URLSearchParams()
  let address = url
  for (const { in: place, name, argument = name, style = 'repeat' } of parameters) {
    const value = args[argument]
    if (value === undefined || value === null) continue
    if (place === 'path') address = address.replace(`{${name}}`, () => segment(argument, value))
    else if (place === 'header') headers[name] = String(value)
    else addToQuery(query, name, value, style)
  }
  if (query.size > 0) address += `?${query}`
  const content =
    args.body === undefined || body === undefined ? undefined : encode(args.body, body)
  if (content !== undefined && body !== undefined) headers['content-type'] = body
  const response = await fetch(address, {
    method,
    headers,
    signal,
    ...(content !== undefined && { body: content }),
  })
  const text = await response.text()
  if (!response.ok) throw refusal(response, text)
  return text
}

/** In a path, `..` would lead to another operation. */
function segment(argument: string, value: unknown): string {
  const text = Array.isArray(value) ? value.map(String).join(',') : String(value)
  if (/^\.{0,2}$/.test(text)) {
    throw new ToolError('invalid_argument', `"${text}" cannot be used for ${argument}.`)
  }
  return encodeURIComponent(text)
}

const SEPARATORS = { comma: ',', space: ' ', pipe: '|' }

function addToQuery(
  query: URLSearchParams,
  name: string,
  value: unknown,
  style: NonNullable<Parameter['style']>,
): void {
  if (style === 'json') query.append(name, JSON.stringify(value))
  else if (style === 'deep') addDeep(query, name, value)
  else if (Array.isArray(value)) {
    if (style === 'repeat') for (const item of value) query.append(name, String(item))
    else query.append(name, value.map(String).join(SEPARATORS[style]))
  } else if (isObject(value)) {
    const entries = Object.entries(value)
    if (style === 'repeat') for (const [key, item] of entries) query.append(key, String(item))
    else query.append(name, entries.flat().map(String).join(SEPARATORS[style]))
  } else query.append(name, String(value))
}

/** `a[b]=1`, and `a[]=1` for a list. */
function addDeep(query: URLSearchParams, name: string, value: unknown): void {
  if (Array.isArray(value)) for (const item of value) addDeep(query, `${name}[]`, item)
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) addDeep(query, `${name}[${key}]`, item)
  } else if (value !== undefined) query.append(name, String(value))
}

function encode(body: unknown, type: string): string {
  if (type.startsWith('text/')) return String(body)
  if (type !== 'application/x-www-form-urlencoded') return JSON.stringify(body)
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(isObject(body) ? body : {})) addDeep(form, name, value)
  return form.toString()
}

/** The one sentence an API gives for a refusal, for the model to mend its arguments; no more of it. */
function refusal({ status, headers }: Response, text: string): ToolError {
  if (status === 401) {
    const words =
      'The API does not accept the credentials of this module (401). Its operator can mend that.'
    return new ToolError('upstream_unauthorized', words)
  }
  const after = headers.get('retry-after')
  const reason = status < 500 ? reasonIn(parse(text)) : undefined
  const words = [
    `The API answered ${status}`,
    ...(reason ? [`: ${reason.slice(0, MAX_REASON)}`] : ['.']),
  ]
  if (after && /^\d+$/.test(after)) words.push(` Try again in ${after} seconds.`)
  return new ToolError(`upstream_${status}`, words.join(''))
}

function reasonIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return reasonIn(value[0])
  if (!isObject(value)) return undefined
  const found = value.message ?? value.detail ?? value.error_description ?? value.title
  return typeof found === 'string' ? found : reasonIn(value.error ?? value.errors)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
