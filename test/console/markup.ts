/** What the tests ask of a page as text. */

/** The tags of a document with the names of their attributes, without style and script. */
export function tagsOf(html: string): string[] {
  const markup = html.replace(/<style>[\s\S]*?<\/style>|<script>[\s\S]*?<\/script>/g, '')
  return [...markup.matchAll(/<[^>]*>?/g)].map(([tag]) => tag.replace(/="[^"]*"/g, ''))
}

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function unescaped(text: string): string {
  return text
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&')
}

type Attributes = Record<string, string>

export interface Form {
  attributes: Attributes
  /** In the order of the page; a button too, under its name. */
  controls: (Attributes & { tag: string })[]
}

/** The forms of a page, as a script sees them that signs in or consents without a browser. */
export function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(
    ([, attributes = '', body = '']) => ({
      attributes: attributesOf(attributes),
      controls: [...body.matchAll(/<(input|button)([^>]*)>/g)].map(([, tag = '', rest = '']) => ({
        tag,
        ...attributesOf(rest),
      })),
    }),
  )
}

/** What a form sends for its hidden fields. */
export const hiddenFieldsOf = (
  form: Form | undefined,
): [string | undefined, string | undefined][] =>
  (form?.controls ?? [])
    .filter(({ type }) => type === 'hidden')
    .map(({ name, value }) => [name, value])

function attributesOf(text: string): Attributes {
  const pairs = [...text.matchAll(/([a-z-]+)="([^"]*)"/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, unescaped(value)]))
}

export async function cspHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`
}
