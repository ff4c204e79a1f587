/**
 * What a form can ask: MCP's restricted schemas (2025-11-25 and 2026-07-28, Elicitation, Requested
 * Schema) made of an author's schema. What the wire has no word for and only narrows a value, such
 * as a pattern, stays behind and is checked when the answer comes; what it cannot say at all is a
 * problem.
 *
 * @module
 */
import { isObject } from '../lib'
import type { FormSchema, WireField, WireForm } from './question'

export type ReadForm = { ok: true; form: WireForm } | { ok: false; problems: string[] }

const known = new WeakMap<FormSchema, ReadForm>()

/** The form of a schema, or everything that keeps it from being one. */
export function readForm(schema: FormSchema): ReadForm {
  const found = known.get(schema)
  if (found) return found
  const read = convert(schema)
  known.set(schema, read)
  return read
}

function convert(schema: FormSchema): ReadForm {
  let written: unknown
  try {
    written = schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ok: false, problems: [`the form cannot be written as JSON Schema: ${reason}`] }
  }
  if (!isObject(written) || written.type !== 'object' || !isObject(written.properties)) {
    return { ok: false, problems: ['the form must be an object with fields'] }
  }
  const problems: string[] = []
  const fields = Object.entries(written.properties).map(([name, field]): [string, WireField] => {
    const read = readField(field)
    if (typeof read === 'string') problems.push(`field "${name}" ${read}`)
    const secret = secretIn(name, field)
    if (secret !== undefined) {
      problems.push(
        `field "${name}" asks for a secret ("${secret}"); what is typed into a form passes the ` +
          'client and may reach its model. Ask with a url instead',
      )
    }
    return [name, typeof read === 'string' ? { type: 'string' } : read]
  })
  if (problems.length > 0) return { ok: false, problems }
  const required = Array.isArray(written.required) ? written.required.map(String) : []
  return {
    ok: true,
    form: {
      type: 'object',
      properties: Object.fromEntries(fields),
      ...(required.length > 0 && { required }),
    },
  }
}

const FORMATS = ['email', 'uri', 'date', 'date-time']
const KEYWORDS = {
  string: ['minLength', 'maxLength', 'default'],
  number: ['minimum', 'maximum', 'default'],
  integer: ['minimum', 'maximum', 'default'],
  boolean: ['default'],
} as const

/** A field as the wire has it, or what is wrong with it. */
function readField(field: unknown): WireField | string {
  if (!isObject(field)) return 'can be anything; give it a type'
  const choice = choiceOf(field)
  if (choice) return { ...wordsOf(field), type: 'string', ...choice, ...pick(field, ['default']) }
  const { type } = field
  if (type === 'array') return readMultiple(field)
  if (type === 'string' || type === 'number' || type === 'integer' || type === 'boolean') {
    const format = type === 'string' && FORMATS.find((known) => known === field.format)
    const bounds = pick(field, KEYWORDS[type])
    return { ...wordsOf(field), type, ...bounds, ...(format && { format }) }
  }
  if (type === 'object') return 'is an object; forms are flat'
  return 'must be a text, a number, a boolean or a choice; a form can ask for nothing else'
}

function readMultiple(field: Record<string, unknown>): WireField | string {
  const choice = isObject(field.items) ? choiceOf(field.items) : undefined
  if (!choice) return 'is a list of something other than a fixed choice of texts'
  const items = 'oneOf' in choice ? { anyOf: choice.oneOf } : { type: 'string', enum: choice.enum }
  return {
    ...wordsOf(field),
    type: 'array',
    items,
    ...pick(field, ['minItems', 'maxItems', 'default']),
  }
}

interface Titled {
  const: string
  title: string
}
type Choice = { enum: string[]; enumNames?: string[] } | { oneOf: Titled[] }

/** A fixed choice of texts: values alone, or each with a title. */
function choiceOf(field: Record<string, unknown>): Choice | undefined {
  if (typeof field.const === 'string') return { enum: [field.const] }
  if (isTexts(field.enum)) {
    // The older spelling of titles, which some clients know alone.
    return { enum: field.enum, ...(isTexts(field.enumNames) && { enumNames: field.enumNames }) }
  }
  const branches = field.oneOf ?? field.anyOf
  if (!Array.isArray(branches) || branches.length === 0) return undefined
  const titled = branches.map((branch) =>
    isObject(branch) && typeof branch.const === 'string'
      ? {
          const: branch.const,
          title: typeof branch.title === 'string' ? branch.title : branch.const,
        }
      : undefined,
  )
  return titled.every((one) => one !== undefined) ? { oneOf: titled } : undefined
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string')

const wordsOf = (field: Record<string, unknown>) => pick(field, ['title', 'description'])

const pick = (field: Record<string, unknown>, keywords: readonly string[]) =>
  Object.fromEntries(
    keywords.filter((key) => field[key] !== undefined).map((key) => [key, field[key]]),
  )

const SECRET =
  /\b(pass ?(word|code|phrase)s?|pwd|secrets?|credentials?|(api|private|access|secret|signing) ?keys?|(access|auth|api|bearer|refresh|session) ?tokens?|pin( ?code)?|cvv|cvc|otp|one ?time (code|password)|(credit|debit)? ?card numbers?|social security( number)?|ssn)\b/i

/** The word by which a field asks for what must not pass a client (H-85). */
function secretIn(name: string, field: unknown): string | undefined {
  const { title, description, format } = isObject(field) ? field : {}
  if (format === 'password') return 'format: password'
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_.-]+/g, ' ')
  return [words, title, description]
    .map((text) => (typeof text === 'string' ? SECRET.exec(text)?.[0] : undefined))
    .find((found) => found !== undefined)
}
