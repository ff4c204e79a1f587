/** What the parser moves over: tokens, one after the other, and no way back. @module */
import { refusal } from './refusal'
import { type Token, tokensOf } from './tokens'

/** Brackets and subqueries inside each other: enough for people, and too few for the stack to end. */
const MAX_DEPTH = 24

export interface Reader {
  sql: string
  /** The token that comes next, without taking it; of the first, or so many after it. */
  peek(ahead?: number): Token
  take(): Token
  /** Whether these words come next. */
  sees(...words: string[]): boolean
  /** Takes these words if they come next. */
  accepts(...words: string[]): boolean
  /** Whether this sign comes next, or so many tokens later. */
  seesSymbol(symbol: string, ahead?: number): boolean
  /** Takes this sign if it comes next. */
  acceptsSymbol(symbol: string): boolean
  expect(word: string): void
  expectSymbol(symbol: string, after: string): void
  /** Reads what stands inside something else. */
  inside<T>(read: () => T): T
  fail(problem: string, token?: Token): never
}

/** @throws {ToolError} for what is no token. */
export function createReader(sql: string): Reader {
  const tokens = tokensOf(sql)
  const end = tokens.at(-1) as Token // there is always one
  let index = 0
  let depth = 0
  const reader: Reader = {
    sql,
    peek: (ahead = 0) => tokens[index + ahead] ?? end,
    take() {
      const token = reader.peek()
      index += 1
      return token
    },
    sees: (...words) =>
      words.every((word, ahead) => {
        const { kind, text } = reader.peek(ahead)
        return kind === 'word' && text === word
      }),
    accepts(...words) {
      const seen = reader.sees(...words)
      if (seen) index += words.length
      return seen
    },
    seesSymbol(symbol, ahead = 0) {
      const { kind, text } = reader.peek(ahead)
      return kind === 'symbol' && text === symbol
    },
    acceptsSymbol(symbol) {
      const seen = reader.seesSymbol(symbol)
      if (seen) index += 1
      return seen
    },
    expect(word) {
      if (!reader.accepts(word)) reader.fail(`Expected ${word.toUpperCase()}.`)
    },
    expectSymbol(symbol, after) {
      if (!reader.acceptsSymbol(symbol)) reader.fail(`Expected "${symbol}" ${after}.`)
    },
    inside(read) {
      depth += 1
      if (depth > MAX_DEPTH) reader.fail(`More than ${MAX_DEPTH} brackets inside each other.`)
      const value = read()
      depth -= 1
      return value
    },
    fail(problem, { at } = reader.peek()) {
      throw refusal('not_understood', problem, { sql, at })
    },
  }
  return reader
}
