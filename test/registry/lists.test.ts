import { describe, expect, it } from 'vitest'
import type { Revision } from '../../src/protocol'
import { createRegistry, type ListName } from '../../src/registry'
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineServer,
  defineTool,
  type Role,
  type ServerOptions,
} from '../../src/sdk'

const NOBODY: ReadonlySet<string> = new Set()
const host = (options: Partial<ServerOptions>) => {
  const server = defineServer({ name: 'lab', version: '1.0.0', access: 'public', ...options })
  const hosted = createRegistry([server]).get('lab')
  if (!hosted) throw new Error('the registry lost its only module')
  return hosted
}
const tool = (name: string, roles?: Role[]) =>
  defineTool({ name, description: name, ...(roles && { roles }), run: () => name })
const toolsOf = (count: number) => Array.from({ length: count }, (_, index) => tool(`t${index}`))

describe('the lists of a module', () => {
  const everything = host({
    tools: [tool('a')],
    resources: [
      defineResource({
        name: 'readme',
        title: 'Read me',
        description: 'What this is.',
        uri: 'lab://readme',
        mimeType: 'text/markdown',
        size: 12,
        icons: [{ src: 'https://example.com/i.png' }],
        annotations: { priority: 1, lastModified: '2026-01-01T00:00:00Z' },
        _meta: { own: 1 },
        read: () => '',
      }),
    ],
    resourceTemplates: [
      defineResourceTemplate({
        name: 'note',
        description: 'A note.',
        uriTemplate: 'lab://notes/{id}',
        complete: { id: () => [] },
        read: ({ id }) => id,
      }),
    ],
    prompts: [definePrompt({ name: 'greet', description: 'Greets.', run: () => 'Hello' })],
  })

  it.each<[ListName, Revision, unknown]>([
    [
      'resources',
      '2026-07-28',
      {
        uri: 'lab://readme',
        name: 'readme',
        title: 'Read me',
        description: 'What this is.',
        mimeType: 'text/markdown',
        size: 12,
        icons: [{ src: 'https://example.com/i.png' }],
        annotations: { priority: 1, lastModified: '2026-01-01T00:00:00Z' },
        _meta: { own: 1 },
      },
    ],
    [
      'resources',
      '2025-03-26',
      {
        uri: 'lab://readme',
        name: 'Read me',
        description: 'What this is.',
        mimeType: 'text/markdown',
        size: 12,
        annotations: { priority: 1 },
      },
    ],
    [
      'resourceTemplates',
      '2025-11-25',
      { uriTemplate: 'lab://notes/{id}', name: 'note', description: 'A note.' },
    ],
    ['prompts', '2025-06-18', { name: 'greet', description: 'Greets.' }],
  ])('spell their items: %s at %s', (list, revision, item) => {
    const page = everything.page(list, revision, NOBODY)
    expect(JSON.parse(page?.json ?? '')).toEqual([item])
    expect(page).toMatchObject({ count: 1, last: undefined })
  })

  it('are rendered once for each revision', () => {
    const first = everything.page('tools', '2026-07-28', NOBODY)
    expect(everything.page('tools', '2026-07-28', new Set(['member']))).toBe(first)
    expect(everything.page('tools', '2025-11-25', NOBODY)).not.toBe(first)
  })

  it('hold what the roles of the caller let them see', () => {
    const server = host({ tools: [tool('all'), tool('some', ['operator'])] })
    const names = (...roles: string[]) =>
      JSON.parse(server.page('tools', '2026-07-28', new Set(roles))?.json ?? '').map(
        ({ name }: { name: string }) => name,
      )
    expect(names()).toEqual(['all'])
    expect(names('member')).toEqual(['all'])
    expect(names('operator', 'member')).toEqual(['all', 'some'])
  })

  it('have pages of a hundred, of which the last does not say that more follow', () => {
    const server = host({ tools: toolsOf(230) })
    const pages = []
    let after: string | undefined
    do {
      const page = server.page('tools', '2026-07-28', NOBODY, after)
      pages.push(page?.count)
      after = page?.last
    } while (after !== undefined)
    expect(pages).toEqual([100, 100, 30])
    expect(host({ tools: toolsOf(100) }).page('tools', '2026-07-28', NOBODY)).toMatchObject({
      count: 100,
      last: undefined,
    })
  })

  it('have no page after an item that the caller cannot see, or that does not exist', () => {
    const server = host({ tools: [tool('all'), tool('some', ['operator'])] })
    expect(server.page('tools', '2026-07-28', NOBODY, 'some')).toBeUndefined()
    expect(server.page('tools', '2026-07-28', NOBODY, 'none')).toBeUndefined()
    expect(server.page('tools', '2026-07-28', NOBODY, 'all')).toMatchObject({ json: '[]' })
  })

  it('are what the module says it can do', () => {
    expect(everything.capabilities).toEqual({
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      prompts: { listChanged: true },
      completions: {},
    })
    expect(host({}).capabilities).toEqual({})
    expect(host({ tools: toolsOf(1) }).capabilities).toEqual({ tools: { listChanged: true } })
    expect(host({ tools: toolsOf(1), push: false }).capabilities).toEqual({ tools: {} })
  })
})
