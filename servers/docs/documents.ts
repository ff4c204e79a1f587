/** Every SQL statement on documents. Values are always bound, never part of the text. @module */
import { type Database, NotFoundError, type SqlValue } from '#sdk'
import { idOf } from './shapes'

export interface SectionRow {
  path: string
  anchor: string
  title: string
}

export interface Hit extends SectionRow {
  /** Some words around what was found, with `**` around it. */
  snippet: string
}

/** A heading that has the word says more of a section than its text. */
const WEIGHTS = '6.0, 1.0'

/**
 * Sections in which words occur, best first; of equals the one that stands first.
 *
 * @param expression In the query language of FTS5, from `expressionsOf`.
 * @param path Only of this document.
 */
export async function findSections(
  db: Database,
  {
    expression,
    path,
    offset,
    limit,
  }: {
    expression: string
    path?: string | undefined
    offset: number
    limit: number
  },
): Promise<Hit[]> {
  const narrowed = path === undefined ? '' : 'AND sections.path = ?4'
  const values: SqlValue[] = [expression, limit, offset, ...(path === undefined ? [] : [path])]
  const { results } = await db
    .prepare(
      `SELECT sections.path, anchor, sections.title,
         snippet(sections_fts, 1, '**', '**', '…', 32) AS snippet
       FROM sections_fts JOIN sections ON sections.id = sections_fts.rowid
       WHERE sections_fts MATCH ?1 ${narrowed}
       ORDER BY bm25(sections_fts, ${WEIGHTS}), sections.id LIMIT ?2 OFFSET ?3`,
    )
    .bind(...values)
    .all<Hit>()
  return results
}

export interface DocumentRow {
  path: string
  title: string
  size: number
}

/** By path, from the one after `after`. */
export async function listDocuments(
  db: Database,
  after: string,
  limit: number,
): Promise<DocumentRow[]> {
  const { results } = await db
    .prepare('SELECT path, title, size FROM documents WHERE path > ? ORDER BY path LIMIT ?')
    .bind(after, limit)
    .all<DocumentRow>()
  return results
}

/** Paths that begin like this, then those that have it anywhere. */
export async function pathsLike(db: Database, typed: string, limit: number): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT path FROM documents WHERE instr(lower(path), lower(?1)) > 0 OR ?1 = ''
       ORDER BY instr(lower(path), lower(?1)) > 1, path LIMIT ?2`,
    )
    .bind(typed, limit)
    .all<{ path: string }>()
  return results.map(({ path }) => path)
}

/** All of a document. @throws {NotFoundError} `unknown_document` */
export async function readDocument(
  db: Database,
  path: string,
): Promise<DocumentRow & { text: string; sections: SectionRow[] }> {
  const [documents, sections] = await db.batch<unknown>([
    db.prepare('SELECT path, title, size FROM documents WHERE path = ?').bind(path),
    db
      .prepare('SELECT path, anchor, title, text FROM sections WHERE path = ? ORDER BY position')
      .bind(path),
  ])
  // Each has the columns of its own statement.
  const [document] = (documents?.results ?? []) as DocumentRow[]
  if (!document) throw unknownDocument(path)
  const rows = (sections?.results ?? []) as (SectionRow & { text: string })[]
  return { ...document, text: rows.map(({ text }) => text).join(''), sections: rows }
}

/** One section, and the ids of those around it. @throws {NotFoundError} `unknown_document` */
export async function readSection(
  db: Database,
  path: string,
  anchor: string,
): Promise<SectionRow & { text: string; document: string; previous?: string; next?: string }> {
  const row = await db
    .prepare(
      `SELECT path, anchor, title, text,
         (SELECT title FROM documents WHERE path = it.path) AS document,
         (SELECT anchor FROM sections WHERE path = it.path AND position = it.position - 1) AS before,
         (SELECT anchor FROM sections WHERE path = it.path AND position = it.position + 1) AS after
       FROM sections AS it WHERE path = ?1 AND anchor = ?2`,
    )
    .bind(path, anchor)
    .first<
      SectionRow & { text: string; document: string; before: string | null; after: string | null }
    >()
  if (!row) throw unknownDocument(idOf(path, anchor))
  const { before, after, ...section } = row
  return {
    ...section,
    ...(before !== null && { previous: idOf(path, before) }),
    ...(after !== null && { next: idOf(path, after) }),
  }
}

const unknownDocument = (id: string): NotFoundError =>
  new NotFoundError(
    'unknown_document',
    `There is no document or section "${id.slice(0, 200)}". search finds them; pass an id as it stands there.`,
  )
