/** A written expression, and what is known of it. @module */
import type { Equality } from './estimate'
import type { Scope, ScopeSource } from './scope'

export interface Part {
  sql: string
  /** Every scope with a column in it. */
  uses: ReadonlySet<Scope>
  /** Sources of the scope it was written in. */
  sources: ReadonlySet<ScopeSource>
  /** Rows its subqueries go through: those that depend on the row, and those that do not. */
  readsPerRow: number
  readsOnce: number
  /** Whether it makes one value of many rows. */
  aggregates: boolean
  /** Where it is nothing but a column. */
  column?: { source: ScopeSource; rowsPerValue: number | undefined }
  /** What must be equal for it to be true. */
  equalities: Equality[]
}

/** A part made of others; what it says of equality is lost. */
export const partOf = (sql: string, parts: readonly Part[]): Part => ({
  sql,
  uses: new Set(parts.flatMap(({ uses }) => [...uses])),
  sources: new Set(parts.flatMap(({ sources }) => [...sources])),
  readsPerRow: parts.reduce((sum, { readsPerRow }) => sum + readsPerRow, 0),
  readsOnce: parts.reduce((sum, { readsOnce }) => sum + readsOnce, 0),
  aggregates: parts.some(({ aggregates }) => aggregates),
  equalities: [],
})

/** What `left = right` says of how rows are found. */
export function equalitiesOf(left: Part, right: Part): Equality[] {
  const one = (side: Part, other: Part): Equality[] =>
    side.column && !other.sources.has(side.column.source) && other.readsPerRow === 0
      ? [{ of: side.column.source, rowsPerValue: side.column.rowsPerValue, from: other.sources }]
      : []
  return [...one(left, right), ...one(right, left)]
}
