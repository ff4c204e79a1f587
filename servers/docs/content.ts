/**
 * Which files of the project the knowledge base has, and the statements that put them there. The
 * commands run this in Node and write a migration of it; the Worker never holds the texts. To serve
 * documents of your own, change `filesOf`.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Document, parseMarkdown } from './markdown.ts'

/** D1 takes statements of 100 KB; half of one is left for what quoting adds. */
const MAX_SECTION_BYTES = 50_000

export default async function content(projectRoot: string): Promise<string> {
  const statements = ['DELETE FROM sections;', 'DELETE FROM documents;']
  for (const path of await filesOf(projectRoot)) {
    const text = await readFile(join(projectRoot, path), 'utf8')
    statements.push(...insertsOf(path, text, parseMarkdown(text, basename(path, '.md'))))
  }
  return statements.join('\n')
}

/** The project's own documentation, by paths from its root. */
async function filesOf(projectRoot: string): Promise<string[]> {
  const below = async (folder: string): Promise<string[]> => {
    const names = await readdir(join(projectRoot, folder)).catch(ignoreMissing)
    return (names ?? []).filter((name) => name.endsWith('.md')).map((name) => folder + name)
  }
  const modules = await readdir(join(projectRoot, 'servers'), { withFileTypes: true })
  const folders = modules.filter((it) => it.isDirectory()).map(({ name }) => `servers/${name}/`)
  const found = await Promise.all(['', 'docs/', ...folders].map(below))
  return found.flatMap((paths) => paths.sort()) // of the same order everywhere
}

function insertsOf(path: string, text: string, { title, sections }: Document): string[] {
  const large = sections.find((section) => Buffer.byteLength(section.text) > MAX_SECTION_BYTES)
  if (large) {
    throw new Error(
      `${path}: the section "${large.title}" is above ${MAX_SECTION_BYTES} bytes. Cut it with headings.`,
    )
  }
  return [
    insert('documents (path, title, size)', [path, title, Buffer.byteLength(text)]),
    ...sections.map((section, position) =>
      insert('sections (path, position, anchor, title, text)', [
        ...[path, position, section.anchor, section.title, section.text],
      ]),
    ),
  ]
}

const insert = (into: string, values: (string | number)[]): string =>
  `INSERT INTO ${into} VALUES (${values.map(literal).join(', ')});`

/** Zero bytes end a text in SQL. */
const literal = (value: string | number): string =>
  typeof value === 'number'
    ? String(value)
    : `'${value.replaceAll('\0', '').replaceAll("'", "''")}'`

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
