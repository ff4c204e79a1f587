import { brokenReferences, closeObjects, isObject, keywordValues } from '../lib'
import type { JsonSchema } from '../protocol'
import type { Schema } from '../sdk'
import type { Report } from './checks'

/** The JSON Schema clients see, closed wherever it does not say otherwise. */
export function wireSchema(side: 'input' | 'output', schema: Schema, report: Report): JsonSchema {
  try {
    // Whatever an author wrote: fields without z.object() around them, for example.
    const { vendor, jsonSchema }: Partial<Schema['~standard']> = schema?.['~standard'] ?? {}
    if (typeof jsonSchema?.[side] !== 'function') {
      throw new Error('use z.object({ … }), another Standard Schema that can, or jsonSchema({ … })')
    }
    const written = jsonSchema[side]({ target: 'draft-2020-12' })
    for (const reference of brokenReferences(written)) {
      report(side, `refers to "${reference}", which is not within the schema; none is fetched`)
    }
    // The validator behind jsonSchema() would let everything through.
    if (keywordValues(written, '$dynamicRef').length > 0) {
      report(side, 'uses $dynamicRef, which is not checked here; use $ref')
    }
    const closed = closeObjects(written)
    if (!isObject(closed)) throw new Error('the schema is not an object')
    if (vendor === 'quayside') return closed
    // Libraries stamp the dialect on every schema; 2020-12 is what clients assume without it.
    const { $schema: _, ...rest } = closed
    return side === 'input' ? { type: 'object', ...rest } : rest
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    report(side, `cannot be written as JSON Schema: ${reason}`)
    return { type: 'object' }
  }
}
