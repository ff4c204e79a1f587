import type { StandardSchemaV1 } from '@standard-schema/spec'
import { isObject } from '../lib'
import type { Json } from './journal'
import type { FormSchema, WireForm } from './question'

/** An answer that fits, with what it is for the author; or what keeps it from fitting. */
export type ReadAnswer =
  | { ok: true; result: Json; answer: { action: string; content?: unknown } }
  | { ok: false; problem: string }

/** More than anybody types; what a client sends is kept and sent around. */
const MAX_ANSWER_CHARS = 64 * 1024
const MAX_PROBLEMS = 5
const MAX_PROBLEM_LENGTH = 200

/**
 * Reads what a client sent for a question. Fields that the form does not have are dropped: they
 * were not asked for.
 *
 * @param asked The form and its schema; none for a page.
 */
export async function readAnswer(
  sent: unknown,
  asked?: { form: WireForm; schema: FormSchema },
): Promise<ReadAnswer> {
  const { action, content = {} } = isObject(sent) ? sent : {}
  if (action === 'decline' || action === 'cancel') {
    return { ok: true, result: { action }, answer: { action } }
  }
  if (action !== 'accept') return { ok: false, problem: 'it was neither accepted nor declined' }
  if (!asked) return { ok: true, result: { action }, answer: { action } }
  if (!isObject(content)) return { ok: false, problem: 'it has no fields' }
  const fields = Object.fromEntries(
    Object.keys(asked.form.properties)
      .filter((name) => Object.hasOwn(content, name))
      .map((name) => [name, content[name]]),
  )
  if (JSON.stringify(fields).length > MAX_ANSWER_CHARS) {
    return { ok: false, problem: `it has more than ${MAX_ANSWER_CHARS} characters` }
  }
  const checked = await asked.schema['~standard'].validate(fields)
  if (checked.issues) {
    const problems = checked.issues.slice(0, MAX_PROBLEMS).map(describe)
    return { ok: false, problem: problems.join('; ').slice(0, MAX_PROBLEM_LENGTH) }
  }
  // It came as JSON, and is kept as it came.
  const result = { action, content: fields } as Json
  return { ok: true, result, answer: { action, content: checked.value } }
}

function describe({ message, path = [] }: StandardSchemaV1.Issue): string {
  const at = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return at === '' ? message : `${at}: ${message}`
}
