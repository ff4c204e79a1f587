/** Texts by their keys, each for a while; when room is short the one not used for longest goes. */
export interface TextCache {
  get(key: string, nowMs: number): string | undefined
  set(key: string, text: string, expiresAtMs: number): void
  delete(key: string): void
}

export interface TextCacheOptions {
  maxEntries: number
  /** Of keys and texts together, in UTF-16 code units. */
  maxChars: number
}

export function createTextCache({ maxEntries, maxChars }: TextCacheOptions): TextCache {
  // In the order of their last use.
  const entries = new Map<string, { text: string; expiresAtMs: number }>()
  let chars = 0

  const remove = (key: string): void => {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    chars -= key.length + entry.text.length
  }

  return {
    get(key, nowMs) {
      const entry = entries.get(key)
      if (!entry) return undefined
      if (entry.expiresAtMs <= nowMs) {
        remove(key)
        return undefined
      }
      entries.delete(key)
      entries.set(key, entry)
      return entry.text
    },
    set(key, text, expiresAtMs) {
      remove(key)
      const length = key.length + text.length
      if (length > maxChars) return
      for (const oldest of entries.keys()) {
        if (entries.size < maxEntries && chars + length <= maxChars) break
        remove(oldest)
      }
      entries.set(key, { text, expiresAtMs })
      chars += length
    },
    delete: remove,
  }
}
