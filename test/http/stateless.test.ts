import { describe, expect, it, vi } from 'vitest'
import { hold, SECRET } from './modules'
import {
  answerOf,
  call2026,
  initialize,
  META_2026,
  openSession,
  post,
  request2026,
  send2026,
  startPlatform,
} from './platform'

const VERSION = 'io.modelcontextprotocol/protocolVersion'
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'
const CLIENT = 'io.modelcontextprotocol/clientInfo'
const SERVER = 'io.modelcontextprotocol/serverInfo'
const INFO = { name: 'lab', version: '1.2.3', title: 'Lab' }

type Changes = Parameters<typeof send2026>[2]

const list = async (changes: Changes = {}) => answerOf(await send2026('tools/list', {}, changes))
const call = async (...args: Parameters<typeof call2026>) => answerOf(await call2026(...args))

describe('server/discover', () => {
  it('M-31, M-32, M-06, D-02 is a whole first request', async () => {
    const { status, headers, body } = await answerOf(
      await send2026('server/discover', {}, { platform: startPlatform() }),
    )
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json')
    expect(body).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: { listChanged: true }, logging: {} },
        instructions: 'For tests only.',
        ttlMs: 60_000,
        cacheScope: 'public',
        _meta: { [SERVER]: INFO },
      },
    })
  })

  it('D-10, M-09 names the versions that -32022 names', async () => {
    const { body } = await answerOf(await send2026('server/discover'))
    const refused = await list({
      meta: { [VERSION]: '1900-01-01' },
      headers: { 'MCP-Protocol-Version': '1900-01-01' },
    })
    expect(refused.body.error.data.supported).toEqual(body.result.supportedVersions)
  })

  it('D-03 is answered by every module that lets callers in', async () => {
    for (const path of ['/lab/mcp', '/other/mcp']) {
      expect((await send2026('server/discover', {}, { path })).status).toBe(200)
      expect((await post(initialize('2025-11-25'), { path })).status).toBe(200)
    }
  })

  it('M-41, D-11 offers neither tracing nor extensions', async () => {
    const { body } = await answerOf(await send2026('server/discover'))
    expect(body.result.capabilities).not.toHaveProperty('extensions')
    expect(body.result.capabilities).not.toHaveProperty('tasks')
    for (const method of ['tasks/get', 'tasks/list', 'tasks/result']) {
      const params = { taskId: 'x' }
      const headers = method === 'tasks/get' ? { 'Mcp-Name': 'x' } : {}
      const answer = await answerOf(await send2026(method, params, { headers }))
      expect(answer).toMatchObject({ status: 404, body: { error: { code: -32601 } } })
    }
  })
})

describe('tools/list', () => {
  it('M-30, M-32, M-33, M-06 says how long and for whom it may be kept, and who answers', async () => {
    const { body } = await list()
    expect(body.result).toMatchObject({
      resultType: 'complete',
      ttlMs: 60_000,
      cacheScope: 'public',
      _meta: { [SERVER]: INFO },
    })
    expect(body.result).not.toHaveProperty('nextCursor')
  })

  it('M-35, M-33, M-23 is the same for everyone, to the byte', async () => {
    const plain = (await list()).text
    const session = await openSession('2025-11-25')
    for (const changes of [
      {},
      { platform: startPlatform() },
      { meta: { [CLIENT]: { name: 'x', version: '1' } } },
      { meta: { [CAPABILITIES]: { sampling: {}, elicitation: {} } } },
      { headers: { 'mcp-session-id': session.id } },
    ]) {
      expect((await list(changes)).text).toBe(plain)
    }
  })

  it('D-12, M-38 shows schemas of any root', async () => {
    const { body } = await list()
    const tools: { name: string; outputSchema?: unknown }[] = body.result.tools
    const numbers = tools.find(({ name }) => name === 'numbers')
    expect(numbers?.outputSchema).toMatchObject({ type: 'array', items: { type: 'integer' } })
  })

  it.each([['next'], [''], [0], [null]])('M-40 refuses the cursor %j', async (cursor) => {
    const { status, body } = await answerOf(await send2026('tools/list', { cursor }))
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: 1, error: { code: -32602 } })
  })
})

describe('the headers of a request', () => {
  it.each<[string, Record<string, string | null>]>([
    ['M-08 no version', { 'MCP-Protocol-Version': null }],
    ['M-08 an empty version', { 'MCP-Protocol-Version': '' }],
    ['M-08 another version', { 'MCP-Protocol-Version': '2025-11-25' }],
    ['M-08 an unknown version', { 'MCP-Protocol-Version': '1900-01-01' }],
    ['M-08 the version twice', { 'MCP-Protocol-Version': '2026-07-28, 2026-07-28' }],
    ['M-10 no method', { 'Mcp-Method': null }],
    ['M-10 an empty method', { 'Mcp-Method': '' }],
    ['M-10 another method', { 'Mcp-Method': 'tools/list' }],
    ['M-10 a method of another case', { 'Mcp-Method': 'Tools/Call' }],
    ['M-10 an encoded method', { 'Mcp-Method': '=?base64?dG9vbHMvY2FsbA==?=' }],
    ['M-11 no name', { 'Mcp-Name': null }],
    ['M-11 an empty name', { 'Mcp-Name': '' }],
    ['M-11 another name', { 'Mcp-Name': 'throws' }],
    ['M-12 a name of another case', { 'Mcp-Name': 'Echo' }],
    ['M-11 the name twice', { 'Mcp-Name': 'echo, echo' }],
    ['M-13 a name in bad base64', { 'Mcp-Name': '=?base64?ZWNobw?=' }],
    ['M-13 a name encoded twice', { 'Mcp-Name': '=?base64?PT9iYXNlNjQ/WldOb2J3PT0/PQ==?=' }],
    ['M-13 a name with a control character', { 'Mcp-Name': 'echo\u0001' }],
    ['M-13 a name beyond ASCII', { 'Mcp-Name': 'ecĥo' }],
  ])('M-17, D-04 that say %s are refused with -32020', async (_, headers) => {
    const { status, headers: sent, body } = await call('echo', { text: 'a' }, { headers })
    expect(status).toBe(400)
    expect(sent.get('content-type')).toBe('application/json')
    expect(body).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code: -32020 } })
  })

  it('M-08 are judged for methods that are not offered too', async () => {
    const { status, body } = await answerOf(
      await send2026('nowhere', {}, { headers: { 'Mcp-Method': 'ping' } }),
    )
    expect({ status, code: body.error.code }).toEqual({ status: 400, code: -32020 })
  })

  it.each<[string, Record<string, string>]>([
    ['blanks around them', { 'Mcp-Name': '  echo\t', 'Mcp-Method': ' tools/call ' }],
    ['names of any case', { 'MCP-NAME': 'echo' }],
    ['an encoded name', { 'Mcp-Name': '=?base64?ZWNobw==?=' }],
    ['parameters that nobody declared', { 'Mcp-Param-Text': 'something else' }],
  ])('M-12, M-13, M-16 may have %s', async (_, headers) => {
    const { status, body } = await call('echo', { text: 'a' }, { headers })
    expect(status).toBe(200)
    expect(body.result.content).toEqual([{ type: 'text', text: 'a' }])
  })

  it('M-16 of 2026 mean nothing in a request of 2025', async () => {
    const session = await openSession('2025-11-25')
    const params = { name: 'routed', arguments: { tenant: 'acme' } }
    const headers = { 'Mcp-Method': 'ping', 'Mcp-Name': 'echo', 'Mcp-Param-Tenant': 'evil' }
    const { body } = await session.request('tools/call', params, { headers })
    expect(body.result.content).toEqual([{ type: 'text', text: 'routed' }])
  })

  it.each<[string, Record<string, unknown>, Record<string, string>, number]>([
    ['equals', { tenant: 'acme' }, { 'Mcp-Param-Tenant': 'acme' }, 200],
    ['is missing', { tenant: 'acme' }, {}, 400],
    ['differs', { tenant: 'acme' }, { 'Mcp-Param-Tenant': 'evil' }, 400],
    ['stands for null', { tenant: null }, {}, 200],
    ['stands for nothing', {}, {}, 200],
    ['is a number by value', { limit: 42 }, { 'Mcp-Param-Limit': '42.0' }, 200],
    ['is deep in the arguments', { place: { zone: 'b' } }, { 'Mcp-Param-Zone': 'c' }, 400],
    ['repeats arguments that are no object', [] as never, {}, 200],
  ])('M-14 of a parameter: it %s', async (_, args, headers, status) => {
    const answer = await call('routed', args, { headers })
    expect(answer.status).toBe(status)
    if (status === 400) expect(answer.body).toMatchObject({ id: 1, error: { code: -32020 } })
  })
})

describe('the envelope of a request', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['version', { [VERSION]: undefined }, [VERSION]],
    ['capabilities', { [CAPABILITIES]: undefined }, [CAPABILITIES]],
    ['both', { [VERSION]: undefined, [CAPABILITIES]: undefined }, [VERSION, CAPABILITIES]],
  ])('M-05 without %s is refused with the keys that lack', async (_, meta, keys) => {
    const { status, body } = await call('echo', { text: 'a' }, { meta })
    expect(status).toBe(400)
    expect(body).toMatchObject({ id: 1, error: { code: -32602, data: { keys } } })
    for (const key of keys) expect(body.error.message).toContain(key)
  })

  it('M-54 with a log level nobody knows is refused', async () => {
    const meta = { 'io.modelcontextprotocol/logLevel': 'loud' }
    const { status, body } = await call('echo', { text: 'a' }, { meta })
    expect({ status, code: body.error.code }).toEqual({ status: 400, code: -32602 })
  })

  it.each([
    ['1900-01-01'],
    ['2025-11-25'],
    ['2025-03-26'],
    ['2026-07-29'],
    ['2099-12-31'],
    ['latest'],
  ])('M-09, D-10 of version %s is answered with those we serve', async (requested) => {
    const { status, body } = await list({
      meta: { [VERSION]: requested },
      headers: { 'MCP-Protocol-Version': requested },
    })
    expect(status).toBe(400)
    expect(body).toMatchObject({
      id: 1,
      error: { code: -32022, data: { supported: ['2026-07-28'], requested } },
    })
  })

  it('M-06 may leave out who the client is, and nothing changes but the record', async () => {
    const known = await call('who_am_i', {}, { meta: { [CLIENT]: { name: 'c', version: '1' } } })
    const unknown = await call('who_am_i', {})
    expect(known.body.result.structuredContent.client).toBe('c')
    expect(unknown.body.result.structuredContent.client).toBeNull()
    for (const { body } of [known, unknown]) expect(body.result._meta[SERVER]).toEqual(INFO)
  })

  it('M-41 may carry trace context, which changes nothing', async () => {
    const meta = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b',
      baggage: 'user=alice',
    }
    const traced = await call('echo', { text: 'a' }, { meta })
    expect(traced.text).toBe((await call('echo', { text: 'a' })).text)
  })
})

describe('the order of refusals', () => {
  // Each request is wrong in every way from its row on down; the first is what it hears of.
  const everything = {
    meta: { [VERSION]: '1900-01-01' },
    headers: { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'ping', 'Mcp-Name': 'b' },
  }
  const wrongVersion = { 'MCP-Protocol-Version': '1900-01-01' }

  it.each<[string, Changes, number, number]>([
    ['media type', { ...everything, headers: { 'content-type': 'text/plain' } }, 415, -32600],
    ['envelope', { ...everything, meta: { [CAPABILITIES]: 1, [VERSION]: '1' } }, 400, -32602],
    ['version header', everything, 400, -32020],
    [
      'method header',
      { ...everything, headers: { ...everything.headers, ...wrongVersion } },
      400,
      -32020,
    ],
    [
      'version served',
      { ...everything, headers: { ...wrongVersion, 'Mcp-Method': null, 'Mcp-Name': 'b' } },
      400,
      -32022,
    ],
    ['method header present', { headers: { 'Mcp-Method': null, 'Mcp-Name': 'b' } }, 400, -32020],
    ['name header', { headers: { 'Mcp-Name': 'b' } }, 400, -32020],
  ])('M-05, M-08, M-09, M-10, M-11 comes to the %s', async (_, changes, status, code) => {
    const answer = await answerOf(
      await send2026('tools/call', { name: 'nowhere', arguments: 5 }, changes),
    )
    expect(answer.status).toBe(status)
    expect(answer.body.error.code).toBe(code)
  })

  it('M-14, M-21, M-40 goes on through tool, parameter header, arguments and capability', async () => {
    const unknown = await call('nowhere', { tenant: 'a' })
    expect(unknown).toMatchObject({ status: 200, body: { error: { code: -32602 } } })
    const header = await call('routed', { tenant: 'a', unknown: 1 })
    expect(header).toMatchObject({ status: 400, body: { error: { code: -32020 } } })
    const input = await call('needs_sampling', { unknown: 1 })
    expect(input).toMatchObject({ status: 200, body: { result: { isError: true } } })
    const capability = await call('needs_sampling', {})
    expect(capability).toMatchObject({ status: 400, body: { error: { code: -32021 } } })
  })
})

describe('a method', () => {
  it.each([
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'resources/unsubscribe',
    'resources/list',
    'resources/templates/list',
    'prompts/list',
    'completion/complete',
    'sampling/createMessage',
    'roots/list',
    'elicitation/create',
    'tasks/list',
    'tasks/result',
    'rpc.discover',
    'Tools/List',
    'tools/list ',
    'toString',
    '__proto__',
  ])('M-20, D-04, D-08, D-11 that is not offered gets 404 and its id: %s', async (method) => {
    const { body: message, headers } = request2026(method, {}, { id: 'mine' })
    // The blank at the end of a header is not part of its value; the body says what is asked.
    const named = method.endsWith(' ') ? { ...headers, 'Mcp-Method': 'tools/list' } : headers
    const { status, body } = await answerOf(await post(message, { headers: named }))
    if (method.endsWith(' ')) {
      expect({ status, code: body.error.code }).toEqual({ status: 400, code: -32020 })
      return
    }
    expect(status).toBe(404)
    expect(body).toMatchObject({ jsonrpc: '2.0', id: 'mine', error: { code: -32601 } })
  })

  it.each([
    ['resources/read', { uri: 'test://a' }, 'test://a'],
    ['prompts/get', { name: 'a' }, 'a'],
    ['tasks/get', { taskId: 'a' }, 'a'],
    ['tasks/update', { taskId: 'a' }, 'a'],
    ['tasks/cancel', { taskId: 'a' }, 'a'],
  ])(
    'M-20, M-37, D-11 that is not offered needs its name first: %s',
    async (method, params, name) => {
      const right = await send2026(method, params, { headers: { 'Mcp-Name': name } })
      expect((await answerOf(right)).body.error.code).toBe(-32601)
      expect(right.status).toBe(404)
      const wrong = await send2026(method, params, { headers: { 'Mcp-Name': 'b' } })
      expect((await answerOf(wrong)).body.error.code).toBe(-32020)
    },
  )

  it('D-05 of the handshake is never refused for its era: every module serves both', async () => {
    const { status, body } = await answerOf(await post(initialize('2025-11-25')))
    expect({ status, version: body.result.protocolVersion }).toEqual({
      status: 200,
      version: '2025-11-25',
    })
  })
})

describe('a message that is no request', () => {
  it.each([
    ['with its header', {}, { 'MCP-Protocol-Version': '2026-07-28' }],
    ['with its claim', { _meta: { [VERSION]: '2026-07-28' } }, {}],
    ['with both', { _meta: META_2026 }, { 'MCP-Protocol-Version': '2026-07-28' }],
  ])('M-18 is taken with 202 and nothing else: a notification %s', async (_, params, headers) => {
    for (const method of [
      'notifications/cancelled',
      'notifications/initialized',
      'com.example/x',
    ]) {
      const {
        status,
        text,
        headers: sent,
      } = await answerOf(await post({ jsonrpc: '2.0', method, params }, { headers }))
      expect({ status, text }).toEqual({ status: 202, text: '' })
      expect(sent.has('mcp-session-id')).toBe(false)
    }
  })

  it.each([
    ['a result', { jsonrpc: '2.0', id: 1, result: {} }],
    ['an error', { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'no' } }],
    ['an array', [request2026('tools/list').body]],
    ['an array of 2025', [{ jsonrpc: '2.0', id: 1, method: 'ping' }]],
    ['an array of notifications', [{ jsonrpc: '2.0', method: 'a/b' }]],
    ['an empty array', []],
  ])('M-03, D-09 is refused: %s', async (_, body) => {
    const session = await openSession('2025-03-26')
    for (const headers of [
      { 'MCP-Protocol-Version': '2026-07-28' },
      { 'MCP-Protocol-Version': '2026-07-28', 'mcp-session-id': session.id },
    ]) {
      const answer = await answerOf(await post(body, { headers }))
      expect(answer.status).toBe(400)
      expect(answer.body).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } })
    }
  })
})

describe('both eras at one URL', () => {
  it('D-01, M-23 are told apart request by request', async () => {
    const session = await openSession('2025-06-18')
    for (let round = 0; round < 3; round++) {
      expect((await list()).body.result.resultType).toBe('complete')
      expect((await session.request('tools/list')).body.result).not.toHaveProperty('resultType')
    }
  })

  it('M-04, D-07 leaves a session out of a request of 2026, real or not', async () => {
    const { id } = await openSession('2025-11-25')
    for (const sessionId of [id, 'made-up', '']) {
      const headers = { 'mcp-session-id': sessionId, 'last-event-id': 'e1' }
      const answer = await list({ headers })
      expect(answer.status).toBe(200)
      expect(answer.headers.has('mcp-session-id')).toBe(false)
      expect((await call('echo', { text: 'a' }, { headers })).status).toBe(200)
      expect((await answerOf(await send2026('nowhere', {}, { headers }))).status).toBe(404)
    }
  })

  it('D-06 takes a request without a header for what its session or envelope says', async () => {
    const session = await openSession('2025-03-26')
    const bare = { headers: { 'mcp-protocol-version': null } }
    expect((await session.request('tools/list', {}, bare)).status).toBe(200)
    const missing = await list({ headers: { 'MCP-Protocol-Version': null } })
    expect(missing).toMatchObject({ status: 400, body: { error: { code: -32020 } } })
    const neither = await answerOf(await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }))
    expect(neither).toMatchObject({ status: 400, body: { error: { code: -32600 } } })
    expect(neither.body.error.message).toContain('_meta')
  })

  it('D-08 of initialize: a header alone contradicts it, a whole envelope makes it unknown', async () => {
    const headers = { 'MCP-Protocol-Version': '2026-07-28' }
    const mixed = await answerOf(await post(initialize('2025-11-25'), { headers }))
    expect(mixed).toMatchObject({ status: 400, body: { error: { code: -32020 } } })
    const { params } = initialize('2025-11-25')
    const whole = await answerOf(await send2026('initialize', params))
    expect(whole).toMatchObject({ status: 404, body: { error: { code: -32601 } } })
    expect(whole.headers.has('mcp-session-id')).toBe(false)
  })

  it.each([
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '0af7651916cd43dd8448eb211c80319c'],
    ['00-00000000000000000000000000000000-b7ad6b7169203331-01', undefined],
    ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', undefined],
    ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', undefined],
    ['made up', undefined],
    [7, undefined],
  ])('M-41 find the trace %j in the log line of a call, of either era', async (traceparent, id) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    try {
      const params = { name: 'echo', arguments: { text: 'a' }, _meta: { traceparent } }
      await call('echo', { text: 'a' }, { meta: { traceparent } })
      const session = await openSession('2025-11-25')
      await session.request('tools/call', params)
      const written = () => log.mock.calls.map(([line]) => JSON.parse(String(line)))
      // After the answers, and after what the tests before left to be written.
      await vi.waitFor(() => expect(written().at(-1)).toMatchObject({ revision: '2025-11-25' }))
      const [current, older] = written().slice(-2)
      expect(current).toMatchObject({ event: 'call', revision: '2026-07-28' })
      expect([current.traceId, older.traceId]).toEqual([id, id])
    } finally {
      log.mockRestore()
    }
  })

  it('D-14 are counted where the operator has bound a dataset, and nobody is named there', async () => {
    const points: unknown[] = []
    const METRICS = { writeDataPoint: (point: unknown) => points.push(point) }
    const counted = startPlatform({ vars: { METRICS } as never })
    const meta = { [CLIENT]: { name: 'an app '.repeat(20), version: '9' } }
    await call('echo', { text: SECRET }, { platform: counted, meta })
    const session = await openSession('2025-06-18', {}, { platform: counted })
    await session.request('tools/call', { name: 'nonesuch' })
    expect(points).toEqual([
      {
        indexes: ['lab'],
        blobs: [
          'lab',
          '2026-07-28',
          'an app '.repeat(20).slice(0, 64),
          '9',
          'tools/call',
          'echo',
          'ok',
        ],
        doubles: [1, expect.any(Number)],
      },
      {
        indexes: ['lab'],
        blobs: [
          'lab',
          ...['2025-06-18', 'tests', '1.0.0', 'tools/call', 'nonesuch', 'unknown_tool'],
        ],
        doubles: [1, expect.any(Number)],
      },
    ])
  })

  it('D-14 are told apart in the record of a call', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    try {
      const session = await openSession('2025-06-18')
      await session.request('tools/call', { name: 'echo', arguments: { text: SECRET } })
      await call('echo', { text: SECRET }, { meta: { [CLIENT]: { name: 'c', version: '9' } } })
      const written = () => log.mock.calls.map(([line]) => JSON.parse(String(line)))
      // After the answers, and after what the tests before left to be written.
      await vi.waitFor(() => expect(written().at(-1)).toMatchObject({ client: 'c' }))
      const lines = written().slice(-2)
      expect(lines).toEqual([
        expect.objectContaining({ event: 'call', revision: '2025-06-18', client: 'tests' }),
        expect.objectContaining({ event: 'call', revision: '2026-07-28', client: 'c' }),
      ])
      expect(JSON.stringify(lines)).not.toContain(SECRET)
    } finally {
      log.mockRestore()
    }
  })
})

describe('a call', () => {
  it('M-30, M-06 ends with a result of this shape', async () => {
    const { status, body } = await call('sum', { a: 2, b: 3 })
    expect(status).toBe(200)
    expect(body).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: {
        resultType: 'complete',
        content: [{ type: 'text', text: '{"sum":5}' }],
        structuredContent: { sum: 5 },
        _meta: { [SERVER]: INFO },
      },
    })
  })

  it('M-38 may have structured content that is no object', async () => {
    const { body } = await call('numbers', { upTo: 3 })
    expect(body.result.structuredContent).toEqual([1, 2, 3])
    expect(body.result.content).toEqual([{ type: 'text', text: '[1,2,3]' }])
  })

  it('M-38, H-79 never sends structured content that its schema does not allow', async () => {
    const { body, text } = await call('lies')
    expect(body.result.isError).toBe(true)
    expect(body.result).not.toHaveProperty('structuredContent')
    expect(text).not.toContain('40007')
  })

  it.each([
    ['throws', 'failed unexpectedly'],
    ['explains', 'There is no such city.'],
  ])('M-40 that fails says so without what is inside: %s', async (tool, words) => {
    const { status, body, text } = await call(tool)
    expect(status).toBe(200)
    expect(body.result).toMatchObject({ resultType: 'complete', isError: true })
    expect(body.result.content[0].text).toContain(words)
    expect(text).not.toContain('hunter2')
    expect(text).not.toContain('srv')
    expect(text).not.toMatch(/\bat .*:\d+/)
  })

  it('M-40 that returns too much says how much is allowed', async () => {
    const { status, body, text } = await call('huge')
    expect(status).toBe(200)
    expect(body.result.isError).toBe(true)
    expect(body.result.content[0].text).toContain('1048576')
    expect(text.length).toBeLessThan(2000)
  })

  it.each<[string, unknown, string[]]>([
    ['one unknown field', { text: 'a', txet: 1 }, ['txet: unknown field']],
    ['two', { text: 'a', b: 1, c: 2 }, ['b: unknown field', 'c: unknown field']],
    ['one deep within', { text: 'a', deep: { er: 1, est: 2 } }, ['deep.est: unknown field']],
    ['one and a wrong type', { text: 1, b: 1 }, ['b: unknown field', 'text: ']],
    ['a prototype', JSON.parse('{"text":"a","__proto__":{"x":1}}'), ['__proto__: unknown field']],
    ['a constructor', { text: 'a', constructor: 1 }, ['constructor: unknown field']],
    ['a list', ['a'], ['expected object']],
    ['text', 'a', ['expected object']],
    ['null', null, ['expected object']],
  ])('M-40 with arguments that do not fit names what is wrong: %s', async (_, args, named) => {
    const { body: message, headers } = request2026('tools/call', { name: 'echo', arguments: args })
    const { status, body } = await answerOf(await post(message, { headers }))
    expect(status).toBe(200)
    expect(body.result).toMatchObject({ resultType: 'complete', isError: true })
    for (const words of named) expect(body.result.content[0].text).toContain(words)
  })

  it.each([['nowhere'], ['Echo'], ['constructor'], ['__proto__'], [''], ['echo\u0000'], ['größe']])(
    'M-40 of %j, which is no tool, is -32602',
    async (name) => {
      const encoded = `=?base64?${btoa(String.fromCharCode(...new TextEncoder().encode(name)))}?=`
      const { status, body } = await call(name, {}, { headers: { 'Mcp-Name': encoded } })
      expect(status).toBe(200)
      expect(body).toMatchObject({ id: 1, error: { code: -32602 } })
    },
  )

  it.each([[5], [null], [undefined], [{}]])(
    'M-40 of %j, which is no name, is -32602',
    async (name) => {
      const { status, body } = await answerOf(await send2026('tools/call', { name }))
      expect(status).toBe(200)
      expect(body.error.code).toBe(-32602)
    },
  )

  it.each<[string, string, Record<string, unknown>, object]>([
    ['nothing declared', 'needs_sampling', {}, { sampling: {} }],
    ['something else declared', 'needs_sampling', { roots: {} }, { sampling: {} }],
    ['it declared as true', 'needs_sampling', { sampling: true }, { sampling: {} }],
    [
      'only forms declared',
      'needs_url',
      { elicitation: { form: {} } },
      { elicitation: { url: {} } },
    ],
    ['nothing more declared', 'needs_url', { elicitation: {} }, { elicitation: { url: {} } }],
  ])('M-21 that needs more than was declared names it: %s', async (_, tool, declared, required) => {
    const { status, body } = await call(tool, {}, { meta: { [CAPABILITIES]: declared } })
    expect(status).toBe(400)
    expect(body).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32021, data: { requiredCapabilities: required } },
    })
  })

  it('M-21, M-23 runs when this request declares it, whatever an earlier one did', async () => {
    const meta = { [CAPABILITIES]: { sampling: {} } }
    expect((await call('needs_sampling', {}, { meta })).status).toBe(200)
    expect((await call('needs_sampling', {})).status).toBe(400)
  })

  it.each([['1'], [1], [0], [''], ['ä'], [Number.MAX_SAFE_INTEGER]])(
    'M-19 gives the id %j back as it was',
    async (id) => {
      expect((await call('echo', { text: 'a' }, { id })).body.id).toBe(id)
    },
  )

  it('M-19, M-51 of one id by two clients at once is two calls', async () => {
    const [first, second] = [hold('first'), hold('second')]
    const answers = [
      call('held', { key: 'first' }, { id: 1 }),
      call('held', { key: 'second' }, { id: 1 }),
    ]
    await Promise.all([first.started, second.started])
    second.finish('two')
    first.finish('one')
    const [one, two] = await Promise.all(answers)
    expect(one?.body).toMatchObject({ id: 1, result: { content: [{ text: 'one' }] } })
    expect(two?.body).toMatchObject({ id: 1, result: { content: [{ text: 'two' }] } })
  })

  it('H-90, D-11 leaves a task of 2025 out of account', async () => {
    const params = { name: 'echo', arguments: { text: 'a' }, task: { ttl: 1000 } }
    const { body } = await answerOf(await send2026('tools/call', params))
    expect(body.result).toMatchObject({ resultType: 'complete', content: [{ text: 'a' }] })
    const session = await openSession('2025-11-25')
    expect((await session.request('tools/call', params)).body.result).toEqual({
      content: [{ type: 'text', text: 'a' }],
    })
  })

  it('M-40 that runs out of time is stopped and says so', async () => {
    const held = hold('late')
    const answering = call('impatient', { key: 'late' })
    const { signal } = await held.started
    const { status, body } = await answering
    expect(status).toBe(200)
    expect(body.result.isError).toBe(true)
    expect(body.result.content[0].text).toContain('0.02 s')
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('M-22 has no code that is not its own, however wrong it is', async () => {
    const codes = new Set<number>()
    for (const method of ['tools/call', 'tools/list', 'server/discover', 'nowhere', 'initialize']) {
      for (const params of [{}, { name: 5 }, { name: 'needs_url' }, { cursor: 1 }]) {
        for (const meta of [{}, { [VERSION]: 'x' }, { [CAPABILITIES]: 5 }]) {
          for (const headers of [{}, { 'Mcp-Method': null }, { 'MCP-Protocol-Version': 'x' }]) {
            const { body } = await answerOf(await send2026(method, params, { meta, headers }))
            if (body.error) codes.add(body.error.code)
          }
        }
      }
    }
    expect([...codes].sort()).toEqual([-32020, -32021, -32022, -32601, -32602])
  })
})
