/**
 * A strict parser for the part of SQLite's SELECT that this module runs. Whatever it does not know is
 * refused with a sentence: a statement is understood to its last sign, or not run.
 *
 * Not one from a package: those that know SQLite are larger than this whole platform, and take what
 * they half understand.
 *
 * @module
 */
import { parseExpression, parseList, readName } from './parse-expression'
import { createReader, type Reader } from './reader'
import { refusal } from './refusal'
import type { Expression, OrderTerm, Query, ResultItem, Select, Source } from './syntax'

/** @throws {ToolError} for all but one SELECT of the language. */
export function parse(sql: string): Query {
  const reader = createReader(sql)
  const { kind, text } = reader.peek()
  if (kind === 'end') throw refusal('not_understood', 'The statement is empty.')
  if (!reader.sees('select') && !reader.sees('with')) {
    const found = kind === 'word' ? text.toUpperCase() : `"${text}"`
    throw refusal('not_allowed', `Only SELECT is allowed, and this begins with ${found}.`)
  }
  const query = parseQuery(reader)
  const hadEnd = reader.acceptsSymbol(';')
  const rest = reader.peek()
  if (rest.kind === 'end') return query
  if (hadEnd) {
    throw refusal('not_allowed', 'Only one statement is allowed; there is more after ";".', {
      sql,
      at: rest.at,
    })
  }
  return reader.fail('The statement was over here, as far as it is understood.')
}

function parseQuery(reader: Reader): Query {
  const { at } = reader.peek()
  const named = reader.accepts('with') ? parseWith(reader) : []
  const first = parseSelect(reader)
  const more: Query['more'] = []
  for (let operator = compound(reader); operator; operator = compound(reader)) {
    more.push({ operator, select: parseSelect(reader) })
  }
  const orderBy = reader.accepts('order') ? parseOrderBy(reader) : []
  const limit = reader.accepts('limit') ? readCount(reader, 'LIMIT') : undefined
  if (limit !== undefined && reader.acceptsSymbol(',')) {
    reader.fail('Write LIMIT count OFFSET start.')
  }
  const offset = limit !== undefined && reader.accepts('offset') ? readCount(reader, 'OFFSET') : 0
  return { with: named, first, more, orderBy, limit, offset, at }
}

function parseWith(reader: Reader): Query['with'] {
  if (reader.sees('recursive')) {
    throw refusal('not_allowed', 'Recursive queries are not allowed: nobody knows when they end.', {
      sql: reader.sql,
      at: reader.peek().at,
    })
  }
  const named: Query['with'] = []
  do {
    const name = readName(reader, 'a name after WITH')
    if (reader.seesSymbol('(')) reader.fail('Name the columns inside of the query, with AS.')
    reader.expect('as')
    reader.expectSymbol('(', 'after AS')
    if (!reader.sees('select') && !reader.sees('with')) {
      const at = reader.peek().at
      throw refusal('not_allowed', 'Only SELECT is allowed in WITH.', { sql: reader.sql, at })
    }
    const query = reader.inside(() => parseQuery(reader))
    reader.expectSymbol(')', `after the query of "${name}"`)
    named.push({ name, query })
  } while (reader.acceptsSymbol(','))
  if (!reader.sees('select')) {
    const at = reader.peek().at
    throw refusal('not_allowed', 'Only SELECT is allowed after WITH.', { sql: reader.sql, at })
  }
  return named
}

function compound(reader: Reader): Query['more'][number]['operator'] | undefined {
  if (reader.accepts('union', 'all')) return 'UNION ALL'
  if (reader.accepts('union')) return 'UNION'
  if (reader.accepts('intersect')) return 'INTERSECT'
  return reader.accepts('except') ? 'EXCEPT' : undefined
}

function parseSelect(reader: Reader): Select {
  const { at } = reader.peek()
  reader.expect('select')
  const distinct = reader.accepts('distinct')
  if (!distinct) reader.accepts('all')
  const items = [parseItem(reader)]
  while (reader.acceptsSymbol(',')) items.push(parseItem(reader))
  const from = reader.accepts('from') ? parseFrom(reader) : []
  const where = reader.accepts('where') ? expression(reader) : undefined
  const groupBy = reader.accepts('group', 'by') ? parseList(reader, parseQuery) : []
  const having = reader.accepts('having') ? expression(reader) : undefined
  if (reader.sees('window')) reader.fail('Window functions are not understood.')
  return { distinct, items, from, where, groupBy, having, at }
}

function parseItem(reader: Reader): ResultItem {
  const { at } = reader.peek()
  if (reader.acceptsSymbol('*')) return { kind: 'all', of: undefined, at }
  if (reader.seesSymbol('.', 1) && reader.seesSymbol('*', 2)) {
    const of = readName(reader, 'a table')
    reader.take()
    reader.take()
    return { kind: 'all', of, at }
  }
  return { kind: 'expression', expression: expression(reader), alias: readAlias(reader) }
}

/** After AS a name must follow; without it, one may. */
function readAlias(reader: Reader): string | undefined {
  if (reader.accepts('as')) return readName(reader, 'a name after AS')
  const { kind } = reader.peek()
  if (kind === 'text') reader.fail('Names stand in double quotes, texts in single ones.')
  const mayFollow = kind === 'name' || (kind === 'word' && !ENDS_SOURCE.has(reader.peek().text))
  return mayFollow ? readName(reader, 'a name') : undefined
}

/** What may come after a table or a result, and so is not its name. */
const ENDS_SOURCE = new Set(
  `from where group having order limit offset union intersect except join inner left right full outer
   cross natural on using window indexed not end then when else and or`.split(/\s+/),
)

function parseFrom(reader: Reader): Source[] {
  const sources = [parseSource(reader, 'INNER')]
  for (let join = joinWord(reader); join; join = joinWord(reader)) {
    const source = parseSource(reader, join)
    if (reader.sees('using')) reader.fail('USING is not understood: use ON a.x = b.x.')
    const on = reader.accepts('on') ? expression(reader) : undefined
    if (join === 'LEFT' && !on) reader.fail('LEFT JOIN needs ON.')
    sources.push({ ...source, on })
  }
  return sources
}

function joinWord(reader: Reader): Source['join'] | undefined {
  // For SQLite, CROSS is a word on the order of the loops; that is its own business here.
  if (reader.acceptsSymbol(',') || reader.accepts('cross', 'join')) return 'INNER'
  if (reader.accepts('inner', 'join') || reader.accepts('join')) return 'INNER'
  if (reader.accepts('left', 'outer', 'join') || reader.accepts('left', 'join')) return 'LEFT'
  if (['natural', 'right', 'full'].some((word) => reader.sees(word))) {
    const word = reader.peek().text.toUpperCase()
    reader.fail(`${word} JOIN is not understood: use JOIN or LEFT JOIN with ON.`)
  }
  return undefined
}

function parseSource(reader: Reader, join: Source['join']): Source {
  if (reader.acceptsSymbol('(')) {
    if (!reader.sees('select') && !reader.sees('with')) {
      reader.fail('Only a SELECT stands in brackets after FROM and JOIN.')
    }
    const query = reader.inside(() => parseQuery(reader))
    reader.expectSymbol(')', 'after the query')
    return { from: { query }, alias: readAlias(reader), join, on: undefined }
  }
  const { at } = reader.peek()
  const table = readName(reader, 'a table')
  if (reader.seesSymbol('(')) {
    throw refusal('not_allowed', `"${table}" is read like a function, and only tables are there.`, {
      sql: reader.sql,
      at,
    })
  }
  if (reader.seesSymbol('.')) {
    throw refusal('not_allowed', `Leave "${table}." out: there is one schema only.`, {
      sql: reader.sql,
      at,
    })
  }
  const alias = readAlias(reader)
  if (reader.sees('indexed') || reader.sees('not', 'indexed')) {
    reader.fail('Which index is used is the database’s business: leave INDEXED out.')
  }
  return { from: { table, at }, alias, join, on: undefined }
}

function parseOrderBy(reader: Reader): OrderTerm[] {
  reader.expect('by')
  const terms: OrderTerm[] = []
  do {
    const term = expression(reader)
    const descending = reader.accepts('desc')
    if (!descending) reader.accepts('asc')
    const nulls = reader.accepts('nulls', 'first')
      ? 'FIRST'
      : reader.accepts('nulls', 'last')
        ? 'LAST'
        : undefined
    terms.push({ expression: term, descending, nulls })
  } while (reader.acceptsSymbol(','))
  return terms
}

/** Nothing is computed here, so that what a statement costs is known before it runs. */
function readCount(reader: Reader, after: string): number {
  const token = reader.take()
  if (token.kind === 'number' && /^\d{1,9}$/.test(token.text)) return Number(token.text)
  return reader.fail(`Expected a whole number after ${after}.`, token)
}

const expression = (reader: Reader): Expression => parseExpression(reader, parseQuery)
