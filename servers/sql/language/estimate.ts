/** How many rows a join goes through, about. @module */
import type { ScopeSource } from './scope'

/** `column = value`, one of conditions that must all hold. */
export interface Equality {
  of: ScopeSource
  /** Rows of the source that have one value of the column, about; undefined without an index. */
  rowsPerValue: number | undefined
  /** Sources the value is made of; none for one that is fixed. */
  from: ReadonlySet<ScopeSource>
}

/** As few as the best order of the sources leaves, for that is the order SQLite looks for. */
export function joinedRows(sources: readonly ScopeSource[], equalities: Equality[]): number {
  if (sources.length === 0) return 1
  return Math.min(...sources.map((first) => rowsFrom(first, sources, equalities)))
}

function rowsFrom(
  first: ScopeSource,
  sources: readonly ScopeSource[],
  equalities: Equality[],
): number {
  const tied = new Set<ScopeSource>()
  const rowsOf = (source: ScopeSource): number =>
    Math.min(
      source.size,
      ...equalities
        .filter(({ of, from }) => of === source && [...from].every((it) => tied.has(it)))
        .map(({ rowsPerValue }) => rowsPerValue ?? source.size),
    )
  let rows = rowsOf(first)
  tied.add(first)
  while (tied.size < sources.length) {
    const [next] = sources
      .filter((source) => !tied.has(source))
      .map((source) => ({ source, rows: rowsOf(source) }))
      .sort((a, b) => a.rows - b.rows)
    if (!next) break
    rows *= Math.max(1, next.rows)
    tied.add(next.source)
  }
  return rows
}
