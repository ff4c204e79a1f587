/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from 'vitest'

const files: Record<string, string> = import.meta.glob(
  ['../../docs/handlers.md', './documented/*.ts'],
  { query: '?raw', import: 'default', eager: true },
)
const guide = files['../../docs/handlers.md'] ?? ''

describe('docs/handlers.md', () => {
  it.each(['book-room.ts', 'book-room.test.ts'])('has %s as it runs here', (name) => {
    const source = files[`./documented/${name}`] ?? 'there is no such file'
    expect(guide).toContain(`\`\`\`ts\n${source}\`\`\``)
  })
})
