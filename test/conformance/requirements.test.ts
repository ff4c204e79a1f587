/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from 'vitest'
import { REQUIREMENTS } from './requirements'

/** Every test file as text, by its path. */
const sources: Record<string, string> = import.meta.glob('../**/*.test.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/**
 * The ids a title opens with: `it('M-08, M-12 refuses …')`, also after `it.each(…)(`. A test that
 * is skipped stands for nothing.
 */
const TITLE = /(?:\bit\(|\)\()\s*(['"`])((?:[HMDRASX]-\d+,? )+)/g

/**
 * A section of the specification, of its security guide, of MCP Apps, of a proposal or an RFC; or the
 * registry.
 */
const SECTION =
  /^https:\/\/(?:modelcontextprotocol\.io\/(?:specification|docs)\/\d{4}-\d\d-\d\d\/[a-z_/-]+#[a-z0-9_-]+|modelcontextprotocol\.io\/(?:seps\/[a-z0-9-]+#[a-z0-9-]+|registry\/[a-z-]+)|github\.com\/modelcontextprotocol\/ext-apps\/blob\/main\/specification\/\d{4}-\d\d-\d\d\/apps\.mdx#[a-z-]+|datatracker\.ietf\.org\/doc\/html\/rfc\d+#section-[\d.]+)$/

const citations = Object.entries(sources).flatMap(([file, source]) =>
  [...source.matchAll(TITLE)].flatMap(([, , ids = '']) =>
    ids
      .trim()
      .split(/,? /)
      .map((id) => ({ file, id })),
  ),
)

describe('the table of requirements', () => {
  it('reads the tests', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(10)
    expect(citations.length).toBeGreaterThan(50)
  })

  it('names each requirement once, with its section', () => {
    expect(new Set(REQUIREMENTS.map(({ id }) => id)).size).toBe(REQUIREMENTS.length)
    for (const { link } of REQUIREMENTS) {
      expect(link).toMatch(SECTION)
    }
  })

  it.each(REQUIREMENTS)('has a test for $id: $text', ({ id }) => {
    expect(citations.some((citation) => citation.id === id)).toBe(true)
  })

  it('knows every requirement that a test cites', () => {
    const known = new Set(REQUIREMENTS.map(({ id }) => id))
    expect(citations.filter(({ id }) => !known.has(id))).toEqual([])
  })
})
