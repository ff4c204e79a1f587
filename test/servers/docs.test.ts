/** The knowledge base on its real database, filled with the project's own documentation. @module */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import docs from '../../servers/docs/index'
import { resultOf } from '../dispatch/harness'
import { callModule, openModule, wordsOf } from './call-module'

const by = { scopes: ['docs:read'] }
const SITE = 'https://code.example.com/quayside/blob/main'

/** The structured content of a call that went well. */
// biome-ignore lint/suspicious/noExplicitAny: each test says what it expects
async function call(tool: string, args: object, config = {}): Promise<any> {
  const result = await callModule(docs, tool, args, { ...by, config })
  if (result.outcome !== 'ok') throw new Error(wordsOf(result))
  return result.structuredContent
}
const failure = async (tool: string, args: object) => {
  const result = await callModule(docs, tool, args, by)
  return { outcome: result.outcome, words: wordsOf(result) }
}

interface Result {
  id: string
  title: string
  url: string
  snippet: string
}
const idsFor = async (query: string): Promise<string[]> =>
  (await call('search', { query })).results.map(({ id }: Result) => id)

describe('search and fetch, as deep research and company knowledge ask for them', () => {
  it('take exactly one text each', () => {
    const inputs = docs.tools.map(({ name, input, annotations }) => ({
      name,
      readOnly: annotations.readOnlyHint,
      input: input['~standard'].jsonSchema.input({ target: 'draft-2020-12' }),
    }))
    expect(inputs).toMatchObject([
      {
        name: 'search',
        readOnly: true,
        input: { properties: { query: { type: 'string' } }, required: ['query'] },
      },
      {
        name: 'fetch',
        readOnly: true,
        input: { properties: { id: { type: 'string' } }, required: ['id'] },
      },
      { name: 'search_sections', readOnly: true },
    ])
    for (const { input } of inputs.slice(0, 2)) {
      const [schema = {}] = Object.values(input.properties as Record<string, object>)
      expect(Object.keys(schema).sort()).toEqual(['description', 'type'])
    }
  })

  it('answer in structured content and in one text block of the same JSON', async () => {
    const config = { URL: SITE }
    const found = await callModule(docs, 'search', { query: 'bot protection' }, { ...by, config })
    expect(found.content).toHaveLength(1)
    expect(JSON.parse(wordsOf(found))).toEqual(found.structuredContent)
    expect(Object.keys(found.structuredContent ?? {})).toEqual(['results'])
    const [result] = (found.structuredContent as { results: Result[] }).results
    expect(Object.keys(result ?? {})).toEqual(['id', 'title', 'url'])

    const read = await callModule(docs, 'fetch', { id: result?.id }, { ...by, config })
    expect(read.content).toHaveLength(1)
    expect(JSON.parse(wordsOf(read))).toEqual(read.structuredContent)
    expect(read.structuredContent).toEqual({
      ...result,
      text: expect.stringMatching(/^#+ /),
      metadata: expect.objectContaining({ document: expect.any(String) }),
    })
    const { metadata } = read.structuredContent as { metadata: Record<string, unknown> }
    expect(Object.values(metadata).every((value) => typeof value === 'string')).toBe(true)
  })

  it('give addresses that people can open, or none', async () => {
    const query = { query: 'bindings of a module with a database of its own' }
    const open = await call('search', query, { URL: `${SITE}/` })
    for (const { id, url } of open.results) expect(url).toBe(`${SITE}/${id}`)
    const none = await call('search', query)
    expect(none.results.map(({ url }: Result) => url)).toEqual(none.results.map(() => ''))
    expect((await call('fetch', { id: 'README.md' }, { URL: SITE })).url).toBe(`${SITE}/README.md`)
  })
})

describe('search', () => {
  it.each([
    ['a database for a module', 'docs/modules.md#a-database'],
    ['completion', 'docs/modules.md#completion'],
    ['How do I write a PROMPT?', 'docs/modules.md#prompts'],
    ['completing arguments', 'docs/modules.md#completion'],
    ['What is stored', 'ARCHITECTURE.md#what-is-stored'],
  ])('finds for %j the section %s', async (query, id) => {
    expect((await idsFor(query)).slice(0, 3)).toContain(id)
  })

  it('ranks a section that is headed by the words above one that has them in passing', async () => {
    const [first] = await idsFor('scopes roles')
    expect(first).toBe('docs/modules.md#scopes-and-roles')
  })

  it('prefers sections with all words, and takes any where none has all', async () => {
    const all = await call('search_sections', { query: 'quayside passkey' })
    for (const { id } of all.sections) {
      const { text, title } = await call('fetch', { id })
      expect(`${title} ${text}`).toMatch(/quayside/i)
      expect(`${title} ${text}`).toMatch(/passkey/i)
    }
    expect(await idsFor('zanzibar passkey xylophone')).not.toEqual([])
    expect(await idsFor('zanzibar xylophone')).toEqual([])
  })

  it('returns ten at most', async () => {
    expect(await idsFor('the module')).toHaveLength(10)
  })

  it('reads no table from end to end', async () => {
    const { results } = await env.DB_DOCS.prepare(
      `EXPLAIN QUERY PLAN SELECT sections.path FROM sections_fts JOIN sections
        ON sections.id = sections_fts.rowid WHERE sections_fts MATCH '"a"'`,
    ).all<{ detail: string }>()
    const plan = results.map(({ detail }) => detail)
    expect(plan).toEqual([
      expect.stringMatching(/^SCAN sections_fts VIRTUAL TABLE INDEX/),
      expect.stringMatching(/^SEARCH sections USING INTEGER PRIMARY KEY/),
    ])
  })
})

/** Each would mean something, or break, in the query language of FTS5 or in SQL. */
const HOSTILE = [
  ...[
    '"',
    '""',
    '"open',
    'passkey"',
    '"a" OR "b',
    "'",
    "passkey' OR 1=1 --",
    'passkey; DROP TABLE',
  ],
  ...['AND', 'OR', 'NOT', 'passkey AND', 'NOT passkey', 'NEAR(a b)', 'NEAR', 'a NEAR/2 b'],
  ...['passkey*', '*', '^passkey', 'title:passkey', 'nocolumn:passkey', '{title text}: a', '- a'],
  ...[
    '(passkey',
    ')',
    '((((',
    '{',
    '}',
    'a + b',
    '+',
    ':',
    ',',
    '\\',
    '%',
    '_',
    '__',
    '\0',
    'a\0b',
  ],
  ...['“passkey”', '＂passkey＂', 'ＮＯＴ passkey', '\u202Epasskey', '\uD800', 'e\u0301', '\u0301'],
  ...[
    '日本語 パスキー',
    '🔑',
    '🔑 passkey',
    'ﷺ',
    'İ',
    '\u00AD',
    'a\u200Db',
    '?1',
    ':a',
    '$a',
    '@a',
  ],
]

describe('what callers type', () => {
  it.each(HOSTILE)('is words and nothing else: %j', async (query) => {
    for (const [tool, list] of [
      ['search', 'results'],
      ['search_sections', 'sections'],
    ] as const) {
      const result = await callModule(docs, tool, { query }, by)
      if (result.outcome === 'ok') expect(result.structuredContent).toHaveProperty(list)
      else expect(wordsOf(result)).toMatch(/^The query has no word in it/)
    }
  })

  it.each([
    ['passkey* OR zanzibar', 'passkey or zanzibar'],
    ['title:passkey', 'passkey title'],
    ['"passkey"', 'passkey'],
    ['^passkey', 'passkey'],
    ['{passkey', 'passkey'],
  ])('finds for %j what %j finds, in whatever order', async (typed, plain) => {
    expect((await idsFor(typed)).length).toBeGreaterThan(0)
    expect(new Set(await idsFor(typed)).size).toBe(new Set(await idsFor(plain)).size)
  })

  it('is long without harm, up to a bound that is named', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `word${index}`).join(' ')
    expect(await idsFor(`passkey ${many}`)).not.toEqual([])
    const { outcome, words } = await failure('search', { query: 'passkey '.repeat(300) })
    expect([outcome, words]).toEqual(['tool_error', expect.stringContaining('above 2000')])
  })

  it('leaves the documents as they were', async () => {
    const { total } = (await env.DB_DOCS.prepare('SELECT count(*) AS total FROM documents').first<{
      total: number
    }>()) ?? { total: 0 }
    expect(total).toBeGreaterThan(10)
  })
})

describe('search_sections', () => {
  it('pages through all that is found, each section once, with what was found in bold', async () => {
    const sections: Result[] = []
    let cursor: string | undefined
    do {
      const page = await call('search_sections', { query: 'module', ...(cursor && { cursor }) })
      sections.push(...page.sections)
      cursor = page.next_cursor
      if (cursor !== undefined) expect(page.sections).toHaveLength(20)
    } while (cursor !== undefined)
    const count = await env.DB_DOCS.prepare(
      "SELECT count(*) AS n FROM sections_fts WHERE sections_fts MATCH 'module'",
    ).first('n')
    expect(sections.length).toBe(count)
    expect(new Set(sections.map(({ id }) => id)).size).toBe(count)
    expect(sections.some(({ snippet }) => /\*\*modules?\*\*/i.test(snippet))).toBe(true)
    expect(Math.max(...sections.map(({ snippet }) => snippet.length))).toBeLessThan(1000)
  })

  it('stays within one document', async () => {
    const { sections } = await call('search_sections', {
      query: 'database',
      document: 'docs/modules.md',
    })
    expect(sections.length).toBeGreaterThan(0)
    for (const { id } of sections) expect(id).toMatch(/^docs\/modules\.md#/)
    const none = await call('search_sections', { query: 'database', document: 'docs/none.md' })
    expect(none).toEqual({ sections: [] })
  })

  it.each(['', 's1', 's1-all-0', 's1-all--1', 's1-none-20', 's1-all-20; DROP', '123456789'])(
    'refuses the cursor %j',
    async (cursor) => {
      const { outcome, words } = await failure('search_sections', { query: 'module', cursor })
      expect(outcome).toBe('tool_error')
      expect(words).toContain('is not one of search_sections')
    },
  )
})

describe('fetch', () => {
  it('reads a section, and says what stands before and after it', async () => {
    const read = await call('fetch', { id: 'docs/modules.md#resources' })
    expect(read).toMatchObject({
      id: 'docs/modules.md#resources',
      title: 'Writing a module › Resources',
      metadata: { document: 'Writing a module', path: 'docs/modules.md' },
    })
    expect(read.text).toMatch(/^## Resources\n/)
    const { next, previous } = read.metadata
    expect((await call('fetch', { id: next })).metadata.previous).toBe(read.id)
    expect((await call('fetch', { id: previous })).metadata.next).toBe(read.id)
  })

  it('reads a whole document', async () => {
    const read = await call('fetch', { id: 'README.md' })
    expect(read).toMatchObject({ id: 'README.md', title: 'Quayside', url: '' })
    expect(read.text).toContain('# Quayside')
    expect(read.text).toContain('Apache-2.0')
  })

  it.each([
    ...['', '#', 'README', 'readme.md', 'README.md#nowhere', '../README.md', '/etc/passwd'],
    ...[
      "README.md' OR 1=1 --",
      'README.md\0',
      '%',
      'docs/%.md',
      'package.json',
      'x'.repeat(10_000),
    ],
  ])('knows no document %j', async (id) => {
    const { outcome, words } = await failure('fetch', { id })
    expect(outcome).toBe('tool_error')
    expect(words).toContain('search finds them')
    expect(words.length).toBeLessThan(500)
  })
})

describe('documents as resources', () => {
  const { person, list, read, complete } = openModule(docs, by)

  it('are listed, all of them, each with an address that can be read', async () => {
    const { resources } = await list()
    const { results } = await env.DB_DOCS.prepare('SELECT path FROM documents ORDER BY path').all()
    expect(resources.map(({ name }: { name: string }) => name)).toEqual(
      results.map(({ path }) => path),
    )
    for (const { uri, size, mimeType } of resources) {
      const [part] = resultOf(await read(uri)).contents
      expect(part).toMatchObject({ uri, mimeType })
      expect(new TextEncoder().encode((part as { text: string }).text).length).toBe(size)
    }
    expect(resources).toContainEqual({
      uri: 'docs://docs/modules.md',
      name: 'docs/modules.md',
      title: 'Writing a module',
      mimeType: 'text/markdown',
      size: expect.any(Number),
    })
  })

  it('do not exist under another address', async () => {
    for (const uri of ['docs://none.md', 'docs://README.md/', 'docs://README.md%00']) {
      expect(await read(uri)).toMatchObject({
        kind: 'error',
        error: { kind: 'resource_not_found' },
      })
    }
  })

  it('are completed by their paths', async () => {
    const of = { template: 'docs://{+path}' }
    const { values } = await complete(of, 'path', 'docs/')
    expect(values).toContain('docs/deploy.md')
    expect(values.at(-1)).toBe('servers/docs/README.md')
    expect((await complete(of, 'path', 'MODUL')).values).toContain('docs/modules.md')
    expect((await complete(of, 'path', "%' OR 1")).values).toEqual([])
  })

  it('need the scope, as every tool does', async () => {
    const nobody = { ...person, scopes: new Set<string>() }
    expect((await list(undefined, nobody)).resources).toEqual([])
    expect(await read('docs://README.md', nobody)).toMatchObject({
      error: { kind: 'insufficient_scope' },
    })
    for (const { scopes } of docs.tools) expect(scopes).toEqual(['docs:read'])
  })
})

describe('the full-text index', () => {
  it('follows the table, whoever changes it', async () => {
    const run = (sql: string) => env.DB_DOCS.prepare(sql).run()
    await run("INSERT INTO documents VALUES ('new.md', 'New', 9)")
    await run(
      "INSERT INTO sections (path, position, anchor, title, text) VALUES ('new.md', 0, 'new', 'New', 'zanzibar')",
    )
    expect(await idsFor('zanzibar')).toEqual(['new.md#new'])
    await run("UPDATE sections SET text = 'xylophone' WHERE path = 'new.md'")
    expect(await idsFor('zanzibar')).toEqual([])
    expect(await idsFor('xylophone')).toEqual(['new.md#new'])
    await run("DELETE FROM sections WHERE path = 'new.md'")
    expect(await idsFor('xylophone')).toEqual([])
    await run("DELETE FROM documents WHERE path = 'new.md'")
    await run("INSERT INTO sections_fts (sections_fts) VALUES ('integrity-check')")
  })
})
