import { remembering } from './remember'

const HIDDEN = '[hidden]'

/** `Bearer …` and its like, and whatever follows the name of a secret. */
const SCHEME = /\b(Bearer|Basic|DPoP)\s+[^\s"',;]+/gi
const NAMED =
  /\b((?:access|refresh|id)?_?token|code|(?:client_)?secret|password|assertion|cookie|authorization|api[-_]?key)(["']?\s*[=:]\s*["']?)[^\s"'&;,]+/gi
/** Runs that no word is made of. */
const RUN = /[A-Za-z0-9_-]{24,}/g

/**
 * Text with everything that looks like a credential masked: for words from outside and for error
 * messages, which may quote anything. A guess, and the second line of defence; the first is not to
 * hand secrets to a text at all.
 */
export const withoutCredentials: (text: string) => string = remembering((text) =>
  text
    .replace(SCHEME, `$1 ${HIDDEN}`)
    .replace(NAMED, `$1$2${HIDDEN}`)
    .replace(RUN, (run) => (looksRandom(run) ? HIDDEN : run)),
)

function looksRandom(run: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(run)) return true
  const mixed = /[a-z]/.test(run) && /[A-Z]/.test(run)
  // A long name in camel case has both, and seldom a digit or this length.
  return mixed && (/\d/.test(run) || run.length >= 32)
}

const SHORTEST_VALUE = 3
const MAX_VALUES = 1000

/** Text with every string and number that occurs somewhere in `value` masked. */
export function withoutValues(text: string, value: unknown): string {
  // The longest first, or a part of a value would be masked and the rest left over.
  const values = [...valuesIn(value)].sort((a, b) => b.length - a.length)
  return values.reduce((masked, each) => masked.replaceAll(each, HIDDEN), text)
}

/** Loops, and does not call itself: what a caller sent may be nested as deep as a message is long. */
function valuesIn(value: unknown): Set<string> {
  const found = new Set<string>()
  const open = [value]
  while (open.length > 0 && found.size < MAX_VALUES) {
    const part = open.pop()
    if (typeof part === 'object' && part !== null) {
      for (const each of Object.values(part)) open.push(each)
    } else if (typeof part === 'string' || typeof part === 'number') {
      const text = String(part)
      if (text.length < SHORTEST_VALUE) continue
      found.add(text)
      found.add(JSON.stringify(text).slice(1, -1)) // as a message that quotes JSON would have it
    }
  }
  return found
}
