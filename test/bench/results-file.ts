/**
 * `RESULTS.md`, where each kind of measurement has a section of its own and replaces no other.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const PATH = join(import.meta.dirname, 'RESULTS.md')

/** Puts `text` under `## heading`, in place of what stood there; a new section goes to the end. */
export async function writeSection(heading: string, text: string): Promise<void> {
  const [intro = '', ...sections] = (await readFile(PATH, 'utf8')).trimEnd().split(/^## /m)
  const section = `${heading}\n\n${text.trim()}`
  const at = sections.findIndex((it) => it.startsWith(`${heading}\n`))
  if (at < 0) sections.push(section)
  else sections[at] = section
  const page = [intro, ...sections].map((it) => it.trim()).join('\n\n## ')
  await writeFile(PATH, `${page}\n`)
}
