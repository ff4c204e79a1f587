import type { ParameterView } from './views'

const FORMATS: Record<string, string> = {
  date: 'date',
  'date-time': 'date and time',
  duration: 'duration',
  email: 'email address',
  hostname: 'host name',
  ipv4: 'IPv4 address',
  ipv6: 'IPv6 address',
  time: 'time',
  uri: 'URL',
  uuid: 'UUID',
}
const TYPES: Record<string, string> = {
  boolean: 'yes or no',
  integer: 'whole number',
  null: 'nothing',
  number: 'number',
  object: 'group of values',
  string: 'text',
}
const MAX_LISTED_VALUES = 8

/**
 * The parameters of a tool, in words, from the JSON Schema of its input. Reads the schema a client
 * would send arguments against, so a parameter with a default is optional. Whatever the schema
 * says beyond that (patterns, limits, references) is left out rather than half explained.
 */
export function describeParameters(inputSchema: unknown): ParameterView[] {
  const schema = asRecord(inputSchema)
  const required = asArray(schema.required)
  return Object.entries(asRecord(schema.properties)).map(([name, property]) => {
    const { description, default: defaultValue } = asRecord(property)
    return {
      name,
      type: typeInWords(property),
      required: required.includes(name),
      ...(typeof description === 'string' && { description }),
      ...(defaultValue !== undefined && { defaultValue: JSON.stringify(defaultValue) }),
    }
  })
}

function typeInWords(value: unknown): string {
  const schema = asRecord(value)
  if ('const' in schema) return `exactly ${JSON.stringify(schema.const)}`
  if (Array.isArray(schema.enum)) return oneOf(schema.enum)
  const choices = asArray(schema.anyOf ?? schema.oneOf)
  if (choices.length > 0) return alternatives(choices.map(typeInWords))
  if (Array.isArray(schema.type)) {
    return alternatives(schema.type.map((type) => typeInWords({ ...schema, type })))
  }
  if (schema.type === 'array') {
    return schema.items ? `list of ${typeInWords(schema.items)}` : 'list'
  }
  if (schema.type === 'string' && typeof schema.format === 'string') {
    return FORMATS[schema.format] ?? 'text'
  }
  return (typeof schema.type === 'string' && TYPES[schema.type]) || 'any value'
}

function oneOf(values: unknown[]): string {
  if (values.length > MAX_LISTED_VALUES) return `one of ${values.length} values`
  const listed = values.map((value) => JSON.stringify(value)).join(', ')
  return values.length === 1 ? `exactly ${listed}` : `one of ${listed}`
}

function alternatives(words: string[]): string {
  return [...new Set(words)].join(' or ')
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
