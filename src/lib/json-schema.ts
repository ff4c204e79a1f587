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

/** The references of a schema that lead nowhere in it; nothing ever fetches one from outside. */
export function brokenReferences(schema: unknown): string[] {
  const references = keywordValues(schema, '$ref').filter((value) => typeof value === 'string')
  return references.filter((reference) => resolve(reference, schema) === undefined)
}

/** The different values one keyword has anywhere in a schema. */
export function keywordValues(schema: unknown, keyword: string): unknown[] {
  const values: unknown[] = []
  visit(schema, (node) => {
    if (keyword in node) values.push(node[keyword])
  })
  return distinct(values)
}

/** Paths into `value` of fields that no part of the closed schema knows, as `a.b[0].c`. */
export function unknownFields(schema: unknown, value: unknown): string[] {
  return isPlainlyKnown(schema, value) ? [] : findUnknown([schema], value, '', schema)
}

/**
 * Whether each field of a value stands in a schema that has no alternatives to weigh: the quick
 * yes that most calls get. False only means that the long way has to tell.
 */
function isPlainlyKnown(schema: unknown, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (!isObject(schema) || !isObject(value)) return false
  const properties = plainProperties(schema)
  if (!properties) return false
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(properties, key) || !isPlainlyKnown(properties[key], value[key])) {
      return false
    }
  }
  return true
}

const plain = new WeakMap<object, Record<string, unknown> | false>()

/** The properties of a schema that is all there is to an object; false where more has a say. */
function plainProperties(schema: Record<string, unknown>): Record<string, unknown> | false {
  const known = plain.get(schema)
  if (known !== undefined) return known
  const { properties } = schema
  const isPlain = isObject(properties) && !APPLICATORS.some((keyword) => keyword in schema)
  const found = isPlain && properties
  plain.set(schema, found)
  return found
}

/** `schemas` are alternatives: a field is known when one of those that fit the value knows it. */
function findUnknown(schemas: unknown[], value: unknown, path: string, root: unknown): string[] {
  if (!isObject(value) && !Array.isArray(value)) return []
  const readings = schemas.flatMap((schema) => readingsOf(schema, root))
  const agreeing = readings.filter((reading) => reading.every((part) => fits(part, value)))
  const alternatives = (agreeing.length > 0 ? agreeing : readings).slice(0, MAX_READINGS)
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      const children = alternatives.map((reading) => itemSchemas(reading, index))
      return findWithin(children, item, `${path}[${index}]`, root)
    })
  }
  const place = (key: string) => (path === '' ? key : `${path}.${key}`)
  const shapes = alternatives.map(shapeOf)
  const strangers = shapes.map((shape) => Object.keys(value).filter((key) => !knows(shape, key)))
  const fewest = Math.min(...strangers.map((keys) => keys.length))
  // When each alternative misses something, the nearest one is what the sender must have meant.
  const near = shapes.filter((_, index) => strangers[index]?.length === fewest)
  const meant = fewest === 0 ? near : near.slice(0, 1)
  return Object.entries(value).flatMap(([key, child]) => {
    if (!meant.some((shape) => knows(shape, key))) return [place(key)]
    const children = meant.map((shape) => shape.properties.get(key) ?? shape.rest)
    return findWithin(children, child, place(key), root)
  })
}

/** `children`: for each alternative the schemas that apply together; none lets in anything. */
function findWithin(children: unknown[][], value: unknown, path: string, root: unknown): string[] {
  if (children.some((schemas) => schemas.length === 0)) return []
  return findUnknown(distinct(children.map(together)), value, path, root)
}

/** One way to read a schema: parts that all apply, with every alternative in it decided. */
type Reading = readonly Record<string, unknown>[]

/** Far above what real schemas have; past it some alternatives are not looked at. */
const MAX_READINGS = 64

function readingsOf(schema: unknown, root: unknown, followed: readonly string[] = []): Reading[] {
  if (!isObject(schema)) return [[]]
  let readings: Reading[] = [[schema]]
  const and = (more: Reading[]) => {
    readings = readings.flatMap((one) => more.map((other) => [...one, ...other]))
    readings = readings.slice(0, MAX_READINGS)
  }
  const read = (part: unknown) => readingsOf(part, root, followed)
  for (const part of arrayOf(schema.allOf)) and(read(part))
  for (const branches of [schema.anyOf, schema.oneOf]) {
    if (Array.isArray(branches) && branches.length > 0) and(branches.flatMap(read))
  }
  const { $ref } = schema
  if (typeof $ref === 'string' && !followed.includes($ref)) {
    and(readingsOf(resolve($ref, root), root, [...followed, $ref]))
  }
  // Whether a condition holds is the validator's business; either way its fields are known.
  const { then, else: otherwise, dependentSchemas } = schema
  const conditional = isObject(dependentSchemas) ? Object.values(dependentSchemas) : []
  for (const part of [then, otherwise, ...conditional]) {
    if (isObject(part)) and(read(part).map((reading) => reading.map(namesOnly)))
  }
  return readings
}

const namesOnly = ({ properties }: Record<string, unknown>): Record<string, unknown> =>
  isObject(properties) ? { properties } : {}

/** Whether a part may be meant for this value: its type and its constants do not say otherwise. */
function fits({ type, properties }: Record<string, unknown>, value: object): boolean {
  const own = Array.isArray(value) ? 'array' : 'object'
  if (type !== undefined && type !== own && !arrayOf(type).includes(own)) return false
  if (!isObject(properties) || !isObject(value)) return true
  return Object.entries(properties).every(([key, child]) => {
    if (!isObject(child) || !Object.hasOwn(value, key)) return true
    if ('const' in child) return child.const === value[key]
    return !Array.isArray(child.enum) || child.enum.includes(value[key])
  })
}

/** The fields a reading knows, each with the schemas that apply to it, and those of any others. */
interface Shape {
  properties: Map<string, unknown[]>
  rest: unknown[]
  open: boolean
}

function shapeOf(reading: Reading): Shape {
  const shape: Shape = { properties: new Map(), rest: [], open: true }
  let [declaredOpen, closed] = [false, false]
  for (const { properties, additionalProperties: rest, ...part } of reading) {
    if (isObject(properties)) {
      for (const [key, child] of Object.entries(properties)) {
        shape.properties.set(key, [...(shape.properties.get(key) ?? []), child])
      }
    }
    if (isObject(rest)) shape.rest.push(rest)
    if ('patternProperties' in part || (rest !== undefined && rest !== false)) declaredOpen = true
    else if (rest === false || part.unevaluatedProperties === false) closed = true
  }
  // One that names fields and says nothing of others is closed; one that names none is open.
  shape.open = !closed && (declaredOpen || shape.properties.size === 0)
  return shape
}

const knows = ({ properties, open }: Shape, key: string): boolean => open || properties.has(key)

function itemSchemas(reading: Reading, index: number): unknown[] {
  return reading
    .map(({ prefixItems, items }) => arrayOf(prefixItems)[index] ?? items)
    .filter((schema) => schema !== undefined)
}

const together = (schemas: unknown[]): unknown =>
  schemas.length === 1 ? schemas[0] : { allOf: schemas }

const distinct = (schemas: unknown[]): unknown[] => [...new Set(schemas)]

/** The schema a local reference names, by JSON pointer or anchor. */
function resolve(reference: string, root: unknown): unknown {
  if (!reference.startsWith('#')) return undefined
  const fragment = decodeURIComponent(reference.slice(1))
  if (fragment !== '' && !fragment.startsWith('/')) return findAnchor(fragment, root)
  return fragment
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, key) => {
      if (Array.isArray(node)) return node[Number(key)]
      return isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined
    }, root)
}

function findAnchor(name: string, root: unknown): unknown {
  let found: unknown
  visit(root, (node) => {
    if (node.$anchor === name || node.$dynamicAnchor === name) found ??= node
  })
  return found
}

/** Calls `see` with every schema within a schema, itself first. */
function visit(schema: unknown, see: (node: Record<string, unknown>) => void): void {
  if (Array.isArray(schema)) {
    for (const item of schema) visit(item, see)
  }
  if (!isObject(schema)) return
  see(schema)
  for (const [keyword, value] of Object.entries(schema)) {
    if (MAPS.has(keyword) && isObject(value)) visit(Object.values(value), see)
    else if (!DATA.has(keyword)) visit(value, see)
  }
}

const arrayOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const mapValues = (
  object: Record<string, unknown>,
  change: (value: unknown) => unknown,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
