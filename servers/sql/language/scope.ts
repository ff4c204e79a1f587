/** Which names a part of a statement knows, and what they stand for. @module */
import { MASK, TABLES } from '../shop'
import { refusal } from './refusal'
import type { Expression, Query } from './syntax'

/** Rows of each table, about. */
export type Sizes = Readonly<Record<string, number>>

export interface SourceColumn {
  /** As callers know it. */
  name: string
  /** What is written where it is used; never what a caller wrote. */
  sql: string
  /** Rows of its source that have one value of it, about; undefined without an index. */
  rowsPerValue: number | undefined
  /** Its table and name, when the mask is all that callers see of it. */
  redacted?: string
}

export interface ScopeSource {
  name: string
  columns: SourceColumn[]
  /** Rows, about. */
  size: number
}

/** A query that WITH gave a name. */
export interface Named {
  name: string
  query: Query
  /** What was named before it: none knows itself. */
  before: readonly Named[]
}

export interface Scope {
  sources: ScopeSource[]
  named: readonly Named[]
  outer: Scope | undefined
  /** Results, by the names that GROUP BY, HAVING and ORDER BY may use. */
  aliases: Map<string, string>
}

export interface Resolved {
  sql: string
  scope: Scope
  /** Undefined for a result. */
  found: { source: ScopeSource; column: SourceColumn } | undefined
}

/** The columns of a table as a query sees them. */
export function tableColumns(table: string, as: string, sizes: Sizes): SourceColumn[] {
  return Object.entries(TABLES[table]?.columns ?? {}).map(([name, column]) => {
    // The column itself is written nowhere, so nothing that is done to it can tell what it holds.
    if (column.redacted) {
      return { name, sql: `'${MASK}'`, rowsPerValue: undefined, redacted: `${table}.${name}` }
    }
    const sql = `${as}."${name}"`
    if (column.unique) return { name, sql, rowsPerValue: 1 }
    if (column.references === undefined) return { name, sql, rowsPerValue: undefined }
    const parents = Math.max(1, sizes[column.references] ?? 1)
    return { name, sql, rowsPerValue: Math.ceil((sizes[table] ?? 0) / parents) }
  })
}

/** As SQLite folds names: A to Z only. */
export const folded = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

/**
 * What a name stands for, in this scope or one around it.
 *
 * @throws {ToolError} `unknown_name`, with the names there are.
 */
export function resolve(
  column: Extract<Expression, { kind: 'column' }>,
  scope: Scope,
  sql: string,
): Resolved {
  const { table, name, quoted, at } = column
  const wanted = folded(name)
  for (let level: Scope | undefined = scope; level; level = level.outer) {
    const sources = level.sources.filter((it) => table === undefined || it.name === folded(table))
    const found = sources.flatMap((source) =>
      source.columns
        .filter((it) => folded(it.name) === wanted)
        .map((it) => ({ source, column: it })),
    )
    if (found.length > 1) {
      const choice = found.map(({ source }) => `${source.name}.${wanted}`)
      const problem =
        new Set(choice).size > 1
          ? `"${name}" is in several tables: write ${choice.join(' or ')}.`
          : `"${name}" is there twice: name them apart with AS.`
      throw refusal('unknown_name', problem, { sql, at })
    }
    const [only] = found
    if (only) return { sql: only.column.sql, scope: level, found: only }
    const alias = table === undefined ? level.aliases.get(wanted) : undefined
    if (alias !== undefined) return { sql: alias, scope: level, found: undefined }
  }
  const full = table === undefined ? name : `${table}.${name}`
  const hint = quoted ? ' Texts stand in single quotes.' : ''
  throw refusal('unknown_name', `There is no column "${full}".${hint} ${known(scope)}`, { sql, at })
}

const known = ({ sources }: Scope): string =>
  sources.length === 0
    ? 'There is no FROM.'
    : `There are: ${sources
        .map((it) => `${it.name} (${it.columns.map(({ name }) => name).join(', ')})`)
        .join('; ')}.`
