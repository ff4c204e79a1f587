import type { StandardSchemaV1 } from '@standard-schema/spec'
import { unknownFields } from '../lib'
import type { JsonSchema } from '../protocol'
import type { Schema } from '../sdk'

/**
 * A value checked against a schema, or one line per problem. Fields that the schema does not know
 * are a problem like any other: most libraries would drop them in silence, and a caller who
 * misspelt one must hear of it.
 */
export async function validate(
  schema: Schema,
  wireSchema: JsonSchema,
  value: unknown,
): Promise<{ ok: true; value: unknown } | { ok: false; problems: string[] }> {
  const unknown = unknownFields(wireSchema, value)
  const checked = schema['~standard'].validate(value)
  // Most schemas answer at once; awaiting those too would cost every call a turn.
  const result = checked instanceof Promise ? await checked : checked
  const problems = [
    ...unknown.map((field) => `${field}: unknown field`),
    ...(result.issues ?? []).filter((issue) => !unknown.includes(pathOf(issue))).map(describe),
  ]
  if (problems.length > 0 || result.issues) return { ok: false, problems }
  return { ok: true, value: result.value }
}

function describe(issue: StandardSchemaV1.Issue): string {
  const path = pathOf(issue)
  return path === '' ? issue.message : `${path}: ${issue.message}`
}

function pathOf({ path = [] }: StandardSchemaV1.Issue): string {
  return path
    .map((segment) => (typeof segment === 'object' ? segment.key : segment))
    .reduce<string>((text, key) => {
      if (typeof key === 'number') return `${text}[${key}]`
      return text === '' ? String(key) : `${text}.${String(key)}`
    }, '')
}
