/** Markdown, cut at its headings. Pure: the commands use it in Node, and tests anywhere. @module */

export interface Section {
  /** The part of a link after `#`, as code hosts make it of a heading; empty without headings. */
  anchor: string
  /** The headings above and its own, from the document's title on. */
  title: string
  /** From its heading to the next one, to the letter. */
  text: string
}

export interface Document {
  title: string
  sections: Section[]
}

interface Heading {
  level: number
  text: string
  /** Of the first line of what it heads. */
  line: number
}

/** Deeper ones are too small to be an answer by themselves. */
const DEEPEST = 3

/** @param name What a document without a heading is called. */
export function parseMarkdown(markdown: string, name: string): Document {
  const lines = markdown.split(/(?<=\n)/)
  const headings = headingsOf(lines)
  const title = headings[0]?.text ?? name
  if (headings.length === 0) return { title, sections: [{ anchor: '', title, text: markdown }] }

  const sections: Section[] = []
  const trail: Heading[] = []
  const anchors = new Map<string, number>()
  for (const [index, heading] of headings.entries()) {
    while (trail.length > 0 && (trail.at(-1)?.level ?? 0) >= heading.level) trail.pop()
    trail.push(heading)
    // What stands above the first heading belongs to it.
    const from = index === 0 ? 0 : heading.line
    sections.push({
      anchor: anchorOf(heading.text, anchors),
      title: trail.map(({ text }) => text).join(' › '),
      text: lines.slice(from, headings[index + 1]?.line).join(''),
    })
  }
  return { title, sections }
}

/** A `#` inside a fence is a comment of whatever stands there. */
function headingsOf(lines: readonly string[]): Heading[] {
  const headings: Heading[] = []
  let fence: string | undefined
  for (const [line, source] of lines.entries()) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(source)?.[1]
    if (fence === undefined) {
      fence = mark
      const [, hashes = '', text = ''] = /^(#{1,6})\s+(.*?)\s*#*\s*$/.exec(source) ?? []
      if (hashes !== '' && hashes.length <= DEEPEST) {
        headings.push({ level: hashes.length, text: plain(text), line })
      }
    } else if (mark?.startsWith(fence)) {
      fence = undefined
    }
  }
  return headings
}

/** A heading without what makes it code, bold or a link. */
const plain = (text: string): string =>
  text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '')

function anchorOf(heading: string, taken: Map<string, number>): string {
  const slug = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-')
  const count = taken.get(slug) ?? 0
  taken.set(slug, count + 1)
  return count === 0 ? slug : `${slug}-${count}`
}
