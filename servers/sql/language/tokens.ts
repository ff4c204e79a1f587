/** A statement as tokens. What is not understood is refused, never skipped. @module */
import { refusal } from './refusal'

export interface Token {
  kind: 'word' | 'name' | 'number' | 'text' | 'symbol' | 'end'
  /** Words in lower case; names and texts without their quotes. */
  text: string
  /** Where it begins. */
  at: number
}

const MAX_LENGTH = 4000
const MAX_TOKENS = 1000

const PATTERNS = [
  ['blank', /[ \t\r\n]+/y],
  ['word', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['number', /(?:\d{1,18}(?:\.\d{1,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,3})?(?![A-Za-z0-9_.])/y],
  ['text', /'(?:[^']|'')*'/y],
  ['name', /"(?:[^"]|"")+"/y],
  // What opens a comment comes before what it is made of.
  ['comment', /--|\/\*/y],
  ['symbol', /<=|>=|<>|!=|==|\|\||[=<>+\-*/%(),.;]/y],
] as const

/** @throws {ToolError} for anything that is no token of the language. */
export function tokensOf(sql: string): Token[] {
  if (sql.length > MAX_LENGTH) {
    throw refusal('too_long', `The statement is above ${MAX_LENGTH} characters.`)
  }
  const tokens: Token[] = []
  let at = 0
  while (at < sql.length) {
    const found = PATTERNS.find(([, pattern]) => {
      pattern.lastIndex = at
      return pattern.test(sql)
    })
    if (!found) throw refusal('not_understood', strangeAt(sql, at), { sql, at })
    const [kind, pattern] = found
    const source = sql.slice(at, pattern.lastIndex)
    if (kind === 'comment') {
      throw refusal('not_allowed', 'Leave comments out.', { sql, at })
    }
    if (kind !== 'blank') tokens.push({ kind, text: meaningOf(kind, source, { sql, at }), at })
    at = pattern.lastIndex
    if (tokens.length > MAX_TOKENS) {
      throw refusal('too_long', `The statement has more than ${MAX_TOKENS} words and signs.`)
    }
  }
  return [...tokens, { kind: 'end', text: '', at }]
}

function meaningOf(
  kind: Token['kind'],
  source: string,
  place: { sql: string; at: number },
): string {
  if (kind === 'word') return source.toLowerCase()
  if (kind !== 'text' && kind !== 'name') return source
  // A zero byte ends a text for the database, and half a character is none.
  if (hasControl(source) || !source.isWellFormed()) {
    throw refusal('not_understood', 'A text or name has a control character in it.', place)
  }
  const quote = source[0] ?? ''
  return source.slice(1, -1).replaceAll(quote + quote, quote)
}

const hasControl = (source: string): boolean =>
  [...source].some((it) => (it < ' ' && !'\t\r\n'.includes(it)) || it === '\x7F')

function strangeAt(sql: string, at: number): string {
  const character = String.fromCodePoint(sql.codePointAt(at) ?? 0)
  switch (character) {
    case "'":
    case '"':
      return 'A quote is opened and not closed.'
    case '`':
    case '[':
      return 'Write names as they are, or in double quotes.'
    case '?':
    case ':':
    case '@':
    case '$':
      return 'There are no parameters here: write values into the statement.'
    default:
      break
  }
  if (/\d|\./.test(character)) return 'That is no number: write digits, with a point if needed.'
  if (/[ -~]/.test(character)) return `"${character}" is not understood here.`
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `Outside of quotes only ASCII is understood, and this is the character U+${code}.`
}
