/**
 * `x-mcp-header`: parameters of a tool that a 2026 client repeats in an `Mcp-Param-*` header
 * (MCP 2026-07-28, Streamable HTTP, Custom Headers from Tool Parameters; M-14, M-15).
 *
 * @module
 */
import { isObject } from '../lib'
import { badSentinel, decodeSentinel, disagree, missing, trimmed } from './headers'

const ANNOTATION = 'x-mcp-header'
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const TYPES = ['string', 'integer', 'boolean']

/** One annotated parameter: where it is in the arguments and which header repeats it. */
export interface HeaderParam {
  path: readonly string[]
  header: string
  type: string
}

/**
 * The annotated parameters of an input schema, and a sentence for every annotation that clients
 * would drop the tool for.
 */
export function readHeaderParams(schema: unknown): { params: HeaderParam[]; problems: string[] } {
  const params: HeaderParam[] = []
  const problems: string[] = []
  const seen = new Set<string>()

  const readAnnotation = (node: Record<string, unknown>, path: string[], reachable: boolean) => {
    const name = node[ANNOTATION]
    const place = path.join('.') || 'the root'
    if (!reachable || path.length === 0) {
      problems.push(`${place}: ${ANNOTATION} is only allowed on a property of an object`)
    } else if (typeof name !== 'string' || !TOKEN.test(name)) {
      problems.push(`${place}: ${ANNOTATION} must be a non-empty HTTP token`)
    } else if (typeof node.type !== 'string' || !TYPES.includes(node.type)) {
      problems.push(`${place}: ${ANNOTATION} needs type string, integer or boolean`)
    } else if (seen.has(name.toLowerCase())) {
      problems.push(`${place}: ${ANNOTATION} "${name}" is used twice, ignoring case`)
    } else {
      seen.add(name.toLowerCase())
      params.push({ path, header: `Mcp-Param-${name}`, type: node.type })
    }
  }

  // Only a chain of `properties` is reachable; below any other keyword the walk goes on to find
  // annotations that do not belong there.
  const visit = (node: unknown, path: string[], reachable: boolean): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item, path, false)
    }
    if (!isObject(node)) return
    if (ANNOTATION in node) readAnnotation(node, path, reachable)
    for (const [keyword, value] of Object.entries(node)) {
      if (keyword === 'properties' && isObject(value)) {
        for (const [name, child] of Object.entries(value)) visit(child, [...path, name], reachable)
      } else if (!DATA_KEYWORDS.has(keyword)) {
        visit(value, [...path, keyword], false)
      }
    }
  }
  visit(schema, [], true)
  return { params, problems }
}

/** Keywords whose values are data, in which the annotation's name means nothing. */
const DATA_KEYWORDS = new Set(['const', 'enum', 'default', 'examples'])

/**
 * Refuses a call whose arguments and `Mcp-Param-*` headers disagree. A value of null or none at
 * all expects no header; headers nobody declared are ignored (M-16).
 *
 * @throws {ProtocolError} `header_mismatch`
 */
export function checkHeaderParams(
  params: readonly HeaderParam[],
  args: Record<string, unknown>,
  headers: Headers,
): void {
  for (const { path, header, type } of params) {
    const value = path.reduce<unknown>(
      (node, key) => (isObject(node) ? node[key] : undefined),
      args,
    )
    // Other types than the declared ones fail the schema later, with a message about the field.
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      continue
    }
    const sent = trimmed(headers.get(header))
    if (sent === undefined) throw missing(header)
    const decoded = decodeSentinel(sent)
    if (decoded === undefined) throw badSentinel(header)
    if (!repeats(decoded, value, type)) throw disagree(header, `params.arguments.${path.join('.')}`)
  }
}

/** Integers are equal by value, `42.0` and `42`; past 2^53 two of them would look the same. */
function repeats(header: string, value: string | number | boolean, type: string): boolean {
  if (type !== 'integer' || !Number.isInteger(value)) return header === String(value)
  return Number.isSafeInteger(value) && /^-?\d+(\.0+)?$/.test(header) && Number(header) === value
}
