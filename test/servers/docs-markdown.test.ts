import { describe, expect, it } from 'vitest'
import { parseMarkdown } from '../../servers/docs/markdown'

const titlesOf = (markdown: string) =>
  parseMarkdown(markdown, 'name').sections.map(({ title }) => title)
const anchorsOf = (markdown: string) =>
  parseMarkdown(markdown, 'name').sections.map(({ anchor }) => anchor)

describe('a document in Markdown', () => {
  it.each([
    '',
    'no heading\n',
    '# One\n\ntext\n\n## Two\r\nmore\n### Three',
    'before\n\n# One\n',
    '```sh\n# comment\n```\n# One\n',
    '# One\n\n\n\n#### Four\n# One\n',
  ])('is put together again from its sections to the letter: %j', (markdown) => {
    const { sections } = parseMarkdown(markdown, 'name')
    expect(sections.map(({ text }) => text).join('')).toBe(markdown)
  })

  it('is cut at headings of the first three levels, each under those above it', () => {
    expect(titlesOf('# A\n## B\n### C\n#### D\n## E\n# F\n')).toEqual([
      ...['A', 'A › B', 'A › B › C', 'A › E', 'F'],
    ])
  })

  it('is not cut in a fence, however long its mark', () => {
    const fenced = [
      '# A',
      '````md',
      '```',
      '# not',
      '```',
      '````',
      '~~~',
      '# nor',
      '```',
      '~~~',
      '# B',
    ]
    expect(titlesOf(fenced.join('\n'))).toEqual(['A', 'B'])
    expect(titlesOf('# A\n```\n# open to the end')).toEqual(['A'])
  })

  it('is called after its first heading, or else after its file', () => {
    expect(parseMarkdown('text', 'notes')).toEqual({
      title: 'notes',
      sections: [{ anchor: '', title: 'notes', text: 'text' }],
    })
    expect(parseMarkdown('## `defineTool` of [sdk](x.md), **bold** ##\n', 'x').title).toBe(
      'defineTool of sdk, bold',
    )
  })

  it('has the anchors that code hosts give it', () => {
    expect(
      anchorsOf('# What is stored?\n## `ctx.fetch`, and more\n## What is stored?\n## Über-Größe\n'),
    ).toEqual(['what-is-stored', 'ctxfetch-and-more', 'what-is-stored-1', 'über-größe'])
  })
})
