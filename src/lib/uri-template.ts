/**
 * The part of URI templates (RFC 6570) whose values can be read back out of a URI without guessing:
 * `{name}`, which stands for one part of a path, and `{+name}`, which may hold slashes too.
 *
 * @module
 */

export interface UriTemplate {
  /** The text around the variables: one more than there are of those. */
  literals: readonly string[]
  variables: readonly { name: string; reserved: boolean }[]
}

const EXPRESSION = /\{([^{}]*)\}/g
const VARIABLE = /^\+?[A-Za-z]\w*$/

/** A template read, or what is wrong with it. */
export function parseUriTemplate(
  text: string,
): { ok: true; template: UriTemplate } | { ok: false; problem: string } {
  const literals: string[] = []
  const variables: { name: string; reserved: boolean }[] = []
  let end = 0
  for (const { 0: expression, 1: inner = '', index } of text.matchAll(EXPRESSION)) {
    const literal = text.slice(end, index)
    if (!VARIABLE.test(inner)) return bad(`"${expression}" is neither {name} nor {+name}`)
    if (variables.length > 0 && literal === '') {
      return bad(`nothing separates "${expression}" from the variable before it`)
    }
    const name = inner.replace('+', '')
    if (variables.some((variable) => variable.name === name)) return bad(`"${name}" occurs twice`)
    literals.push(literal)
    variables.push({ name, reserved: inner.startsWith('+') })
    end = index + expression.length
  }
  literals.push(text.slice(end))
  if (literals.some((literal) => /[{}\s]/.test(literal))) {
    return bad('it holds a brace that belongs to no variable, or a blank')
  }
  if (variables.length === 0) return bad('it has no variable')
  if (!/^[a-z][a-z0-9+.-]*:/.test(literals[0] ?? '')) return bad('it does not begin with a scheme')
  return { ok: true, template: { literals, variables } }
}

const bad = (problem: string): { ok: false; problem: string } => ({ ok: false, problem })

/**
 * The values that make a template this URI, decoded and none of them empty, or undefined when it
 * is not of that template. A variable ends where the text after it first occurs, so that no input
 * takes more than one pass.
 *
 * @param slashesAtEnd Whether a simple variable in last place may hold slashes, as it does in
 *   addresses that people write rather than expand.
 */
export function matchUri(
  { literals, variables }: UriTemplate,
  uri: string,
  slashesAtEnd = false,
): Record<string, string> | undefined {
  const [start = '', ...after] = literals
  if (!uri.startsWith(start)) return undefined
  const values: Record<string, string> = {}
  let at = start.length
  for (const [index, { name, reserved }] of variables.entries()) {
    const next = after[index] ?? ''
    const isLast = index === variables.length - 1
    const end = isLast ? uri.length - next.length : uri.indexOf(next, at + 1)
    if (end <= at || (isLast && !uri.endsWith(next))) return undefined
    const value = uri.slice(at, end)
    const forbidden = slashesAtEnd && isLast && next === '' ? /[?#]/ : /[/?#]/
    if (!reserved && forbidden.test(value)) return undefined
    const decoded = decode(value)
    if (decoded === undefined) return undefined
    values[name] = decoded
    at = end + next.length
  }
  return values
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined // not the encoding of any text
  }
}
