import * as z from 'zod'
import { type Database, defineTool, ToolError } from '#sdk'
import { compile } from '../language/compile'
import { sizesOf } from '../tables'

const PAGE_SIZE = 100
/** Skipped rows are read too: whoever wants more than this wants a sum of it. */
const MAX_OFFSET = 1000
const MAX_TEXT = 1000

const Value = z.union([z.string(), z.number(), z.null()])

export const query = defineTool({
  name: 'query',
  title: 'Query the shop',
  description:
    'Runs one SELECT (SQLite) on the tables of the shop and returns its rows, ' +
    `${PAGE_SIZE} a page. Call describe_tables first for tables and columns. Nothing can be changed. ` +
    'No rows means that nothing fits. Add ORDER BY when the order matters or there are more pages. ' +
    'Columns in `redacted` were masked wherever they stood: conditions on them compare the mask, so ' +
    'their result says nothing.',
  scopes: ['sql:read'],
  uses: { db: true },
  annotations: { readOnlyHint: true, openWorldHint: false },
  timeoutMs: 10_000,
  input: z.object({
    sql: z.string().describe('One SELECT statement, without comments or parameters'),
    cursor: z.string().max(64).optional().describe('next_cursor of the page before, same sql'),
  }),
  output: z.object({
    columns: z.array(z.string()),
    rows: z.array(z.array(Value)).describe('Values in the order of columns'),
    redacted: z.array(z.string()).describe('Columns that are masked, as table.column'),
    rows_read: z.int().describe('What it cost: rows the database looked at'),
    next_cursor: z.string().optional().describe('Absent on the last page'),
  }),
  async run({ sql, cursor }, { db }) {
    const offset = cursor === undefined ? 0 : offsetOf(cursor)
    // One more tells of a next page.
    const compiled = compile(sql, await sizesOf(db), { limit: PAGE_SIZE + 1, offset })
    const { results, meta } = await run(db, compiled.sql)
    const next = offset + PAGE_SIZE
    if (results.length > PAGE_SIZE && next > MAX_OFFSET) {
      throw new ToolError(
        'too_many_rows',
        `There are more than ${MAX_OFFSET + PAGE_SIZE} rows. Narrow them with WHERE, or count and ` +
          'sum them with GROUP BY.',
      )
    }
    return {
      columns: compiled.columns,
      rows: results.slice(0, PAGE_SIZE).map((row) => Object.values(row).map(shown)),
      redacted: compiled.redacted,
      rows_read: meta.rows_read,
      ...(results.length > PAGE_SIZE && { next_cursor: `q1-${next}` }),
    }
  },
})

/** Failures of which a caller can learn something, in the words of SQLite; nothing else gets out. */
const TELLING =
  /misuse of aggregate|aggregate functions are not allowed|too big|too large|too complex|integer overflow|out of range|no such collation|ESCAPE expression must be a single character/i

async function run(db: Database, sql: string) {
  try {
    return await db.prepare(sql).all<Record<string, unknown>>()
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : ''
    // Names that a caller has not written are of no use to them.
    const told = TELLING.exec(said)?.[0]
    throw new ToolError(
      'query_failed',
      `The database did not run this${told ? `: ${told}` : ''}. Simplify it, and call ` +
        'describe_tables for the columns.',
      { cause },
    )
  }
}

const shown = (value: unknown): z.output<typeof Value> => {
  if (typeof value === 'number' || value === null) return value
  const text = String(value)
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
}

function offsetOf(cursor: string): number {
  const [, offset] = /^q1-([1-9]\d{0,4})$/.exec(cursor) ?? []
  if (offset === undefined || Number(offset) > MAX_OFFSET) {
    throw new ToolError(
      'bad_cursor',
      'That cursor is not one of query. Pass next_cursor of the last page unchanged and with the ' +
        'same sql, or leave it out to start with the first row.',
    )
  }
  return Number(offset)
}
