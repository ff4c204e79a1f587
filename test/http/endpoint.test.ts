import { describe, expect, it, vi } from 'vitest'
import {
  answerOf,
  call2026,
  initialize,
  ORIGIN,
  openSession,
  platform,
  post,
  request2026,
  send2026,
  startPlatform,
} from './platform'

const MAX_BODY_BYTES = 4 * 1024 * 1024

describe('a verb', () => {
  it.each(['GET', 'DELETE', 'PUT', 'PATCH'])(
    'H-01, H-36, H-89, M-01, M-17 other than POST gets 405 outside a session: %s',
    async (method) => {
      for (const headers of [
        {},
        { accept: 'text/event-stream' },
        { accept: 'text/html' },
        { 'mcp-protocol-version': '2026-07-28' },
      ]) {
        const answer = await answerOf(await platform.fetch('/lab/mcp', { method, headers }))
        expect(answer.status).toBe(405)
        expect(answer.headers.get('allow')).toBe('GET, POST, DELETE, OPTIONS')
        expect(answer.body).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } })
      }
    },
  )

  it('leads whoever opens it in a browser to the page for people', async () => {
    const { body } = await answerOf(
      await platform.fetch('/lab/mcp', { headers: { accept: 'text/html' } }),
    )
    expect(body.error.message).toContain(`Its page for people is ${ORIGIN}/lab.`)
  })

  it.each(['PUT', 'PATCH'])(
    'H-01 that nobody has a use for gets 405 in a session: %s',
    async (method) => {
      const session = await openSession('2025-11-25')
      const headers = { 'mcp-session-id': session.id }
      expect((await platform.fetch('/lab/mcp', { method, headers })).status).toBe(405)
    },
  )

  it.each(['GET', 'DELETE'])('H-34, H-38 of no session there is gets 404: %s', async (method) => {
    const headers = { accept: 'text/event-stream', 'mcp-session-id': 'forged' }
    const answer = await answerOf(await platform.fetch('/lab/mcp', { method, headers }))
    expect(answer.status).toBe(404)
    expect(answer.body).toMatchObject({ error: { code: -32600 } })
  })

  it('H-04, H-89 GET is answered with an event stream and refused to who does not take one', async () => {
    const session = await openSession('2025-06-18')
    const headers = { 'mcp-session-id': session.id }
    const get = (accept: string) => platform.fetch('/lab/mcp', { headers: { ...headers, accept } })
    expect((await get('application/json')).status).toBe(406)
    const response = await get('text/event-stream')
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await response.body?.cancel()
  })

  it('H-01 of a module that pushes nothing has no stream to GET', async () => {
    const session = await openSession('2025-11-25', {}, { path: '/other/mcp' })
    const headers = { accept: 'text/event-stream', 'mcp-session-id': session.id }
    expect((await platform.fetch('/other/mcp', { headers })).status).toBe(405)
  })

  it('H-01 of HEAD is answered as GET is, without a body', async () => {
    const response = await platform.fetch('/lab/mcp', { method: 'HEAD' })
    expect(response.status).toBe(405)
    expect(await response.text()).toBe('')
  })

  it('H-01 is answered with and without a slash at the end', async () => {
    for (const path of ['/lab/mcp', '/lab/mcp/']) {
      expect((await post(initialize('2025-11-25'), { path })).status).toBe(200)
      expect((await platform.fetch(path)).status).toBe(405)
    }
  })
})

describe('an address near the endpoint', () => {
  it.each(['//lab/mcp', '/lab//mcp', '/lab/mcp//', '/lab/mcp/x', '/lab/mcp/mcp', '//lab/mcp/'])(
    'H-35, H-89 is refused in JSON-RPC, and is no word about a session: %s',
    async (path) => {
      for (const method of ['GET', 'POST', 'DELETE', 'PUT']) {
        for (const [headers, status] of [
          [{ accept: 'text/html' }, 404],
          [{ 'mcp-session-id': 'x' }, 400],
        ] as const) {
          const answer = await answerOf(await platform.fetch(path, { method, headers }))
          expect(answer.status).toBe(status)
          expect(answer.body).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } })
          expect(answer.body.error.message).toContain(`${ORIGIN}/lab/mcp`)
        }
      }
    },
  )
})

describe('a media type', () => {
  it.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    ' application/json ',
    'application/json ; x=y',
  ])('H-12 is taken: %j', async (type) => {
    expect(
      (await post(initialize('2025-11-25'), { headers: { 'content-type': type } })).status,
    ).toBe(200)
  })

  it.each([
    [null],
    [''],
    ['text/plain'],
    ['text/plain; a=application/json'],
    ['application/jsonp'],
    ['application/json-rpc'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=a'],
    ['text/json'],
    ['application'],
    ['application/json, text/plain'],
    ['*/*'],
  ])('H-12, M-17 is refused with 415: %j', async (type) => {
    const { status, body } = await answerOf(
      await post(initialize('2025-11-25'), { headers: { 'content-type': type } }),
    )
    expect(status).toBe(415)
    expect(body).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } })
  })

  it.each([
    [null],
    ['application/json, text/event-stream'],
    ['text/event-stream,application/json'],
    ['*/*'],
    ['application/*, text/*'],
    ['application/json;q=0.9, text/event-stream;q=0.1'],
    ['text/html, */*;q=0.1'],
    ['APPLICATION/JSON , TEXT/EVENT-STREAM'],
    ['application/json ; charset=utf-8, text/event-stream ; q=1'],
  ])('H-04 is accepted: %j', async (accept) => {
    expect((await post(initialize('2025-11-25'), { headers: { accept } })).status).toBe(200)
  })

  it.each([
    [''],
    ['application/json'],
    ['text/event-stream'],
    ['text/html'],
    ['application/json, text/event-stream;q=0'],
    ['application/json;q=0.0, text/event-stream'],
    ['application/json, text/event-streams'],
    ['*'],
    ['application/json text/event-stream'],
    [`application/json${' '.repeat(100_000)}, text/html`],
  ])('H-04, M-17 is not: %#', async (accept) => {
    const { status, body } = await answerOf(
      await post(initialize('2025-11-25'), { headers: { accept } }),
    )
    expect(status).toBe(406)
    expect(body).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } })
  })
})

describe('a body', () => {
  /** A request of exactly this many bytes. */
  const ofSize = (bytes: number): string => {
    const { body } = request2026('tools/list', { pad: '' })
    const text = JSON.stringify(body)
    return text.replace('"pad":""', `"pad":"${'x'.repeat(bytes - text.length)}"`)
  }
  const headers = request2026('tools/list').headers

  it('H-12 may have four mebibytes', async () => {
    expect((await post(ofSize(MAX_BODY_BYTES), { headers })).status).toBe(200)
  })

  it.each([
    ['one byte more', MAX_BODY_BYTES + 1],
    ['five mebibytes', 5 * 1024 * 1024],
  ])('H-12, M-17 may not have %s', async (_, bytes) => {
    const { status, body } = await answerOf(await post(ofSize(bytes), { headers }))
    expect(status).toBe(413)
    expect(body).toMatchObject({ id: null, error: { code: -32600 } })
  })

  it('H-12 that streams without a length is cut off when it is too long', async () => {
    let chunks = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        chunks += 1
        controller.enqueue(new Uint8Array(64 * 1024).fill(0x20))
      },
    })
    const { status, body } = await answerOf(
      await platform.fetch('/lab/mcp', {
        method: 'POST',
        body: endless,
        headers: { 'content-type': 'application/json' },
      }),
    )
    expect(status).toBe(413)
    expect(body).toMatchObject({ id: null, error: { code: -32600 } })
    expect(chunks).toBeLessThan(80)
  })

  it('H-12 that streams without a length is read when it is not', async () => {
    const text = JSON.stringify(initialize('2025-11-25'))
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const character of text) controller.enqueue(new TextEncoder().encode(character))
        controller.close()
      },
    })
    const response = await platform.fetch('/lab/mcp', {
      method: 'POST',
      body: stream,
      headers: { 'content-type': 'application/json' },
    })
    expect(response.status).toBe(200)
  })

  it.each<[string, string | Uint8Array, number]>([
    ['no bytes', '', -32700],
    ['blanks', '  \n', -32700],
    ['half a message', '{"jsonrpc":"2.0","id":1', -32700],
    ['single quotes', "{'jsonrpc':'2.0'}", -32700],
    ['a comma too many', '{"jsonrpc":"2.0",}', -32700],
    ['a comment', '{"jsonrpc":"2.0"}//', -32700],
    ['NaN', '{"jsonrpc":"2.0","id":NaN}', -32700],
    ['two messages', '{"jsonrpc":"2.0","id":1,"method":"ping"}\n{"jsonrpc":"2.0"}', -32700],
    ['a form', 'jsonrpc=2.0&method=ping', -32700],
    ['HTML', '<script>alert(1)</script>', -32700],
    ['a NUL', '\u0000', -32700],
    ['a hundred thousand brackets', '['.repeat(100_000), -32700],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), -32700],
    ['a surrogate in UTF-8', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), -32700],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), -32700],
    ['gzip', new Uint8Array([0x1f, 0x8b, 0x08, 0x00]), -32700],
    ['null', 'null', -32600],
    ['a number', '1', -32600],
    ['text', '"ping"', -32600],
    ['an empty object', '{}', -32600],
    ['an empty array', '[]', -32600],
    ['an id of null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
    ['no version', '{"id":1,"method":"ping"}', -32600],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600],
    ['a prototype', '{"__proto__":{"jsonrpc":"2.0","id":1,"method":"ping"}}', -32600],
  ])('H-12, H-11, M-03, M-17, D-04 of %s gets 400 and a JSON-RPC body', async (_, raw, code) => {
    const { status, headers: sent, body } = await answerOf(await post(raw))
    expect(status).toBe(400)
    expect(sent.get('content-type')).toBe('application/json')
    expect(body.jsonrpc).toBe('2.0')
    expect(body.error.code).toBe(code)
    expect(body.error.message).not.toContain('SyntaxError')
  })

  it('H-12 that breaks off is no fault of the platform', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      const broken = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.error(new Error('connection lost'))
        },
      })
      const init = { method: 'POST', body: broken, headers: { 'content-type': 'application/json' } }
      const { status, body } = await answerOf(await platform.fetch('/lab/mcp', init))
      expect(status).toBe(400)
      expect(body.error.code).toBe(-32700)
      expect(errors).not.toHaveBeenCalled()
    } finally {
      errors.mockRestore()
    }
  })

  it('H-12 may start with a byte order mark', async () => {
    expect((await post(`\uFEFF${JSON.stringify(initialize('2025-11-25'))}`)).status).toBe(200)
  })

  it('M-03 deep within is data, however deep', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const { body } = request2026('tools/call', { name: 'echo', arguments: { text: 'DEEP' } })
    const raw = JSON.stringify(body).replace('"DEEP"', deep)
    const { headers: named } = request2026('tools/call', { name: 'echo' })
    const answer = await answerOf(await post(raw, { headers: named }))
    expect(answer.status).toBe(200)
    expect(answer.body.result.isError).toBe(true)
  })

  it.each(['2025', '2026'])(
    'deep within is refused in words where it cannot be written again: %s',
    async (era) => {
      const deep = `${'{"0":'.repeat(50_000)}0${'}'.repeat(50_000)}`
      const params = { name: 'echo', arguments: { text: 'DEEP' } }
      const stateless = request2026('tools/call', params)
      const session = await openSession('2025-11-25')
      const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
      const raw = JSON.stringify(era === '2026' ? stateless.body : call).replace('"DEEP"', deep)
      const answer = await answerOf(
        era === '2026' ? await post(raw, { headers: stateless.headers }) : await session.post(raw),
      )
      expect(answer.status).toBeLessThan(500)
      expect(answer.body.error).toMatchObject({ code: -32602 })
    },
  )
})

describe('a module that is not there', () => {
  it.each([
    '/nowhere/mcp',
    '/LAB/mcp',
    '/lab%2F/mcp',
    '/constructor/mcp',
    '/__proto__/mcp',
    '/%00/mcp',
    '/..%2flab/mcp',
    '/%E0%A4%A/mcp',
    `/${'a'.repeat(5000)}/mcp`,
  ])('M-17, D-04 is 404 with a JSON-RPC body: %#', async (path) => {
    for (const response of [
      await post(initialize('2025-11-25'), { path }),
      await send2026('server/discover', {}, { path }),
      await send2026('server/discover', {}, { path, headers: { 'mcp-session-id': 'x' } }),
      await platform.fetch(path),
    ]) {
      const { status, body } = await answerOf(response)
      expect(status).toBe(404)
      expect(body).toMatchObject({ jsonrpc: '2.0', error: { code: -32600 } })
    }
  })

  it('H-35 is 400 for a request of 2025 with a session id', async () => {
    const session = await openSession('2025-11-25')
    const path = '/nowhere/mcp'
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    for (const response of [
      await session.post(ping, { path }),
      await session.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, { path }),
      await platform.fetch(path, { headers: { 'mcp-session-id': session.id } }),
      await platform.fetch(path, { method: 'DELETE', headers: { 'mcp-session-id': session.id } }),
    ]) {
      const { status, body } = await answerOf(response)
      expect(status).toBe(400)
      expect(body.error.code).toBe(-32600)
    }
  })

  it('H-35 is all that 404 can mean to a session: no other mistake is answered so', async () => {
    const session = await openSession('2025-11-25')
    const statuses = new Set<number>()
    for (const [body, headers] of [
      [{ jsonrpc: '2.0', id: 1, method: 'nowhere' }, {}],
      [{ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'nowhere' } }, {}],
      [{ jsonrpc: '2.0', id: 1, method: 'tasks/get', params: { taskId: 'x' } }, {}],
      [{ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'x' } }, {}],
      ['{', {}],
      [[], {}],
      [{}, { 'content-type': 'text/plain' }],
      [{}, { 'mcp-protocol-version': '1999-01-01' }],
      [{}, { accept: 'text/html' }],
    ] as const) {
      statuses.add((await session.post(body, { headers })).status)
    }
    expect([...statuses].sort()).toEqual([200, 400, 406, 415])
  })
})

describe('a module that asks for sign-in', () => {
  it('D-15 answers every verb and both eras with the same 401, whatever the body', async () => {
    const path = '/closed/mcp'
    const answers = await Promise.all(
      [
        await post(initialize('2025-11-25'), { path }),
        await send2026('server/discover', {}, { path }),
        await call2026('echo', { text: 'a' }, { path }),
        await post('{', { path }),
        await post([], { path }),
        await post('a', { path, headers: { 'content-type': 'text/plain', accept: 'text/html' } }),
        await post({}, { path, headers: { 'mcp-session-id': 'x' } }),
        await platform.fetch(path),
        await platform.fetch(path, { method: 'DELETE' }),
        await platform.fetch(path, { method: 'PUT' }),
      ].map(answerOf),
    )
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers[0]).toMatchObject({
      status: 401,
      body: { jsonrpc: '2.0', id: null, error: { code: -32600 } },
    })
  })
})

describe('the endpoint', () => {
  it('D-04 never answers with HTML, an empty error or a 500', async () => {
    const bodies = ['', '{', 'null', '[]', '{}', '[{}]', JSON.stringify(initialize(5))]
    const headerSets = [
      {},
      { 'mcp-session-id': 'x' },
      { 'mcp-protocol-version': '2026-07-28' },
      { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'ping' },
      { 'content-type': 'text/html', accept: 'text/html' },
    ]
    for (const path of ['/lab/mcp', '/lab/mcp/', '/nowhere/mcp', '/closed/mcp']) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        for (const raw of method === 'POST' ? bodies : [undefined]) {
          for (const headers of headerSets) {
            const init = { method, headers: { 'content-type': 'application/json', ...headers } }
            const {
              status,
              headers: sent,
              body,
            } = await answerOf(
              await platform.fetch(path, raw === undefined ? init : { ...init, body: raw }),
            )
            expect(status).toBeLessThan(500)
            expect(sent.get('content-type')).toBe('application/json')
            expect(body.jsonrpc).toBe('2.0')
            if (status >= 400) expect(body.error.code).toBeLessThan(-32000)
          }
        }
      }
    }
  })

  it('D-04 answers a fault of its own with an id to quote, and keeps the rest to its log', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      const broken = startPlatform({ vars: { KEY_RING: undefined } })
      const { status, body, text } = await answerOf(
        await post(initialize('2025-11-25'), { platform: broken }),
      )
      expect(status).toBe(500)
      const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/)
      expect(body).toMatchObject({
        jsonrpc: '2.0',
        id: 'opening',
        error: { code: -32603, data: { requestId } },
      })
      expect(text).not.toMatch(/TypeError|\bat /)
      const line = JSON.parse(String(errors.mock.calls[0]?.[0]))
      expect(line).toMatchObject({
        event: 'unexpected_error',
        requestId: body.error.data.requestId,
      })
      expect(line.detail).toContain('TypeError')
    } finally {
      errors.mockRestore()
    }
  })

  it('H-12 believes a length that is too long', async () => {
    const length = String(MAX_BODY_BYTES + 1)
    const { status } = await post(initialize('2025-11-25'), {
      headers: { 'content-length': length },
    })
    expect(status).toBe(413)
  })

  it('tells programs and people apart by path', async () => {
    expect((await platform.fetch('/lab')).headers.get('content-type')).toMatch(/^text\/html/)
    const missing = await platform.fetch('/nowhere')
    expect(missing.status).toBe(404)
    expect(missing.headers.get('content-type')).toMatch(/^text\/html/)
  })
})

describe('the page of a module', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'tells a program that sends it %s where messages go',
    async (method) => {
      const answer = await answerOf(await platform.fetch('/lab', { method }))
      expect(answer.status).toBe(404)
      expect(answer.body.error.message).toContain(`${ORIGIN}/lab/mcp`)
    },
  )
})
