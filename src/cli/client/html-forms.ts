/** Forms of the platform's own pages: just enough HTML to fill in what a browser would. @module */

export interface PageForm {
  action: string
  hidden: Record<string, string>
  /** Values of ticked boxes, by name. */
  ticked: Record<string, string[]>
  /** Names of inputs and buttons. */
  names: Set<string>
  /** Submit buttons that carry a value, with their text. */
  buttons: { name: string; value: string; text: string }[]
}

export function readForms(html: string): PageForm[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(
    ([, attributes = '', body = '']) => readForm(attributes, body),
  )
}

function readForm(attributes: string, body: string): PageForm {
  const form: PageForm = {
    action: attribute(attributes, 'action') ?? '',
    hidden: {},
    ticked: {},
    names: new Set(),
    buttons: [],
  }
  for (const [, input = ''] of body.matchAll(/<input\b([^>]*)>/gi)) {
    const name = attribute(input, 'name')
    if (name === undefined) continue
    form.names.add(name)
    const value = attribute(input, 'value') ?? ''
    const type = attribute(input, 'type')?.toLowerCase()
    if (type === 'hidden') form.hidden[name] = value
    if (type === 'checkbox' && /\schecked\b/i.test(input)) {
      form.ticked[name] = [...(form.ticked[name] ?? []), value]
    }
  }
  for (const [, button = '', text = ''] of body.matchAll(
    /<button\b([^>]*)>([\s\S]*?)<\/button>/gi,
  )) {
    const name = attribute(button, 'name')
    if (name === undefined) continue
    form.names.add(name)
    form.buttons.push({ name, value: attribute(button, 'value') ?? '', text: textOf(text) })
  }
  return form
}

/** The first thing a page says, for a sentence about it. */
export function headline(html: string): string {
  const title = /<h1\b[^>]*>([\s\S]*?)<\/h1>/i.exec(html)?.[1]
  const lead = /<p\b[^>]*>([\s\S]*?)<\/p>/i.exec(html.slice(html.search(/<h1\b/i)))?.[1]
  return [title, lead]
    .map((part) => textOf(part ?? ''))
    .filter(Boolean)
    .join(': ')
    .slice(0, 300)
}

/** Addresses a page links to. */
export const links = (html: string): string[] =>
  [...html.matchAll(/<a\b([^>]*)>/gi)].flatMap(([, a = '']) => attribute(a, 'href') ?? [])

function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|\\s)${name}=(?:"([^"]*)"|'([^']*)')`, 'i').exec(tag)
  const value = found?.[1] ?? found?.[2]
  return value === undefined ? undefined : decode(value)
}

const textOf = (html: string): string =>
  decode(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

function decode(text: string): string {
  return text.replace(/&(#x?[0-9a-f]+|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole
    const code = name[1]?.toLowerCase() === 'x' ? `0${name.slice(1)}` : name.slice(1)
    return String.fromCodePoint(Number(code))
  })
}
