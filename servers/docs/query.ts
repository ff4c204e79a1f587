/**
 * What somebody typed, as a query of FTS5. Its language has operators, columns, prefixes and quotes
 * that break on a stray character; nothing of it is open to callers. Each word is quoted, and no word
 * has a quote in it.
 *
 * @module
 */
import { type Database, ToolError } from '#sdk'
import { findSections, type Hit } from './documents'

/** More say nothing that these do not, and each costs a look into the index. */
const MAX_WORDS = 32
const MAX_LENGTH = 2000

/** Letters and digits, and what joins them to one word: `ctx.fetch`, `tools/call`, `don't`. */
const WORD = /[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*(?:['’./-][\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*)*/gu

/** How words are looked for: all of them in one section, or any. */
const MODES = ['all', 'any'] as const
type Mode = (typeof MODES)[number]

/** @throws {ToolError} `nothing_to_search` */
export function expressionOf(query: string, mode: Mode): string {
  if (query.length > MAX_LENGTH) {
    throw new ToolError(
      'query_too_long',
      `The query is above ${MAX_LENGTH} characters. Shorten it.`,
    )
  }
  const words = (query.normalize('NFC').match(WORD) ?? []).filter((word) =>
    /[\p{L}\p{N}]/u.test(word),
  )
  if (words.length === 0) {
    throw new ToolError(
      'nothing_to_search',
      'The query has no word in it. Say in a few words what to look for.',
    )
  }
  const quoted = [...new Set(words)].slice(0, MAX_WORDS).map((word) => `"${word}"`)
  return quoted.join(mode === 'all' ? ' ' : ' OR ')
}

export interface Page {
  hits: Hit[]
  nextCursor?: string
}

export interface PageOptions {
  query: string
  limit: number
  path?: string | undefined
  cursor?: string | undefined
}

/**
 * Sections that have all words, best first; when there is none, those that have any: whoever asks in
 * whole sentences uses words that no section has.
 *
 * @throws {ToolError} `nothing_to_search`, `query_too_long`, `bad_cursor`
 */
export async function searchPage(
  db: Database,
  { query, limit, path, cursor }: PageOptions,
): Promise<Page> {
  const from = cursor === undefined ? undefined : placeOf(cursor)
  const offset = from?.offset ?? 0
  for (const mode of from ? [from.mode] : MODES) {
    const expression = expressionOf(query, mode)
    const found = await findSections(db, { expression, path, offset, limit: limit + 1 })
    if (found.length === 0) continue
    return {
      hits: found.slice(0, limit),
      ...(found.length > limit && { nextCursor: `s1-${mode}-${offset + limit}` }),
    }
  }
  return { hits: [] }
}

function placeOf(cursor: string): { mode: Mode; offset: number } {
  const [, mode, offset] = /^s1-(all|any)-([1-9]\d{0,4})$/.exec(cursor) ?? []
  if (mode === undefined) {
    throw new ToolError(
      'bad_cursor',
      'That cursor is not one of search_sections. Pass next_cursor of the last page unchanged and ' +
        'with the same query, or leave it out to start with the best.',
    )
  }
  return { mode: mode as Mode, offset: Number(offset) } // the pattern has no other
}
