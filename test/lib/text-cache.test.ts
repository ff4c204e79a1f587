import { describe, expect, it } from 'vitest'
import { createTextCache } from '../../src/lib'

describe('createTextCache', () => {
  it('forgets a text when its time is up', () => {
    const cache = createTextCache({ maxEntries: 10, maxChars: 100 })
    cache.set('a', 'text', 1000)
    expect(cache.get('a', 999)).toBe('text')
    expect(cache.get('a', 1000)).toBeUndefined()
    expect(cache.get('a', 0)).toBeUndefined()
  })

  it('drops what was not used for longest when there are too many', () => {
    const cache = createTextCache({ maxEntries: 2, maxChars: 100 })
    cache.set('a', '1', 1000)
    cache.set('b', '2', 1000)
    cache.get('a', 0)
    cache.set('c', '3', 1000)
    expect(['a', 'b', 'c'].map((key) => cache.get(key, 0))).toEqual(['1', undefined, '3'])
  })

  it('counts the characters of keys and texts, also of those it replaces', () => {
    const cache = createTextCache({ maxEntries: 10, maxChars: 10 })
    for (let round = 0; round < 5; round++) cache.set('a', '1234', 1000)
    cache.set('b', '1234', 1000)
    expect(['a', 'b'].map((key) => cache.get(key, 0))).toEqual(['1234', '1234'])
    cache.set('c', '1', 1000)
    expect(['a', 'b', 'c'].map((key) => cache.get(key, 0))).toEqual([undefined, '1234', '1'])
    cache.delete('b')
    cache.set('d', '1234567', 1000)
    expect(['c', 'd'].map((key) => cache.get(key, 0))).toEqual(['1', '1234567'])
  })

  it('keeps no text that would leave no room for another, and drops nothing for it', () => {
    const cache = createTextCache({ maxEntries: 10, maxChars: 10 })
    cache.set('a', '1', 1000)
    cache.set('b', 'x'.repeat(10), 1000)
    expect(['a', 'b'].map((key) => cache.get(key, 0))).toEqual(['1', undefined])
  })
})
