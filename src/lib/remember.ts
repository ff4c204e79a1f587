const MAX_KNOWN = 256
const MAX_LENGTH = 512

/**
 * `make`, with its latest answers kept: for pure functions of short texts from outside that repeat,
 * such as a header of one client. Holds a few hundred answers at most, and none to a long text.
 */
export function remembering<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, { made: T }>()
  return (text) => {
    const found = known.get(text)
    if (found) return found.made
    const made = make(text)
    if (text.length <= MAX_LENGTH) {
      if (known.size >= MAX_KNOWN) known.clear()
      known.set(text, { made })
    }
    return made
  }
}
