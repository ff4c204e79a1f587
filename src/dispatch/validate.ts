import type { StandardSchemaV1 } from '@standard-schema/spec'
import { unknownFields } from '../lib'
import type { JsonSchema } from '../protocol'

/**
 * A value checked against a schema, or one line per problem. Fields that the schema does not know
 * are a problem like any other: most libraries would drop them in silence, and a caller who
 * misspelt one must hear of it.
 */
export function validate(
  schema: StandardSchemaV1,
  wireSchema: JsonSchema,
  value: unknown,
): Validated | Promise<Validated> {
  let unknown: string[]
  let checked: ReturnType<(typeof schema)['~standard']['validate']>
  try {
    unknown = unknownFields(wireSchema, value)
    checked = schema['~standard'].validate(value)
  } catch (error) {
    if (!isStackOverflow(error)) throw error
    return { ok: false, problems: ['nested too deeply to be checked'] }
  }
  // Most schemas answer at once; waiting for those too would cost every call a turn.
  return checked instanceof Promise
    ? checked.then((result) => judge(result, unknown))
    : judge(checked, unknown)
}

/** Schemas that contain themselves follow a value down, as deep as its sender likes. */
const isStackOverflow = (error: unknown): boolean =>
  error instanceof RangeError && /call stack/.test(error.message)

export type Validated = { ok: true; value: unknown } | { ok: false; problems: string[] }

function judge(result: StandardSchemaV1.Result<unknown>, unknown: readonly string[]): Validated {
  if (!result.issues && unknown.length === 0) return { ok: true, value: result.value }
  const issues = (result.issues ?? []).filter((issue) => !unknown.includes(pathOf(issue)))
  const problems = [...unknown.map((field) => `${field}: unknown field`), ...issues.map(describe)]
  return { ok: false, problems }
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
