import { encodeBase64 } from '../lib'
import type { ResourceContents } from '../protocol'
import { MAX_RESULT_LENGTH } from '../registry'
import { type Caller, NotFoundError, type ResourcePart } from '../sdk'
import type { Call } from './call'
import { complete, type Ending, refuse } from './ending'
import { resourceNotFound } from './errors'
import type { Readable } from './find-resource'
import type { CallStart, DispatchPorts } from './record'
import { runItem, tooLarge } from './run-item'

/** Reads what is at an address. */
export async function readResource(
  { definition, description, read }: Readable,
  call: Call<'resources/read'>,
  caller: Caller,
  start: CallStart,
  ports: DispatchPorts,
): Promise<Ending<'resources/read'>> {
  const { uri } = call
  const name = `Resource "${definition.name}"`
  const ran = await runItem(
    ...([name, definition, call, caller, ports, read] as const),
    (error) => (error instanceof NotFoundError ? resourceNotFound(uri, error.message) : undefined),
    undefined,
    { start, description },
  )
  if (!ran.ok) return ran.ending
  if (ran.value === undefined) {
    const nothing = `There is no "${definition.name}" at this address.`
    return refuse('tool_error', resourceNotFound(uri, nothing))
  }
  const contents = partsOf(ran.value).map((part) => contentsOf(part, uri, definition.mimeType))
  const length = contents.reduce((sum, part) => sum + dataOf(part).length, 0)
  if (length > MAX_RESULT_LENGTH) return tooLarge(name, length)
  // What an answer made of it is for that answer (M-33).
  const isAnswered = call.reentry !== undefined || call.answers !== undefined
  const ttlMs = isAnswered ? 0 : (definition.cacheSeconds ?? 0) * 1000
  return { ...complete<'resources/read'>('ok', { contents, ttlMs }), resultChars: length }
}

function partsOf(value: unknown): readonly ResourcePart[] {
  // What `read` may return, by its type: a list of parts, or the content of a single one.
  return Array.isArray(value) ? value : [{ content: value as ResourcePart['content'] }]
}

function contentsOf(
  { content, uri, mimeType, _meta }: ResourcePart,
  asked: string,
  usual: string | undefined,
): ResourceContents {
  const bytes = content instanceof Uint8Array
  return {
    uri: uri ?? asked,
    mimeType: mimeType ?? usual ?? (bytes ? 'application/octet-stream' : 'text/plain'),
    ...(bytes ? { blob: encodeBase64(content) } : { text: String(content) }),
    ...(_meta && { _meta }),
  }
}

const dataOf = (contents: ResourceContents): string =>
  'text' in contents ? contents.text : contents.blob
