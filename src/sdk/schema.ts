import { type SchemaDraft, Validator } from '@cfworker/json-schema'
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import type { JsonSchema } from '../protocol'

/**
 * What describes a tool's arguments or result: any Standard Schema that can also write itself as
 * JSON Schema. Zod from 4.2 on is one, `jsonSchema()` makes one of a raw schema.
 */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output> &
  StandardJSONSchemaV1<Input, Output>

export type SchemaInput<S extends Schema> = StandardSchemaV1.InferInput<S>
export type SchemaOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>

/**
 * A raw JSON Schema, without `$dynamicRef`, as a schema for `input` or `output`. Its dialect is
 * 2020-12 unless `$schema` names draft-07 or 2019-09. It reaches clients as written. `T` is what your code then sees; the compiler takes your word for it.
 *
 * An object schema that lists `properties` and says nothing of others is closed, as everywhere
 * here; `additionalProperties: true` opens it.
 */
export function jsonSchema<T = Record<string, unknown>>(schema: JsonSchema): Schema<T, T> {
  let validator: Validator | undefined
  return {
    '~standard': {
      version: 1,
      vendor: 'quayside',
      validate(value) {
        // Made on first use: reading a large schema costs start-up time that most isolates save.
        // `shortCircuit: false`, so that a model is told of all its mistakes at once.
        validator ??= new Validator(schema, dialectOf(schema), false)
        const { valid, errors } = validator.validate(value)
        // `value` has just been found to fit the schema that the author says describes a T.
        if (valid) return { value: value as T }
        return { issues: errors.filter(isLeaf).map((unit) => toIssue(unit, value)) }
      },
      jsonSchema: { input: () => schema, output: () => schema },
    },
  }
}

/** The dialect a schema declares. One the validator does not know is read as the default (H-82). */
function dialectOf({ $schema }: JsonSchema): SchemaDraft {
  const declared = typeof $schema === 'string' ? $schema : ''
  if (/draft-0?7\b/.test(declared)) return '7'
  return declared.includes('2019-09') ? '2019-09' : '2020-12'
}

type OutputUnit = ReturnType<Validator['validate']>['errors'][number]

/** The validator also reports each parent that failed because of a child. */
const isLeaf = ({ keyword }: OutputUnit): boolean =>
  ![
    'properties',
    'patternProperties',
    'additionalProperties',
    'items',
    'prefixItems',
    '$ref',
    'allOf',
  ].includes(keyword)

function toIssue({ error, instanceLocation }: OutputUnit, value: unknown): StandardSchemaV1.Issue {
  const path: (string | number)[] = []
  let node: unknown = value
  for (const part of instanceLocation.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    // A pointer spells a place in an array like a field; whoever reads a message should not.
    path.push(Array.isArray(node) ? Number(key) : key)
    node = typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined
  }
  return { message: error, path }
}

/** What an item without `input` takes. */
export type NoArguments = Record<string, never>
export const NO_INPUT = jsonSchema<NoArguments>({ type: 'object', additionalProperties: false })
