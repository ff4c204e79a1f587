import { describe, expect, it } from 'vitest'
import { hold } from '../http/modules'
import { answerOf, initialize, openSession, post, startPlatform } from '../http/platform'
import { messagesOf, readSse } from './sse-reader'

const REVISIONS = ['2025-03-26', '2025-06-18', '2025-11-25'] as const
const ping = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'ping' })
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' }
const call = (name: string, args?: unknown) => ({
  name,
  ...(args !== undefined && { arguments: args }),
})

describe.each(REVISIONS)('a session of %s', (revision) => {
  it('H-25 answers ping, also before the client is initialized', async () => {
    const session = await openSession(revision)
    const { status, body } = await session.request('ping')
    expect({ status, body }).toEqual({ status: 200, body: { jsonrpc: '2.0', id: 7, result: {} } })
    await session.post(initialized)
    expect((await session.request('ping')).body.result).toEqual({})
  })

  it('H-52 goes on with a call whose client is gone', async () => {
    const session = await openSession(revision)
    const held = hold(`gone-${revision}`)
    const client = new AbortController()
    const params = call('held', { key: `gone-${revision}` })
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    const answering = session.post(message, { signal: client.signal })
    const { signal } = await held.started
    client.abort()
    // A turn of the loop later the abort has reached whoever listens to it.
    await new Promise((resolve) => setTimeout(resolve))
    expect(signal.aborted).toBe(false)
    held.finish('done')
    await answering.catch(() => undefined) // there may be nobody left to answer
  })

  it('H-05 answers with one JSON object', async () => {
    const session = await openSession(revision)
    const { headers, text } = await session.request('tools/list')
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(JSON.parse(text)).toMatchObject({ jsonrpc: '2.0', id: 7 })
  })

  it.each([
    ['initialized', initialized],
    ['cancelled', { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }],
    ['a notification nobody knows', { jsonrpc: '2.0', method: 'com.example/hello' }],
    ['a result', { jsonrpc: '2.0', id: 'q', result: {} }],
    ['an error', { jsonrpc: '2.0', id: 'q', error: { code: -1, message: 'no' } }],
  ])('H-06, H-71 takes %s with 202 and nothing else', async (_, body) => {
    const session = await openSession(revision)
    const { status, headers, text } = await answerOf(await session.post(body))
    expect({ status, text }).toEqual({ status: 202, text: '' })
    expect(headers.has('content-type')).toBe(false)
  })

  it.each([['text'], ['1'], [''], [1], [0], [-5], [Number.MAX_SAFE_INTEGER]])(
    'H-11 gives the id %j back as it was',
    async (id) => {
      const session = await openSession(revision)
      expect((await answerOf(await session.post(ping(id)))).body.id).toBe(id)
    },
  )

  it.each([[null], [1.5], [true], [{}], [[]]])('H-11 refuses the id %j', async (id) => {
    const session = await openSession(revision)
    const { status, body } = await answerOf(await session.post(ping(id)))
    expect(status).toBe(400)
    expect(body).toMatchObject({ id: null, error: { code: -32600 } })
  })

  it.each([['{'], ['{"jsonrpc":"2.0","id":1,"method":"ping"'], ['ping'], ['']])(
    'H-12 goes on after the body %j',
    async (text) => {
      const session = await openSession(revision)
      const { status, body } = await answerOf(await session.post(text))
      expect(status).toBe(400)
      expect(body).toMatchObject({ id: null, error: { code: -32700 } })
      expect((await session.request('ping')).body.result).toEqual({})
    },
  )

  it('H-77 answers an unknown tool with an error, a failing one with a result', async () => {
    const session = await openSession(revision)
    expect((await session.request('tools/call', call('nowhere'))).body.error.code).toBe(-32602)
    for (const tool of ['throws', 'explains']) {
      const { status, body } = await session.request('tools/call', call(tool))
      expect(status).toBe(200)
      expect(body.result.isError).toBe(true)
    }
  })

  it.each([
    ['a wrong type', { text: 5 }, 'text'],
    ['an unknown field', { text: 'a', txet: 'b' }, 'txet'],
    ['none', undefined, 'text'],
    ['a list', ['a'], ''],
    ['text', 'a', ''],
    ['null', null, ''],
  ])('H-77, H-78, H-80 names what is wrong with the arguments: %s', async (_, args, named) => {
    const session = await openSession(revision)
    const { status, body } = await session.request('tools/call', call('echo', args))
    expect(status).toBe(200)
    const isResult = revision === '2025-11-25'
    if (isResult) expect(body.result.isError).toBe(true)
    else expect(body.error.code).toBe(-32602)
    expect(isResult ? body.result.content[0].text : body.error.message).toContain(named)
  })

  it.each([[{}], [{ name: 5 }], [{ name: null }], [undefined]])(
    'H-77 refuses to call %j',
    async (params) => {
      const session = await openSession(revision)
      const { status, body } = await session.request('tools/call', params)
      expect(status).toBe(200)
      expect(body.error.code).toBe(-32602)
    },
  )

  it.each([
    ['resources/list'],
    ['resources/read'],
    ['resources/subscribe'],
    ['prompts/list'],
    ['prompts/get'],
    ['completion/complete'],
    ['tasks/list'],
    ['tasks/get'],
    ['server/discover'],
    ['subscriptions/listen'],
    ['initialize '],
    ['__proto__'],
    [''],
  ])('H-73, H-75, H-76, D-11 does not know %j, in band', async (method) => {
    const session = await openSession(revision)
    const { status, body } = await session.request(method, { uri: 'test://a', level: 'info' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: 7, error: { code: -32601 } })
  })

  it.each([['next'], [''], [0], [null]])('H-74 refuses the cursor %j', async (cursor) => {
    const session = await openSession(revision)
    const { status, body } = await session.request('tools/list', { cursor })
    expect(status).toBe(200)
    expect(body.error.code).toBe(-32602)
  })

  it('H-23, H-84 tells the model what the client lacks, instead of asking it', async () => {
    const without = await openSession(revision)
    const { body } = await without.request('tools/call', call('needs_sampling'))
    expect(body.result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: expect.stringContaining('sampling') }],
    })
    const capable = await openSession(revision, { capabilities: { sampling: {} } })
    const { body: done } = await capable.request('tools/call', call('needs_sampling'))
    expect(done.result.content).toEqual([{ type: 'text', text: 'sampled' }])
  })

  it('H-70, H-72 passes on what a tool says on its way, as much as was asked for', async () => {
    const session = await openSession(revision)
    const params = { ...call('shouts'), _meta: { progressToken: 'p' } }
    const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
    const said = async () => messagesOf(await readSse(await session.post(message)).rest())
    const levelsOf = (messages: { params?: { level?: string } }[]) =>
      messages.flatMap((it) => it.params?.level ?? [])
    const all = await said()
    expect(all.at(-1)).toMatchObject({ id: 7, result: { content: [{ text: 'done' }] } })
    const progress = all.filter(({ method }) => method === 'notifications/progress')
    expect(progress.map(({ params: it }) => [it.progressToken, it.progress])).toEqual([
      ['p', 0],
      ['p', 1],
      ['p', 2],
    ])
    expect(levelsOf(all)).not.toContain('debug')
    expect(levelsOf(all)).toContain('info')
    expect((await session.request('logging/setLevel', { level: 'error' })).body.result).toEqual({})
    expect(levelsOf(await said())).toEqual(['error', 'critical', 'alert', 'emergency'])
    const { body } = await session.request('logging/setLevel', { level: 'loud' })
    expect(body.error.code).toBe(-32602)
  })

  it('D-12, H-79 answers with structured content where there is such a thing', async () => {
    const session = await openSession(revision)
    const { body } = await session.request('tools/call', call('sum', { a: 2, b: 3 }))
    const content = [{ type: 'text', text: '{"sum":5}' }]
    expect(body.result).toEqual(
      revision === '2025-03-26' ? { content } : { content, structuredContent: { sum: 5 } },
    )
    const { body: list } = await session.request('tools/call', call('numbers', { upTo: 2 }))
    expect(list.result).toEqual({ content: [{ type: 'text', text: '[1,2]' }] })
  })

  it('H-80 shows hints left out as the worst', async () => {
    const session = await openSession(revision)
    const { body } = await session.request('tools/list')
    const tools: { name: string; annotations: object }[] = body.result.tools
    expect(tools.find(({ name }) => name === 'no_arguments')?.annotations).toMatchObject({
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: false,
      openWorldHint: true,
    })
  })

  it('D-12 leaves out of results what only 2026-07-28 has', async () => {
    const session = await openSession(revision)
    const { body: list } = await session.request('tools/list')
    const { body: done } = await session.request('tools/call', call('echo', { text: 'a' }))
    for (const key of ['resultType', 'ttlMs', 'cacheScope', '_meta']) {
      expect(list.result).not.toHaveProperty(key)
      expect(done.result).not.toHaveProperty(key)
    }
  })
})

describe('the version header of a session', () => {
  it.each([
    ['1999-01-01'],
    ['2024-11-05'],
    ['2026-07-28'],
    ['2027-01-01'],
    ['2025-11-25, 2025-11-25'],
    ['latest'],
    [''],
  ])('H-09 %j gets 400, and no session is ended by it', async (version) => {
    const session = await openSession('2025-11-25')
    const headers = { 'mcp-protocol-version': version }
    for (const body of [initialized, { jsonrpc: '2.0', id: 1, result: {} }]) {
      const answer = await answerOf(await session.post(body, { headers }))
      // A notification under a header of 2026 is one of 2026, and taken.
      const taken = version === '2026-07-28' && 'method' in body
      expect(answer.status).toBe(taken ? 202 : 400)
      if (!taken) expect(answer.body.error.code).toBeLessThan(-32000)
    }
    expect((await answerOf(await session.post(ping(1), { headers }))).status).toBe(400)
    expect((await session.request('ping')).body.result).toEqual({})
  })

  it.each(REVISIONS)('H-10, H-40 is not missed in a session of %s', async (revision) => {
    const session = await openSession(revision)
    const headers = { 'mcp-protocol-version': null }
    const { body } = await session.request('tools/list', undefined, { headers })
    const echo = body.result.tools.find(({ name }: { name: string }) => name === 'echo')
    expect(echo.title ?? echo.annotations.title).toBe('Echo')
    expect('title' in echo).toBe(revision !== '2025-03-26')
  })

  it.each([
    ['2025-03-26', '2025-11-25'],
    ['2025-11-25', '2025-03-26'],
    ['2025-06-18', '2025-11-25'],
  ])('H-10 of %s may say %s: the session knows better', async (negotiated, sent) => {
    const session = await openSession(negotiated)
    const headers = { 'mcp-protocol-version': sent }
    const { body } = await session.request('tools/call', call('sum', { a: 1, b: 1 }), { headers })
    expect('structuredContent' in body.result).toBe(negotiated !== '2025-03-26')
  })

  it('H-40 is one thing another isolate needs no memory for', async () => {
    const session = await openSession('2025-03-26', { capabilities: { sampling: {} } })
    const elsewhere = { platform: startPlatform() }
    const done = await session.request('tools/call', call('needs_sampling'), elsewhere)
    expect(done.body.result.content[0].text).toBe('sampled')
    expect((await answerOf(await session.post([ping(1)], elsewhere))).body).toHaveLength(1)
  })
})

describe('an array', () => {
  const send = async (revision: string, body: unknown) =>
    answerOf(await (await openSession(revision)).post(body))

  it('H-07 is answered request by request at 2025-03-26', async () => {
    const { status, body } = await send('2025-03-26', [
      ping('a'),
      initialized,
      ping(2),
      { ...ping(3), method: 'nowhere' },
      { jsonrpc: '2.0', id: 4, method: 'tools/call', params: call('echo', { text: 'x' }) },
    ])
    expect(status).toBe(200)
    expect(body).toEqual([
      { jsonrpc: '2.0', id: 'a', result: {} },
      { jsonrpc: '2.0', id: 2, result: {} },
      { jsonrpc: '2.0', id: 3, error: expect.objectContaining({ code: -32601 }) },
      { jsonrpc: '2.0', id: 4, result: { content: [{ type: 'text', text: 'x' }] } },
    ])
  })

  it.each([
    ['one request is still an array', [ping(1)], [{ jsonrpc: '2.0', id: 1, result: {} }]],
    [
      'two of one id get two answers',
      [ping(1), ping(1)],
      Array(2).fill({ jsonrpc: '2.0', id: 1, result: {} }),
    ],
  ])('H-07 of %s', async (_, body, expected) => {
    expect((await send('2025-03-26', body)).body).toEqual(expected)
  })

  it.each([
    ['notifications', [initialized, initialized]],
    ['responses', [{ jsonrpc: '2.0', id: 1, result: {} }]],
    ['both', [initialized, { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'no' } }]],
  ])('H-07 of nothing but %s gets 202', async (_, body) => {
    const { status, text } = await send('2025-03-26', body)
    expect({ status, text }).toEqual({ status: 202, text: '' })
  })

  it.each([
    ['initialize alone', [initialize('2025-03-26')]],
    ['initialize among others', [ping(1), initialize('2025-03-26')]],
    ['too many', Array.from({ length: 51 }, (_, id) => ping(id))],
    ['nothing', []],
    ['something unreadable', [ping(1), 'ping']],
    ['an array', [[ping(1)]]],
  ])('H-07, D-09 of %s is refused whole', async (_, body) => {
    const { status, body: answer } = await send('2025-03-26', body)
    expect(status).toBe(400)
    expect(answer).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } })
  })

  it('H-07 may hold fifty', async () => {
    const body = Array.from({ length: 50 }, (_, id) => ping(id))
    expect((await send('2025-03-26', body)).body).toHaveLength(50)
  })

  it.each(['2025-06-18', '2025-11-25'])('H-08 is refused at %s', async (revision) => {
    for (const body of [[ping(1)], [initialized], [{ jsonrpc: '2.0', id: 1, result: {} }]]) {
      const answer = await send(revision, body)
      expect(answer.status).toBe(400)
      expect(answer.body.error.code).toBe(-32600)
    }
  })

  it('H-07 needs a session like anything else', async () => {
    for (const body of [[ping(1)], [initialize('2025-03-26')]]) {
      expect((await answerOf(await post(body))).status).toBe(400)
    }
  })
})
