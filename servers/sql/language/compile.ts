/**
 * Writes the statement that runs from the one that was read. Nothing of what a caller wrote gets
 * there but values: names of tables and columns are those of the declaration, all others are made
 * here, and where a redacted column was named stands its mask. A mistake in the parser can refuse
 * too much or compute something else; it cannot reach what is not declared.
 *
 * @module
 */
import { TABLES } from '../shop'
import { joinedRows } from './estimate'
import { isAggregate } from './functions'
import { parse } from './parse'
import { equalitiesOf, type Part, partOf } from './part'
import { refusal } from './refusal'
import {
  folded,
  type Named,
  resolve,
  type Scope,
  type ScopeSource,
  type Sizes,
  type SourceColumn,
  tableColumns,
} from './scope'
import type { Expression, OrderTerm, Query, Select, Source } from './syntax'

export interface Page {
  limit: number
  offset: number
}

export interface Compiled {
  sql: string
  /** What callers call the columns; the statement has names of its own. */
  columns: string[]
  /** Columns whose mask was used, as table.column. */
  redacted: string[]
}

/** Rows that one statement may go through. */
export const MAX_ROWS_READ = 100_000
/** Tables of one statement, each as often as it is used. */
const MAX_SOURCES = 16
const MAX_COLUMNS = 64

/** What is known while one statement is written. */
interface Work {
  source: string
  sizes: Sizes
  redacted: Set<string>
  sources: number
  /** Names that no table or column has. */
  fresh(letter: 't' | 'c'): string
  fail(problem: string, at: number): never
}

interface Written {
  sql: string
  columns: SourceColumn[]
  /** Rows it returns and rows it goes through, about. */
  rows: number
  reads: number
  /** Scopes around it that it depends on. */
  uses: ReadonlySet<Scope>
}

/**
 * The statement for one page of what a SELECT returns.
 *
 * @throws {ToolError} for what is not in the language, not there, or takes too long.
 */
export function compile(source: string, sizes: Sizes, page: Page): Compiled {
  const query = parse(source)
  let names = 0
  const work: Work = {
    source,
    sizes,
    redacted: new Set(),
    sources: 0,
    fresh: (letter) => `${letter}${names++}`,
    fail(problem, at) {
      throw refusal('not_understood', problem, { sql: source, at })
    },
  }
  const left = query.limit === undefined ? page.limit : Math.max(0, query.limit - page.offset)
  const limit = Math.min(page.limit, left)
  const paged = { ...query, limit, offset: query.offset + page.offset }
  const { sql, columns, reads } = writeQuery(paged, undefined, [], work)
  if (reads > MAX_ROWS_READ) {
    throw refusal(
      'too_expensive',
      `This would go through about ${Math.ceil(reads)} rows, and ${MAX_ROWS_READ} are the limit. ` +
        'Tie tables together with ON a.x_id = b.id, narrow them with WHERE, or aggregate in a ' +
        'subquery before you join.',
    )
  }
  return { sql, columns: columns.map(({ name }) => name), redacted: [...work.redacted].sort() }
}

function writeQuery(
  query: Query,
  outer: Scope | undefined,
  around: readonly Named[],
  work: Work,
): Written {
  let named = around
  for (const { name, query: of } of query.with) {
    named = [{ name: folded(name), query: of, before: named }, ...named]
  }
  const first = writeSelect(query.first, outer, named, work)
  const selects = [first]
  let sql = first.sql
  for (const { operator, select } of query.more) {
    const next = writeSelect(select, outer, named, work)
    if (next.columns.length !== first.columns.length) {
      work.fail(`What is put together by ${operator} differs in its number of columns.`, select.at)
    }
    selects.push(next)
    sql += ` ${operator} ${next.sql}`
  }
  const isCompound = selects.length > 1
  const order = query.orderBy.map((term) => writeOrder(term, first, isCompound, work))
  if (order.length > 0) sql += ` ORDER BY ${order.map((term) => term.sql).join(', ')}`
  if (query.limit !== undefined) sql += ` LIMIT ${query.limit} OFFSET ${query.offset}`
  const { readsOnce, readsPerRow, uses } = partOf('', order)
  const total = (of: 'rows' | 'reads') => selects.reduce((sum, select) => sum + select[of], 0)
  return {
    sql,
    // What several queries put together has no index.
    columns: isCompound
      ? first.columns.map((column) => ({ ...column, rowsPerValue: undefined }))
      : first.columns,
    rows: Math.min(total('rows'), query.limit ?? Number.POSITIVE_INFINITY),
    reads: total('reads') + readsOnce + readsPerRow * first.through,
    uses: without(first.scope, uses, ...selects.map((select) => select.uses)),
  }
}

interface WrittenSelect extends Written {
  scope: Scope
  /** Rows before they are grouped. */
  through: number
}

function writeSelect(
  select: Select,
  outer: Scope | undefined,
  named: readonly Named[],
  work: Work,
): WrittenSelect {
  const scope: Scope = { sources: [], named, outer, aliases: new Map() }
  const {
    sql: from,
    parts: conditions,
    reads: readsOfSources,
    uses,
  } = writeFrom(select, scope, work)
  const parts = [...conditions]
  const columns = writeItems(select, scope, work, parts)
  const where = select.where && write(select.where, scope, work)
  if (where) {
    if (where.aggregates) work.fail('Conditions on aggregates stand in HAVING.', select.at)
    conditions.push(where)
    parts.push(where)
  }
  // Known from here on: WHERE comes before there is a result.
  for (const { name, sql } of columns) {
    if (!scope.aliases.has(folded(name))) scope.aliases.set(folded(name), sql)
  }
  const groups = select.groupBy.map((term) => writeGroup(term, columns, scope, work))
  const having = select.having && write(select.having, scope, work)
  parts.push(...groups, ...(having ? [having] : []))

  const through = joinedRows(
    scope.sources,
    conditions.flatMap(({ equalities }) => equalities),
  )
  const all = partOf('', parts)
  const isOne = groups.length === 0 && all.aggregates
  const [key, ...otherKeys] = groups
  return {
    sql:
      `SELECT ${select.distinct ? 'DISTINCT ' : ''}` +
      columns.map(({ written, sql }) => `${written} AS ${sql}`).join(', ') +
      (from === '' ? '' : ` FROM ${from}`) +
      (where ? ` WHERE ${where.sql}` : '') +
      (groups.length > 0 ? ` GROUP BY ${groups.map(({ sql }) => sql).join(', ')}` : '') +
      (having ? ` HAVING ${having.sql}` : ''),
    columns: columns.map(({ name, sql, written }) => ({
      name,
      sql,
      // There is one row for each value that rows are grouped by.
      rowsPerValue:
        key && otherKeys.length === 0 && [written, sql].includes(key.sql) ? 1 : undefined,
    })),
    rows: isOne ? 1 : through,
    through,
    reads: readsOfSources + through + all.readsOnce + all.readsPerRow * through,
    uses: without(scope, all.uses, uses),
    scope,
  }
}

function writeFrom({ from, at }: Select, scope: Scope, work: Work) {
  const parts: Part[] = []
  const uses = new Set<Scope>()
  let sql = ''
  let reads = 0
  for (const source of from) {
    const written = writeSource(source, scope, work)
    const { name } = written.source
    if (scope.sources.some((it) => it.name === name)) {
      work.fail(`"${name}" is there twice: call one by another name with AS.`, at)
    }
    scope.sources.push(written.source)
    for (const used of written.uses) uses.add(used)
    reads += written.reads
    sql += sql === '' ? written.sql : ` ${source.join} JOIN ${written.sql}`
    if (source.on) {
      const on = write(source.on, scope, work)
      parts.push(on)
      sql += ` ON ${on.sql}`
    }
  }
  return { sql, parts, reads, uses }
}

function writeSource(
  { from, alias }: Source,
  scope: Scope,
  work: Work,
): { sql: string; source: ScopeSource; reads: number; uses: ReadonlySet<Scope> } {
  work.sources += 1
  if (work.sources > MAX_SOURCES) {
    throw refusal('too_expensive', `More than ${MAX_SOURCES} tables and subqueries are used.`)
  }
  const as = work.fresh('t')
  const derived = (query: Query, name: string, named: readonly Named[]) => {
    // As in SQL, what stands in FROM knows nothing of its neighbours.
    const { sql, columns, rows, reads, uses } = writeQuery(query, scope.outer, named, work)
    const own = columns.map((column) => ({ ...column, sql: `${as}.${column.sql}` }))
    return { sql: `(${sql}) AS ${as}`, source: { name, columns: own, size: rows }, reads, uses }
  }
  if ('query' in from) return derived(from.query, folded(alias ?? ''), scope.named)
  const table = folded(from.table)
  const name = folded(alias ?? from.table)
  const named = scope.named.find((it) => it.name === table)
  if (named) return derived(named.query, name, named.before)
  if (!Object.hasOwn(TABLES, table)) {
    const there = [...scope.named.map((it) => it.name), ...Object.keys(TABLES)].join(', ')
    const problem = `There is no table "${from.table}". There are: ${there}.`
    throw refusal('unknown_name', problem, { sql: work.source, at: from.at })
  }
  const columns = tableColumns(table, as, work.sizes)
  const source = { name, columns, size: work.sizes[table] ?? 0 }
  return { sql: `"main"."${table}" AS ${as}`, source, reads: 0, uses: new Set() }
}

interface ResultColumn {
  /** As callers know it. */
  name: string
  /** The name it is given. */
  sql: string
  /** What it is made of. */
  written: string
}

function writeItems(select: Select, scope: Scope, work: Work, parts: Part[]): ResultColumn[] {
  const columns: ResultColumn[] = []
  const add = (name: string, written: string) => {
    columns.push({ name, sql: work.fresh('c'), written })
    if (columns.length > MAX_COLUMNS) {
      work.fail(`The result has more than ${MAX_COLUMNS} columns.`, select.at)
    }
  }
  for (const item of select.items) {
    if (item.kind === 'expression') {
      const part = write(item.expression, scope, work)
      parts.push(part)
      add(item.alias ?? nameOf(item.expression), part.sql)
      continue
    }
    const { of, at } = item
    const sources = scope.sources.filter(({ name }) => of === undefined || name === folded(of))
    if (sources.length === 0) {
      work.fail(of === undefined ? '* needs FROM.' : `There is no "${of}" in FROM.`, at)
    }
    for (const { name, sql, redacted } of sources.flatMap((source) => source.columns)) {
      if (redacted !== undefined) work.redacted.add(redacted)
      add(name, sql)
    }
  }
  return columns
}

/** What a result is called that was given no name. */
const nameOf = (expression: Expression): string =>
  expression.kind === 'column' || expression.kind === 'call' ? expression.name : 'value'

/** The place of a result, counted from 1, that a term names by its number. */
function ordinalOf(
  expression: Expression,
  count: number,
  { fail }: Work,
  at: number,
): number | undefined {
  if (expression.kind !== 'literal' || !/^\d+$/.test(expression.sql)) return undefined
  const place = Number(expression.sql)
  if (place < 1 || place > count) fail(`There is no column number ${place} in the result.`, at)
  return place
}

function writeGroup(
  term: Expression,
  columns: readonly ResultColumn[],
  scope: Scope,
  work: Work,
): Part {
  const place = ordinalOf(term, columns.length, work, 0)
  if (place !== undefined) return partOf(columns[place - 1]?.sql ?? '', [])
  const part = write(term, scope, work)
  // A number would be taken for a place.
  return term.kind === 'literal' ? { ...part, sql: `(${part.sql} || '')` } : part
}

function writeOrder(
  { expression, descending, nulls }: OrderTerm,
  { columns, scope }: WrittenSelect,
  isCompound: boolean,
  work: Work,
): Part {
  const at = expression.kind === 'column' ? expression.at : 0
  const named =
    expression.kind === 'column' && expression.table === undefined
      ? columns.findIndex(({ name }) => folded(name) === folded(expression.name)) + 1
      : 0
  const place = named > 0 ? named : ordinalOf(expression, columns.length, work, at)
  if (place === undefined && isCompound) {
    work.fail('Order what is put together by names or numbers of its columns.', at)
  }
  const part = place === undefined ? write(expression, scope, work) : partOf(String(place), [])
  const direction = descending ? ' DESC' : ''
  return { ...part, sql: `${part.sql}${direction}${nulls === undefined ? '' : ` NULLS ${nulls}`}` }
}

/** An expression in SQL, each of its operations in brackets: no precedence is left to read. */
function write(expression: Expression, scope: Scope, work: Work): Part {
  const parts: Part[] = []
  const sub = (inner: Expression): string => {
    const part = write(inner, scope, work)
    parts.push(part)
    return part.sql
  }
  const list = (inner: readonly Expression[]): string => inner.map(sub).join(', ')
  const query = (inner: Query, columns?: number): string => {
    const written = writeQuery(inner, scope, scope.named, work)
    if (columns !== undefined && written.columns.length !== columns) {
      work.fail('A subquery in the place of a value has one column.', inner.at)
    }
    const perRow = written.uses.has(scope)
    parts.push({
      ...partOf('', []),
      uses: written.uses,
      readsPerRow: perRow ? written.reads : 0,
      readsOnce: perRow ? 0 : written.reads,
    })
    return `(${written.sql})`
  }
  const not = (negated: boolean): string => (negated ? 'NOT ' : '')

  switch (expression.kind) {
    case 'literal':
      return partOf(expression.sql, [])
    case 'column':
      return writeColumn(expression, scope, work)
    case 'unary':
      return partOf(`(${expression.operator} ${sub(expression.operand)})`, parts)
    case 'binary': {
      const { operator } = expression
      const left = write(expression.left, scope, work)
      const right = write(expression.right, scope, work)
      const part = partOf(`(${left.sql} ${operator} ${right.sql})`, [left, right])
      if (operator === 'AND') part.equalities = [...left.equalities, ...right.equalities]
      if (operator === '=') part.equalities = equalitiesOf(left, right)
      return part
    }
    case 'like': {
      const { operand, pattern, escapedBy } = expression
      const escaped = escapedBy ? ` ESCAPE ${sub(escapedBy)}` : ''
      const sql = `(${sub(operand)} ${not(expression.not)}LIKE ${sub(pattern)}${escaped})`
      return partOf(sql, parts)
    }
    case 'between': {
      const { operand, low, high } = expression
      const sql = `(${sub(operand)} ${not(expression.not)}BETWEEN ${sub(low)} AND ${sub(high)})`
      return partOf(sql, parts)
    }
    case 'in': {
      const { operand, among } = expression
      const values = Array.isArray(among) ? `(${list(among)})` : query(among, 1)
      return partOf(`(${sub(operand)} ${not(expression.not)}IN ${values})`, parts)
    }
    case 'isNull':
      return partOf(`(${sub(expression.operand)} IS ${not(expression.not)}NULL)`, parts)
    case 'case': {
      const { of, when, otherwise } = expression
      const cases = when.map(([is, then]) => `WHEN ${sub(is)} THEN ${sub(then)}`).join(' ')
      const start = of ? `CASE ${sub(of)}` : 'CASE'
      return partOf(`${start} ${cases}${otherwise ? ` ELSE ${sub(otherwise)}` : ''} END`, parts)
    }
    case 'cast':
      return partOf(`CAST(${sub(expression.operand)} AS ${expression.to})`, parts)
    case 'collate':
      return partOf(`(${sub(expression.operand)} COLLATE ${expression.by})`, parts)
    case 'exists':
      return partOf(`EXISTS ${query(expression.query)}`, parts)
    case 'subquery':
      return partOf(query(expression.query, 1), parts)
    case 'call': {
      const { name, args, distinct, at } = expression
      const sql = `${name}(${distinct ? 'DISTINCT ' : ''}${args === '*' ? '*' : list(args)})`
      const part = partOf(sql, parts)
      if (!isAggregate(name, args.length)) return part
      if (part.aggregates) work.fail(`${name}() of an aggregate needs a subquery.`, at)
      return { ...part, aggregates: true }
    }
    default:
      return expression satisfies never
  }
}

function writeColumn(
  expression: Extract<Expression, { kind: 'column' }>,
  scope: Scope,
  work: Work,
): Part {
  const { sql, scope: of, found } = resolve(expression, scope, work.source)
  const part = { ...partOf(sql, []), uses: new Set([of]) }
  if (!found) return part
  const { source, column } = found
  if (column.redacted !== undefined) work.redacted.add(column.redacted)
  if (of !== scope) return part
  return {
    ...part,
    sources: new Set([source]),
    column: { source, rowsPerValue: column.rowsPerValue },
  }
}

const without = (scope: Scope, ...sets: ReadonlySet<Scope>[]): ReadonlySet<Scope> =>
  new Set(sets.flatMap((set) => [...set]).filter((it) => it !== scope))
