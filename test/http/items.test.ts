/** Resources, prompts and completion on the wire of every revision. @module */
import { describe, expect, it } from 'vitest'
import {
  type Answer,
  answerOf,
  openSession,
  post,
  readStream,
  request2026,
  send2026,
} from './platform'

const REVISIONS = ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'] as const
const path = '/library/mcp'

/** Sends one request to the library as a client of a revision does. */
async function ask(
  revision: (typeof REVISIONS)[number],
  method: string,
  params: Record<string, unknown> = {},
  to = path,
): Promise<Answer> {
  if (revision === '2026-07-28') return answerOf(await send2026(method, params, { path: to }))
  const session = await openSession(revision, {}, { path: to })
  return await session.request(method, params)
}

describe.each(REVISIONS)('a module of resources and prompts at %s', (revision) => {
  const is2026 = revision === '2026-07-28'
  const shared = {
    ...(is2026 && {
      resultType: 'complete',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'library', version: '1.0.0' } },
    }),
  }
  const hints = (ttlMs: number) => (is2026 ? { ttlMs, cacheScope: 'public' } : {})
  const title = (text: string) => (revision === '2025-03-26' ? {} : { title: text })
  const nameOr = (name: string, text: string) => (revision === '2025-03-26' ? text : name)

  it('H-21, M-31 declares what it has and nothing else', async () => {
    const capabilities = {
      resources: { subscribe: true, listChanged: true },
      prompts: { listChanged: true },
      completions: {},
    }
    const session = await post(
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: revision, capabilities: {}, clientInfo: {} },
      },
      { path },
    )
    const { body } = is2026 ? await ask(revision, 'server/discover') : await answerOf(session)
    expect(body.result.capabilities).toEqual({ ...capabilities, logging: {} })
  })

  it.each(['tools/list', 'tools/call'])('M-20, H-23 does not know %s', async (method) => {
    const { status, body } = await ask(revision, method, { name: 'x' })
    expect(status).toBe(is2026 ? 404 : 200)
    expect(body.error.code).toBe(-32601)
  })

  it.each(['resources/list', 'resources/read', 'prompts/get', 'completion/complete'])(
    'M-20, H-23 does not offer %s where there is none',
    async (method) => {
      const { body } = await ask(revision, method, { name: 'x', uri: 'x' }, '/lab/mcp')
      expect(body.error.code).toBe(-32601)
    },
  )

  it('lists its templates and prompts', async () => {
    const templates = await ask(revision, 'resources/templates/list')
    expect(templates.body.result).toEqual({
      ...shared,
      ...hints(60_000),
      resourceTemplates: [
        {
          uriTemplate: 'library://books/{id}',
          name: nameOr('book', 'Book'),
          ...title('Book'),
          description: 'One book.',
        },
      ],
    })
    const prompts = await ask(revision, 'prompts/list')
    expect(prompts.body.result).toEqual({
      ...shared,
      ...hints(60_000),
      prompts: [
        {
          name: 'review',
          ...title('Review'),
          description: 'Asks for a review.',
          arguments: [
            { name: 'book', required: true },
            { name: 'tone', required: false },
          ],
        },
      ],
    })
  })

  it('H-74, M-32, M-35 lists its resources page by page, those it declares first', async () => {
    const first = await ask(revision, 'resources/list')
    const { resources, nextCursor, ...rest } = first.body.result
    expect(rest).toEqual({ ...shared, ...hints(0) })
    expect(resources).toHaveLength(103)
    expect(resources[0]).toMatchObject({ uri: 'library://rules', name: nameOr('rules', 'Rules') })
    expect(resources[3]).toEqual({
      uri: 'library://books/book-0',
      name: nameOr('book-0', 'The book-0'),
      ...title('The book-0'),
    })
    const second = await ask(revision, 'resources/list', { cursor: nextCursor })
    expect(second.body.result.resources).toHaveLength(50)
    expect(second.body.result).not.toHaveProperty('nextCursor')
    expect(second.body.result.cacheScope).toBe(rest.cacheScope)
  })

  it.each(['resources/list', 'resources/templates/list', 'prompts/list'])(
    'H-74, M-40 refuses a cursor of %s that it did not give',
    async (method) => {
      const { status, body } = await ask(revision, method, { cursor: 'eyJvZmZzZXQiOjF9' })
      expect(status).toBe(200)
      expect(body.error).toEqual({
        code: -32602,
        message: 'Unknown cursor. Ask for the list from its beginning, without one.',
      })
    },
  )

  it('M-32 reads a resource, and says how long it may be kept', async () => {
    const { body } = await ask(revision, 'resources/read', { uri: 'library://rules' })
    expect(body.result).toEqual({
      ...shared,
      ...hints(3_600_000),
      contents: [{ uri: 'library://rules', mimeType: 'text/markdown', text: '# Be quiet' }],
    })
  })

  it.each(['library://nothing', 'library://books/none'])(
    'H-76, M-37, M-22 answers that %s does not exist with the code of the revision',
    async (uri) => {
      const { status, body } = await ask(revision, 'resources/read', { uri })
      expect(status).toBe(200)
      expect(body.error).toMatchObject({ code: is2026 ? -32602 : -32002, data: { uri } })
    },
  )

  it.each([undefined, 7, null, 'x'.repeat(3000)])('H-76 refuses the address %j', async (uri) => {
    const { body } = await ask(revision, 'resources/read', { uri })
    expect(body.error.code).toBe(-32602)
  })

  it('answers that a resource is broken without saying why', async () => {
    const { status, text, body } = await ask(revision, 'resources/read', {
      uri: 'library://broken',
    })
    expect(status).toBe(200)
    expect(body.error).toEqual({
      code: -32603,
      message: 'Resource "broken" failed unexpectedly. Trying again may help.',
    })
    expect(text).not.toContain('hunter2')
  })

  it('fills a prompt in', async () => {
    const { body } = await ask(revision, 'prompts/get', {
      name: 'review',
      arguments: { book: 'book-7' },
    })
    const link =
      revision === '2025-03-26'
        ? { type: 'text', text: 'book-7: library://books/book-7' }
        : { type: 'resource_link', uri: 'library://books/book-7', name: 'book-7' }
    expect(body.result).toEqual({
      ...shared,
      description: 'Asks for a review.',
      messages: [
        { role: 'user', content: { type: 'text', text: 'Review book-7, be kind.' } },
        { role: 'user', content: link },
      ],
    })
  })

  it.each([
    [{ name: 'nonesuch' }, 'has no prompt "nonesuch"'],
    [{ name: 'review' }, 'book: Invalid input'],
    [{ name: 'review', arguments: { book: 7 } }, 'book: Invalid input'],
    [{ name: 'review', arguments: { book: 'x', tone: 'odd' } }, 'tone: Invalid option'],
    [{}, 'needs the name of a prompt'],
  ])('H-77 answers prompts/get with %j by -32602', async (params, words) => {
    const { status, body } = await ask(revision, 'prompts/get', params)
    expect(status).toBe(200)
    expect(body.error.code).toBe(-32602)
    expect(body.error.message).toContain(words)
  })

  it('H-73 completes, with what was chosen before', async () => {
    const completion = await ask(revision, 'completion/complete', {
      ref: { type: 'ref/prompt', name: 'review' },
      argument: { name: 'book', value: 'b' },
      context: { arguments: { tone: 'harsh' } },
    })
    expect(completion.body.result).toEqual({
      ...shared,
      completion: { values: ['b-in-harsh-tone'], total: 1, hasMore: false },
    })
    const many = await ask(revision, 'completion/complete', {
      ref: { type: 'ref/resource', uri: 'library://books/{id}' },
      argument: { name: 'id', value: 'book' },
    })
    expect(many.body.result.completion.values).toHaveLength(100)
    expect(many.body.result.completion).toMatchObject({ total: 150, hasMore: true })
  })

  it.each([
    {},
    { ref: { type: 'ref/prompt', name: 'review' } },
    { ref: { type: 'ref/tool', name: 'review' }, argument: { name: 'book', value: '' } },
    { ref: { type: 'ref/prompt', name: 'nonesuch' }, argument: { name: 'book', value: '' } },
    { ref: { type: 'ref/prompt', name: 'review' }, argument: { name: 'page', value: '' } },
    { ref: { type: 'ref/prompt', name: 'review' }, argument: { name: 'book', value: 7 } },
    {
      ref: { type: 'ref/prompt', name: 'review' },
      argument: { name: 'book', value: 'x'.repeat(2000) },
    },
    {
      ref: { type: 'ref/prompt', name: 'review' },
      argument: { name: 'book', value: '' },
      context: { arguments: { tone: 7 } },
    },
  ])('H-73, M-40 answers the completion of %j by -32602', async (params) => {
    const { status, body } = await ask(revision, 'completion/complete', params)
    expect(status).toBe(200)
    expect(body.error.code).toBe(-32602)
  })
})

describe('resources and prompts at 2026-07-28', () => {
  it.each([
    ['resources/read', { uri: 'library://rules' }],
    ['prompts/get', { name: 'review', arguments: { book: 'x' } }],
  ])('M-11 repeat in a header what %s names', async (method, params) => {
    const { body, headers } = request2026(method, params)
    const refused = [{ 'Mcp-Name': null }, { 'Mcp-Name': 'other' }]
    for (const changed of refused) {
      const response = await post(body, { path, headers: { ...headers, ...changed } })
      expect((await answerOf(response)).body.error.code).toBe(-32020)
    }
  })

  it('M-13 name an address that is not ASCII in base64', async () => {
    const uri = 'library://books/größe'
    const { body, headers } = request2026('resources/read', { uri })
    const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(uri)))
    const named = { ...headers, 'Mcp-Name': `=?base64?${encoded}?=` }
    const answer = await answerOf(await post(body, { path, headers: named }))
    expect(answer.body.error).toMatchObject({ message: 'There is no größe.', data: { uri } })
  })

  it('M-51, M-54 say on a stream how far they are', async () => {
    const meta = { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'info' }
    const response = await send2026('resources/read', { uri: 'library://slow' }, { path, meta })
    const messages = await readStream(response).rest()
    expect(messages.map(({ method }) => method)).toEqual([
      'notifications/progress',
      'notifications/message',
      undefined,
    ])
    expect(messages[2].result.contents[0].text).toBe('done')
  })
})

describe('resources and prompts in a session', () => {
  it('say on a stream how far they are', async () => {
    const session = await openSession('2025-11-25', {}, { path })
    const _meta = { progressToken: 'p' }
    const params = { uri: 'library://slow', _meta }
    const request = { jsonrpc: '2.0', id: 2, method: 'resources/read', params }
    const response = await session.post(request)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const text = await response.text()
    const said = ['"notifications/progress"', '"notifications/message"', '"text":"done"']
    const places = said.map((word) => text.indexOf(word))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
  })
})
