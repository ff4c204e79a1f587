/** The tables as models are told of them, and how large they are. @module */
import * as z from 'zod'
import type { Database } from '#sdk'
import type { Sizes } from './language/scope'
import { MASK, TABLES } from './shop'

/**
 * Rows of each table, about: what its numbers span, which takes a look at both ends. Counting would
 * read it from end to end for every call.
 */
export async function sizesOf(db: Database): Promise<Sizes> {
  const columns = Object.keys(TABLES).map(
    (table) =>
      `(SELECT max(id) FROM "${table}") - (SELECT min(id) FROM "${table}") + 1 AS "${table}"`,
  )
  const row = await db
    .prepare(`SELECT ${columns.join(', ')}`)
    .first<Record<string, number | null>>()
  return Object.fromEntries(Object.keys(TABLES).map((table) => [table, row?.[table] ?? 0]))
}

export const Described = z.object({
  dialect: z.string(),
  tables: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      rows: z.int().describe('About'),
      columns: z.array(
        z.object({
          name: z.string(),
          type: z.string(),
          description: z.string(),
          references: z.string().optional().describe('What to join it with'),
          redacted: z.boolean().optional().describe('Holds a mask in every row'),
        }),
      ),
    }),
  ),
})

export async function describeTables(db: Database): Promise<z.output<typeof Described>> {
  const sizes = await sizesOf(db)
  return {
    dialect:
      'SQLite, one SELECT: joins, subqueries, WITH, UNION, GROUP BY, CASE, CAST, LIKE. No window ' +
      `functions, no comments. A redacted column holds '${MASK}' in every row.`,
    tables: Object.entries(TABLES).map(([name, { description, columns }]) => ({
      name,
      description,
      rows: sizes[name] ?? 0,
      columns: Object.entries(columns).map(
        ([column, { type, description, references, redacted }]) => ({
          name: column,
          type,
          description,
          ...(references !== undefined && { references: `${references}.id` }),
          ...(redacted && { redacted }),
        }),
      ),
    })),
  }
}
