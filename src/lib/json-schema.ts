/**
 * What the platform needs to know of a JSON Schema (2020-12) beyond validating with it.
 *
 * @module
 */
import { isObject } from './object'

/** Keywords whose values are data, not schemas. */
const DATA = new Set(['const', 'enum', 'default', 'examples', 'required', 'dependentRequired'])
/** Keywords whose values map names to schemas. */
const MAPS = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
])
/** Beside one of these, what an object may hold is decided in several places at once. */
const APPLICATORS = ['allOf', 'anyOf', 'oneOf', 'if', 'dependentSchemas', '$ref', '$dynamicRef']

/**
 * The schema with every plain object schema closed: one that lists `properties` and says nothing
 * of others gets `additionalProperties: false`. Objects composed from several schemas stay as they
 * are, for closing one part would refuse what the other allows.
 */
export function closeObjects(schema: unknown, composed = false): unknown {
  if (Array.isArray(schema)) return schema.map((item) => closeObjects(item, composed))
  if (!isObject(schema)) return schema
  const closed: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (DATA.has(keyword)) closed[keyword] = value
    else if (MAPS.has(keyword) && isObject(value)) {
      closed[keyword] = mapValues(value, (child) => closeObjects(child))
    } else closed[keyword] = closeObjects(value, keyword === 'allOf' || CONDITIONS.has(keyword))
  }
  const plain = isObject(schema.properties) && !APPLICATORS.some((keyword) => keyword in schema)
  if (plain && !composed && !saysWhatElse(schema)) closed.additionalProperties = false
  return closed
}

const CONDITIONS = new Set(['if', 'then', 'else', 'not', 'dependentSchemas'])

const saysWhatElse = (schema: Record<string, unknown>): boolean =>
  'additionalProperties' in schema ||
  'unevaluatedProperties' in schema ||
  'patternProperties' in schema

/** The `$ref`s that leave the schema; nothing ever fetches one. */
export function remoteReferences(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(remoteReferences)
  if (!isObject(schema)) return []
  return Object.entries(schema).flatMap(([keyword, value]) => {
    if (DATA.has(keyword)) return []
    if (keyword === '$ref' && typeof value === 'string') return value.startsWith('#') ? [] : [value]
    return MAPS.has(keyword) && isObject(value)
      ? Object.values(value).flatMap(remoteReferences)
      : remoteReferences(value)
  })
}

/** Paths into `value` of fields that no part of the closed schema knows, as `a.b[0].c`. */
export function unknownFields(schema: unknown, value: unknown): string[] {
  return findUnknown(schema, value, '', schema)
}

function findUnknown(schema: unknown, value: unknown, path: string, root: unknown): string[] {
  if (!isObject(schema)) return []
  if (Array.isArray(value)) {
    const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : []
    return value.flatMap((item, index) =>
      findUnknown(prefix[index] ?? schema.items, item, `${path}[${index}]`, root),
    )
  }
  if (!isObject(value)) return []
  const shape = knownFields(schema, value, root)
  return Object.entries(value).flatMap(([key, child]) => {
    const place = path === '' ? key : `${path}.${key}`
    const known = shape.properties.get(key)
    if (known !== undefined) return findUnknown(known, child, place, root)
    return shape.open ? findUnknown(schema.additionalProperties, child, place, root) : [place]
  })
}

/** The fields some part of a schema knows, and whether any part lets in others. */
interface Shape {
  properties: Map<string, unknown>
  open: boolean
}

function knownFields(
  schema: unknown,
  value: Record<string, unknown>,
  root: unknown,
  depth = 0,
): Shape {
  const shape: Shape = { properties: new Map(), open: true }
  if (!isObject(schema) || depth > 32) return shape
  const parts = [
    ...arrayOf(schema.allOf),
    ...(typeof schema.$ref === 'string' ? [resolve(schema.$ref, root)] : []),
    ...[schema.anyOf, schema.oneOf].flatMap((branches) => fitting(branches, value, root, depth)),
  ].map((part) => knownFields(part, value, root, depth + 1))

  if (isObject(schema.properties)) {
    for (const [key, child] of Object.entries(schema.properties)) shape.properties.set(key, child)
  }
  for (const part of parts) {
    for (const [key, child] of part.properties) {
      if (!shape.properties.has(key)) shape.properties.set(key, child)
    }
  }
  const named = shape.properties.size > 0
  const ownOpen = 'additionalProperties' in schema && schema.additionalProperties !== false
  const ownClosed = schema.additionalProperties === false || schema.unevaluatedProperties === false
  // A composed object is open when any of its parts is declared open; one that only names fields
  // is closed, and one that names none says nothing about them.
  shape.open =
    ownOpen || 'patternProperties' in schema
      ? true
      : ownClosed
        ? false
        : parts.length > 0
          ? parts.some((part) => part.open && part.properties.size > 0) || !named
          : !named
  return shape
}

/** Of alternative schemas those whose constants agree with the value; all when none does. */
function fitting(
  branches: unknown,
  value: Record<string, unknown>,
  root: unknown,
  depth: number,
): unknown[] {
  const all = arrayOf(branches)
  const agreeing = all.filter((branch) => {
    const { properties } = knownFields(branch, value, root, depth + 1)
    return [...properties].every(([key, child]) => {
      if (!isObject(child) || !('const' in child) || !(key in value)) return true
      return child.const === value[key]
    })
  })
  return agreeing.length > 0 ? agreeing : all
}

/** The schema a local JSON pointer names; anything else knows no fields. */
function resolve(reference: string, root: unknown): unknown {
  if (!reference.startsWith('#')) return undefined
  return reference
    .slice(1)
    .split('/')
    .filter((part) => part !== '')
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, key) => {
      if (Array.isArray(node)) return node[Number(key)]
      return isObject(node) ? node[key] : undefined
    }, root)
}

const arrayOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const mapValues = (
  object: Record<string, unknown>,
  change: (value: unknown) => unknown,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
