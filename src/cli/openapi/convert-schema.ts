/** Schemas of an OpenAPI document as JSON Schema 2020-12 for a tool. @module */
import { type ApiDocument, definitionName, isJson, type Json } from './document.ts'

/**
 * `input`: what a caller may send; what only the API fills in is left out. `output`: what came
 * back. It is described more than enforced, because an API may add fields and values without
 * breaking its clients: objects are open, and constraints beyond types are dropped.
 */
export type Side = 'input' | 'output'

const COMPONENT = /^#\/components\/schemas\/([^/]+)$/

/** Keywords of OpenAPI, and of drafts before, that JSON Schema 2020-12 does not have. */
const FOREIGN = new Set([
  ...['discriminator', 'xml', 'externalDocs', 'example', 'nullable', 'deprecated', 'contentSchema'],
  ...[
    '$id',
    '$schema',
    '$anchor',
    '$dynamicAnchor',
    '$dynamicRef',
    '$comment',
    'id',
    'definitions',
  ],
])
/** What an answer is not held to. */
const UNENFORCED = new Set([
  ...['enum', 'const', 'format', 'pattern', 'default', 'examples'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems', 'contains'],
  ...['minProperties', 'maxProperties', 'propertyNames', 'not', 'unevaluatedProperties'],
  ...['patternProperties', 'dependentRequired', 'dependentSchemas', 'if', 'then', 'else'],
])
const MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas'])
const LISTS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const SCHEMAS = new Set([
  ...['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames'],
  'unevaluatedProperties',
])

const MAX_TEXT: Record<Side, number> = { input: 400, output: 120 }

/** One schema, with `#/$defs/…` for each component it refers to. */
export function convertSchema(schema: unknown, side: Side, document: ApiDocument): Json {
  const convert = (node: unknown): Json => {
    if (!isJson(node)) return {} // `true`, or nothing that can be said
    const { $ref } = node
    if (typeof $ref === 'string') {
      const name = COMPONENT.exec($ref)?.[1]
      // Other places of the document have no name of their own.
      if (name === undefined) return convert(document.resolve(node))
      const plain = definitionName(
        decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~'),
      )
      const { description } = node
      return {
        ...(typeof description === 'string' && { description: shortText(description, side) }),
        $ref: `#/$defs/${plain}`,
      }
    }
    const converted: Json = {}
    for (const [keyword, value] of Object.entries(node)) {
      if (FOREIGN.has(keyword) || keyword.startsWith('x-')) continue
      if (side === 'output' && UNENFORCED.has(keyword)) continue
      if (MAPS.has(keyword) && isJson(value)) converted[keyword] = convertMap(value, keyword)
      else if (LISTS.has(keyword) && Array.isArray(value)) converted[keyword] = value.map(convert)
      else if (SCHEMAS.has(keyword)) {
        if (isJson(value)) converted[keyword] = convert(value)
        else if (side === 'input') converted[keyword] = value
      } else if (keyword === 'description' || keyword === 'title') {
        if (typeof value === 'string') converted[keyword] = shortText(value, side)
      } else if (keyword === 'required') {
        if (Array.isArray(value)) converted[keyword] = value
      } else converted[keyword] = value
    }
    return tidy(converted, node)
  }

  const convertMap = (map: Json, keyword: string): Json =>
    Object.fromEntries(
      Object.entries(map)
        .filter(([, value]) => keyword !== 'properties' || !isOfOtherSide(value))
        .map(([name, value]) => [name, convert(value)]),
    )
  const isOfOtherSide = (property: unknown): boolean =>
    isJson(property) && property[side === 'input' ? 'readOnly' : 'writeOnly'] === true

  const tidy = (converted: Json, original: Json): Json => {
    const { required, properties } = converted
    // A property that was left out cannot be asked for.
    if (Array.isArray(required) && isJson(properties) && isJson(original.properties)) {
      const gone = Object.keys(original.properties).filter((name) => !(name in properties))
      converted.required = required.filter((name) => !gone.includes(String(name)))
    }
    if (Array.isArray(converted.required) && converted.required.length === 0) {
      delete converted.required
    }
    if (side === 'output' && isJson(properties)) converted.additionalProperties ??= true
    return converted
  }
  return convert(schema)
}

/** What `$defs` of one schema holds: components in words, and those whose inside is left open. */
export interface Definitions {
  described: Map<string, Json>
  open: Set<string>
}

/** In characters of JSON: what a model is shown of one tool. */
const MAX_COMPONENT: Record<Side, number> = { input: 8_000, output: 4_000 }
const MAX_DEFINITIONS: Record<Side, number> = { input: 24_000, output: 8_000 }

/** What the names lead to, and what that refers to, nearest first and as much as fits. */
export function definitionsFor(
  names: Iterable<string>,
  side: Side,
  document: ApiDocument,
): Definitions {
  const described = new Map<string, Json>()
  const open = new Set<string>()
  let size = 0
  let level = [...names]
  while (level.length > 0) {
    const next = new Set<string>()
    for (const name of level) {
      if (described.has(name) || open.has(name)) continue
      const whole = convertSchema(document.schemas.get(name), side, document)
      const schema = withinLimit(whole, MAX_COMPONENT[side])
      const { length } = JSON.stringify(schema)
      if (described.size > 0 && size + length > MAX_DEFINITIONS[side]) open.add(name)
      else {
        described.set(name, schema)
        size += length
        // Some of what it uses may be gone from it.
        for (const used of referencesIn(schema)) next.add(used)
      }
    }
    level = [...next]
  }
  return { described, open }
}

/** Names of the definitions a schema refers to. */
export function referencesIn(schema: unknown): Set<string> {
  const names = new Set<string>()
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit)
    else if (isJson(node)) {
      const name =
        typeof node.$ref === 'string' ? /^#\/\$defs\/(.+)$/.exec(node.$ref)?.[1] : undefined
      if (name !== undefined) names.add(name)
      Object.values(node).forEach(visit)
    }
  }
  visit(schema)
  return names
}

/** The schema as deep as fits into so many characters of JSON. */
export function withinLimit(schema: Json, limit: number): Json {
  for (let depth = 12; depth > 0; depth -= 1) {
    const pruned = prune(schema, depth)
    if (JSON.stringify(pruned).length <= limit) return pruned
  }
  return prune(schema, 0)
}

/**
 * The schema with everything further down than `depth` left open: a name and a type, but not what
 * is in it. For schemas that would fill a model's context.
 */
function prune(schema: Json, depth: number): Json {
  const pruned: Json = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === '$ref' || keyword === 'type' || keyword === 'description')
      pruned[keyword] = value
    else if (depth <= 0) continue
    else if (MAPS.has(keyword) && isJson(value)) {
      pruned[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, child]) => [
          name,
          isJson(child) ? prune(child, depth - 1) : child,
        ]),
      )
    } else if (LISTS.has(keyword) && Array.isArray(value)) {
      pruned[keyword] = value.map((child) => (isJson(child) ? prune(child, depth - 1) : child))
    } else if (SCHEMAS.has(keyword) && isJson(value)) pruned[keyword] = prune(value, depth - 1)
    else pruned[keyword] = value
  }
  return pruned
}

/** The first sentences that fit, on one line and without markup that only a page can show. */
export function shortText(text: string, side: Side | number): string {
  const limit = typeof side === 'number' ? side : MAX_TEXT[side]
  const plain = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
  if (plain.length <= limit) return plain
  const cut = plain.slice(0, limit)
  const sentence = /^[\s\S]*[.!?](?=\s|$)/.exec(cut)?.[0]
  return sentence && sentence.length > limit / 3 ? sentence : `${cut.replace(/\s+\S*$/, '')} …`
}
