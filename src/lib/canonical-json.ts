/**
 * JSON with the fields of every object in order: one text for what means the same. Loops, and does
 * not call itself: a value from outside may be nested as deep as a message is long.
 */
export function canonicalJson(value: unknown): string {
  const root = { value }
  const open: Record<string, unknown>[] = [root]
  for (let at = open.pop(); at; at = open.pop()) {
    for (const [key, part] of Object.entries(at)) {
      if (typeof part !== 'object' || part === null) continue
      const copy = Array.isArray(part) ? [...part] : Object.fromEntries(inOrder(part))
      at[key] = copy // of its own, whatever it is called: `at` is a copy as well
      open.push(copy as Record<string, unknown>) // a list has entries too
    }
  }
  return JSON.stringify(root.value)
}

const inOrder = (object: object): [string, unknown][] =>
  Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))
