/** Expressions, with the precedence of SQLite. @module */
import { FUNCTION_NAMES, findFunction } from './functions'
import type { Reader } from './reader'
import { refusal } from './refusal'
import type { BinaryOperator, Expression, Query } from './syntax'

/** Reads a query in brackets; the parser of queries hands itself over. */
export type ReadQuery = (reader: Reader) => Query

/** Words that are no names unless they are quoted. */
export const RESERVED = new Set(
  `all and as asc between by case cast collate cross desc distinct else end escape except exists from
   full glob group having in indexed inner intersect is isnull join left like limit match natural not
   notnull null offset on or order outer over recursive regexp right select then union using values
   when where window with`.split(/\s+/),
)

const CAST_TYPES = ['integer', 'real', 'text', 'numeric']
const COLLATIONS = ['binary', 'nocase', 'rtrim']

export function parseExpression(reader: Reader, query: ReadQuery): Expression {
  return reader.inside(() => parseOr(reader, query))
}

/** Left-associative operators of one level. */
function chain(operand: () => Expression, operator: () => BinaryOperator | undefined): Expression {
  let left = operand()
  for (let found = operator(); found !== undefined; found = operator()) {
    left = { kind: 'binary', operator: found, left, right: operand() }
  }
  return left
}

const symbols =
  (reader: Reader, operators: Record<string, BinaryOperator>) => (): BinaryOperator | undefined => {
    const { kind, text } = reader.peek()
    const found = kind === 'symbol' && Object.hasOwn(operators, text) ? operators[text] : undefined
    if (found !== undefined) reader.take()
    return found
  }

const parseOr = (reader: Reader, query: ReadQuery): Expression =>
  chain(
    () =>
      chain(
        () => parseNot(reader, query),
        () => (reader.accepts('and') ? 'AND' : undefined),
      ),
    () => (reader.accepts('or') ? 'OR' : undefined),
  )

function parseNot(reader: Reader, query: ReadQuery): Expression {
  // NOT EXISTS is read further down, where EXISTS is.
  if (!reader.accepts('not')) return parseEquality(reader, query)
  const operand = reader.inside(() => parseNot(reader, query))
  return { kind: 'unary', operator: 'NOT', operand }
}

/** `=`, `IS`, `IN`, `LIKE` and `BETWEEN` are of one level. */
function parseEquality(reader: Reader, query: ReadQuery): Expression {
  const next = () => parseComparison(reader, query)
  const equals = symbols(reader, { '=': '=', '==': '=', '<>': '<>', '!=': '<>' })
  let left = next()
  for (;;) {
    const operator = equals()
    const after = operator ? undefined : parsePredicate(reader, query, left, next)
    if (operator) left = { kind: 'binary', operator, left, right: next() }
    else if (after) left = after
    else return left
  }
}

function parsePredicate(
  reader: Reader,
  query: ReadQuery,
  operand: Expression,
  next: () => Expression,
): Expression | undefined {
  if (reader.accepts('isnull')) return { kind: 'isNull', not: false, operand }
  if (reader.accepts('notnull')) return { kind: 'isNull', not: true, operand }
  if (reader.accepts('is')) {
    const not = reader.accepts('not')
    if (reader.accepts('null')) return { kind: 'isNull', not, operand }
    if (reader.sees('distinct')) reader.fail('IS DISTINCT FROM is not understood: use IS [NOT].')
    return { kind: 'binary', operator: not ? 'IS NOT' : 'IS', left: operand, right: next() }
  }
  const not = reader.accepts('not')
  if (not && reader.accepts('null')) return { kind: 'isNull', not, operand }
  if (reader.accepts('like')) {
    const pattern = next()
    const escapedBy = reader.accepts('escape') ? next() : undefined
    return { kind: 'like', not, operand, pattern, ...(escapedBy && { escapedBy }) }
  }
  if (reader.accepts('between')) {
    const low = next()
    reader.expect('and')
    return { kind: 'between', not, operand, low, high: next() }
  }
  if (reader.accepts('in')) {
    reader.expectSymbol('(', 'after IN')
    const among = reader.inside(() =>
      reader.sees('select') || reader.sees('with') ? query(reader) : parseList(reader, query),
    )
    reader.expectSymbol(')', 'after the values of IN')
    return { kind: 'in', not, operand, among }
  }
  if (['glob', 'match', 'regexp'].some((word) => reader.sees(word))) {
    reader.fail(`${reader.peek().text.toUpperCase()} is not allowed: use LIKE.`)
  }
  return not ? reader.fail('Expected IN, LIKE, BETWEEN or NULL after NOT.') : undefined
}

function parseComparison(reader: Reader, query: ReadQuery): Expression {
  return chain(
    () =>
      chain(
        () =>
          chain(
            () => chain(() => parseUnary(reader, query), symbols(reader, { '||': '||' })),
            symbols(reader, { '*': '*', '/': '/', '%': '%' }),
          ),
        symbols(reader, { '+': '+', '-': '-' }),
      ),
    symbols(reader, { '<': '<', '<=': '<=', '>': '>', '>=': '>=' }),
  )
}

function parseUnary(reader: Reader, query: ReadQuery): Expression {
  for (const operator of ['-', '+'] as const) {
    if (!reader.acceptsSymbol(operator)) continue
    return { kind: 'unary', operator, operand: reader.inside(() => parseUnary(reader, query)) }
  }
  let operand = parsePrimary(reader, query)
  while (reader.accepts('collate')) {
    operand = { kind: 'collate', operand, by: oneOf(reader, COLLATIONS, 'a collation') }
  }
  return operand
}

function parsePrimary(reader: Reader, query: ReadQuery): Expression {
  const token = reader.take()
  switch (token.kind) {
    case 'number':
      return { kind: 'literal', sql: token.text }
    case 'text':
      return { kind: 'literal', sql: `'${token.text.replaceAll("'", "''")}'` }
    case 'symbol':
      if (token.text !== '(') break
      return reader.inside(() => {
        const { at } = token
        const inner: Expression =
          reader.sees('select') || reader.sees('with')
            ? { kind: 'subquery', query: query(reader), at }
            : parseExpression(reader, query)
        if (reader.acceptsSymbol(',')) reader.fail('Lists of values stand only after IN.')
        reader.expectSymbol(')', 'here')
        return inner
      })
    case 'name':
      return parseColumn(reader, token.text, true, token.at)
    case 'word':
      return parseWord(reader, query, token.text, token.at)
    default:
      break
  }
  return reader.fail('Expected a value, a column or a bracket.', token)
}

function parseWord(reader: Reader, query: ReadQuery, word: string, at: number): Expression {
  switch (word) {
    case 'null':
    case 'true':
    case 'false':
      return { kind: 'literal', sql: word.toUpperCase() }
    case 'case':
      return reader.inside(() => parseCase(reader, query))
    case 'cast':
      return parseCast(reader, query)
    case 'exists': {
      reader.expectSymbol('(', 'after EXISTS')
      const found = reader.inside(() => query(reader))
      reader.expectSymbol(')', 'after the query of EXISTS')
      return { kind: 'exists', query: found }
    }
    default:
      break
  }
  const { kind } = reader.peek()
  if (word === 'x' && kind === 'text') reader.fail('Blobs are not allowed.')
  if (RESERVED.has(word)) {
    reader.fail(`Expected a value or a column and found ${word.toUpperCase()}.`, {
      ...reader.peek(),
      at,
    })
  }
  return reader.acceptsSymbol('(')
    ? parseCall(reader, query, word, at)
    : parseColumn(reader, word, false, at)
}

function parseColumn(reader: Reader, first: string, quoted: boolean, at: number): Expression {
  if (!reader.acceptsSymbol('.'))
    return { kind: 'column', table: undefined, name: first, quoted, at }
  const name = readName(reader, `a column after "${first}."`)
  if (reader.acceptsSymbol('.'))
    reader.fail('Write a column as table.column: there are no schemas.')
  return { kind: 'column', table: first, name, quoted, at }
}

function parseCall(reader: Reader, query: ReadQuery, name: string, at: number): Expression {
  const known = findFunction(name)
  if (!known) {
    const problem = `There is no function ${name}() here. There are: ${FUNCTION_NAMES}.`
    throw refusal('not_allowed', problem, { sql: reader.sql, at })
  }
  const distinct = reader.accepts('distinct')
  const isStar = name === 'count' && !distinct && reader.acceptsSymbol('*')
  const isEmpty = !isStar && reader.acceptsSymbol(')')
  const args = isStar ? '*' : isEmpty ? [] : reader.inside(() => parseList(reader, query))
  if (!isEmpty) reader.expectSymbol(')', `after the arguments of ${name}()`)
  const [least, most] = known.takes
  if (args !== '*' && (args.length < least || args.length > most)) {
    const takes = least === most ? String(least) : `${least} to ${most}`
    reader.fail(`${name}() takes ${takes} ${most === 1 ? 'argument' : 'arguments'}.`, {
      ...reader.peek(),
      at,
    })
  }
  if (distinct && !known.aggregate) reader.fail(`${name}() takes no DISTINCT.`)
  if (reader.sees('over') || reader.sees('filter')) {
    reader.fail('Window functions and FILTER are not understood: use GROUP BY, CASE or a subquery.')
  }
  return { kind: 'call', name, distinct, args, at }
}

function parseCase(reader: Reader, query: ReadQuery): Expression {
  const of = reader.sees('when') ? undefined : parseExpression(reader, query)
  const when: [Expression, Expression][] = []
  while (reader.accepts('when')) {
    const condition = parseExpression(reader, query)
    reader.expect('then')
    when.push([condition, parseExpression(reader, query)])
  }
  if (when.length === 0) reader.fail('CASE needs a WHEN.')
  const otherwise = reader.accepts('else') ? parseExpression(reader, query) : undefined
  reader.expect('end')
  return { kind: 'case', when, ...(of && { of }), ...(otherwise && { otherwise }) }
}

function parseCast(reader: Reader, query: ReadQuery): Expression {
  reader.expectSymbol('(', 'after CAST')
  const operand = parseExpression(reader, query)
  reader.expect('as')
  const to = oneOf(reader, CAST_TYPES, 'a type')
  reader.expectSymbol(')', 'after the type of CAST')
  return { kind: 'cast', operand, to }
}

export function parseList(reader: Reader, query: ReadQuery): Expression[] {
  const items = [parseExpression(reader, query)]
  while (reader.acceptsSymbol(',')) items.push(parseExpression(reader, query))
  return items
}

/** A name as somebody chose it: a word that means nothing else, or anything in double quotes. */
export function readName(reader: Reader, what: string): string {
  const token = reader.peek()
  if (token.kind === 'name' || (token.kind === 'word' && !RESERVED.has(token.text))) {
    return reader.take().text
  }
  return reader.fail(`Expected ${what}.`)
}

function oneOf(reader: Reader, words: readonly string[], what: string): string {
  const word = words.find((it) => reader.accepts(it))
  return word?.toUpperCase() ?? reader.fail(`Expected ${what}: ${words.join(', ').toUpperCase()}.`)
}
