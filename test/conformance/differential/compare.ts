/**
 * What a client can tell of an answer, and where two answers differ. The words of errors are each
 * server's own, and so is whether one message comes as JSON or as an event.
 *
 * @module
 */

/** An answer in one line, such as `200 result`, and its facts by their paths. */
export interface Facts {
  answer: string
  /** Values as JSON; those of lists, in their order, under one path. */
  rest: ReadonlyMap<string, string>
}

export interface Difference {
  exchange: string
  /** `answer`, or where two answers of one kind are not the same: `result.tools[].name`. */
  path: string
  official: string
  ours: string
}

const HEADERS = ['allow', 'mcp-session-id']

/** Reads an answer to its end. */
export async function factsOf(response: Response): Promise<Facts> {
  const rest = new Map<string, string[]>()
  const note = (path: string, value: unknown) =>
    rest.set(path, [...(rest.get(path) ?? []), JSON.stringify(value)])
  for (const name of HEADERS) {
    const value = response.headers.get(name)
    // A session id is whatever its server makes of it.
    if (value !== null) note(name, name === 'mcp-session-id' ? 'an id' : value)
  }
  const said = saidIn(response.headers.get('content-type') ?? '', await response.text())
  const messages = Array.isArray(said) ? said : [said]
  for (const message of messages) walk(message, '', note)
  const answer = `${response.status} ${messages.map(kindOf).join(', ')}`
  return { answer, rest: new Map([...rest].map(([path, values]) => [path, values.join(' ')])) }
}

/** Where two answers to one exchange differ; where they are of two kinds, that and nothing more. */
export function compare(exchange: string, official: Facts, ours: Facts): Difference[] {
  if (official.answer !== ours.answer) {
    return [{ exchange, path: 'answer', official: official.answer, ours: ours.answer }]
  }
  const paths = new Set([...official.rest.keys(), ...ours.rest.keys()])
  return [...paths].flatMap((path) => {
    const [theirs = 'absent', own = 'absent'] = [official.rest.get(path), ours.rest.get(path)]
    return theirs === own ? [] : [{ exchange, path, official: theirs, ours: own }]
  })
}

/** One message, or several of an array or a stream. */
function saidIn(type: string, text: string): unknown {
  if (text === '') return undefined
  try {
    if (!type.startsWith('text/event-stream')) return JSON.parse(text)
    // An event that only primes the stream says nothing.
    const data = text.split('\n').filter((line) => /^data: ?[^ ]/.test(line))
    return data.map((line) => JSON.parse(line.replace(/^data: ?/, '')))
  } catch {
    return text
  }
}

function kindOf(message: unknown): string {
  if (message === undefined) return 'nothing'
  if (!isObject(message)) return 'no JSON-RPC'
  if (typeof message.method === 'string') return message.method
  if (isObject(message.error)) return `error ${message.error.code}`
  if (!isObject(message.result)) return 'no JSON-RPC'
  return message.result.isError === true ? 'failed result' : 'result'
}

function walk(value: unknown, path: string, note: (path: string, value: unknown) => void): void {
  if (Array.isArray(value)) {
    if (value.length === 0) note(`${path}[]`, [])
    for (const each of value) walk(each, `${path}[]`, note)
  } else if (isObject(value)) {
    const entries = Object.entries(value).filter(([key]) => !isWords(value, path, key))
    if (Object.keys(value).length === 0) note(path, {})
    for (const [key, child] of entries) walk(child, path === '' ? key : `${path}.${key}`, note)
  } else if (value !== undefined) note(path, value)
}

/** Of an error, or of a call that failed. */
const isWords = (of: Record<string, unknown>, path: string, key: string): boolean =>
  (path === 'error' && key === 'message') || (of.isError === true && key === 'content')

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
