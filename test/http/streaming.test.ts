import { describe, expect, it, vi } from 'vitest'
import { hold, SECRET } from './modules'
import { answerOf, call2026, readStream } from './platform'

const LEVEL = 'io.modelcontextprotocol/logLevel'
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']

/** The messages of a whole stream. */
const messagesOf = async (response: Response) => readStream(response).rest()

describe('a call that says something', () => {
  it('M-51, M-52, H-05 becomes an event stream that ends with the response', async () => {
    const response = await call2026('shouts', {}, { meta: { progressToken: 'p' } })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform')
    expect(response.headers.has('mcp-session-id')).toBe(false)
    const messages = await messagesOf(response)
    expect(messages.at(-1)).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      result: { resultType: 'complete', content: [{ type: 'text', text: 'done' }] },
    })
    expect(messages.slice(0, -1).every((message) => !('id' in message))).toBe(true)
  })

  it.each([['p'], [''], [0], [42]])(
    'M-54 reports progress under the token %j, rising',
    async (progressToken) => {
      const messages = await messagesOf(await call2026('shouts', {}, { meta: { progressToken } }))
      expect(messages.slice(0, -1)).toEqual(
        [0, 1, 2].map((progress) => ({
          jsonrpc: '2.0',
          method: 'notifications/progress',
          params: { progressToken, progress, total: 2, message: `at ${progress}` },
        })),
      )
    },
  )

  it.each(LEVELS)('M-54 logs from the level asked for on: %s', async (level) => {
    const messages = await messagesOf(await call2026('shouts', {}, { meta: { [LEVEL]: level } }))
    const logged = messages.slice(0, -1)
    expect(logged.map(({ params }) => params.level)).toEqual(LEVELS.slice(LEVELS.indexOf(level)))
    expect(logged.every(({ method }) => method === 'notifications/message')).toBe(true)
    const [first] = logged
    if (level === 'debug') expect(first.params).toEqual({ level, data: 'debug', logger: 'lab' })
    if (level === 'info') expect(first.params).toEqual({ level, data: { text: 'info' } })
  })

  it('M-54 says nothing when nothing was asked for, and answers with JSON', async () => {
    const { headers, body } = await answerOf(await call2026('shouts'))
    expect(headers.get('content-type')).toBe('application/json')
    expect(body.result.content).toEqual([{ type: 'text', text: 'done' }])
  })

  it('M-54 says both when both were asked for, in the order of the tool', async () => {
    const meta = { [LEVEL]: 'emergency', progressToken: 1 }
    const messages = await messagesOf(await call2026('shouts', {}, { meta }))
    expect(messages.map(({ method }) => method)).toEqual([
      'notifications/message',
      'notifications/progress',
      'notifications/progress',
      'notifications/progress',
      undefined,
    ])
  })

  it('M-50, M-51 sends each message to the stream of its own call, as it is said', async () => {
    const [left, right] = [hold('left'), hold('right')]
    const meta = (progressToken: string) => ({ meta: { progressToken }, id: progressToken })
    const opening = [
      call2026('held', { key: 'left' }, meta('left')),
      call2026('held', { key: 'right' }, meta('right')),
    ]
    const [atLeft, atRight] = [await left.started, await right.started]
    atLeft.progress(1)
    atRight.progress(10)
    const responses = await Promise.all(opening)
    const [first, second] = responses.map(readStream)
    if (!first || !second) throw new Error('two calls, two streams')
    const nextMessage = async (stream: typeof first) => {
      let event = await stream.next()
      while (event && 'comment' in event) event = await stream.next()
      return event?.message
    }
    expect((await nextMessage(first)).params).toEqual({ progressToken: 'left', progress: 1 })
    expect((await nextMessage(second)).params).toEqual({ progressToken: 'right', progress: 10 })
    // Said and read before the call is over.
    atLeft.progress(2)
    expect((await nextMessage(first)).params).toEqual({ progressToken: 'left', progress: 2 })
    right.finish('right')
    left.finish('left')
    expect(await second.rest()).toMatchObject([{ id: 'right' }])
    expect(await first.rest()).toMatchObject([{ id: 'left' }])
  })

  it('M-54, H-70 says nothing more once it has returned', async () => {
    const held = hold('over')
    const opening = call2026('held', { key: 'over' }, { meta: { progressToken: 'p' } })
    const context = await held.started
    context.progress(1)
    held.finish('done')
    const stream = readStream(await opening)
    const messages = await stream.rest()
    context.progress(2)
    expect(messages.at(-1)).toHaveProperty('result')
    expect(await stream.next()).toBeUndefined()
  })
})

describe('a call that is silent', () => {
  it('M-52, M-51 for a second becomes a stream, which carries comments until the response', async () => {
    const held = hold('silent')
    const response = await call2026('held', { key: 'silent' }, { id: 's' })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const stream = readStream(response)
    expect(await stream.next()).toEqual({ comment: '' })
    expect(await stream.next()).toEqual({ comment: '' })
    held.finish('at last')
    expect(await stream.next()).toMatchObject({
      message: { id: 's', result: { content: [{ text: 'at last' }] } },
    })
    expect(await stream.next()).toBeUndefined()
  })

  it('M-51, M-40 and fails later is answered on its stream, without what is inside', async () => {
    const held = hold('doomed')
    const response = await call2026('held', { key: 'doomed' })
    held.fail(new Error(SECRET))
    const [message, ...more] = await messagesOf(response)
    expect(message.result).toMatchObject({ resultType: 'complete', isError: true })
    expect(JSON.stringify(message)).not.toContain('hunter2')
    expect(more).toEqual([])
  })
})

describe('a call that says what JSON cannot hold', () => {
  it('M-54, M-51 is told so, and its stream still ends with a response', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      const meta = { [LEVEL]: 'info' }
      const messages = await messagesOf(await call2026('unwritable', {}, { meta }))
      expect(messages.slice(0, -1).map(({ params }) => params)).toEqual([
        { level: 'info', data: null },
        { level: 'info', data: '(a value that cannot be written as JSON)' },
        { level: 'info', data: '(a value that cannot be written as JSON)' },
      ])
      expect(messages.at(-1)).toMatchObject({ id: 1, error: { code: -32603 } })
      const { status, body } = await answerOf(await call2026('unwritable'))
      expect(status).toBe(500)
      expect(body).toMatchObject({ id: 1, error: { code: -32603 } })
      expect(errors).toHaveBeenCalledTimes(2)
    } finally {
      errors.mockRestore()
    }
  })
})

describe('a client that goes away', () => {
  const aborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })

  it('M-53 by closing its stream has cancelled the call at once', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    try {
      const held = hold('closed')
      const opening = call2026('held', { key: 'closed' }, { meta: { progressToken: 'p' } })
      const context = await held.started
      context.progress(1)
      const stream = readStream(await opening)
      await stream.next()
      const closedAt = performance.now()
      await stream.cancel()
      await aborted(context.signal)
      // Not only with the next comment, two seconds later.
      expect(performance.now() - closedAt).toBeLessThan(1000)
      expect(context.signal.reason).toMatchObject({ name: 'AbortError' })
      // Nobody is there to be told, and the tool may not notice for a while.
      context.progress(2)
      await vi.waitFor(() => {
        const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)))
        expect(lines).toEqual([expect.objectContaining({ tool: 'held', outcome: 'cancelled' })])
      })
    } finally {
      log.mockRestore()
    }
  })

  it('S-26 or only reads no more, for long, has cancelled the call', async () => {
    const held = hold('unread')
    const opening = call2026('patient', { key: 'unread' }, { meta: { progressToken: 'p' } })
    const context = await held.started
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      context.progress(1)
      const response = await opening
      await vi.waitFor(() => {
        vi.advanceTimersByTime(31_000)
        expect(context.signal.aborted).toBe(true)
      })
      expect(context.signal.reason).toMatchObject({ name: 'AbortError' })
      await response.body?.cancel().catch(() => undefined)
    } finally {
      vi.useRealTimers()
    }
  })

  it('M-53 before anything was said has cancelled the call', async () => {
    const held = hold('early')
    const client = new AbortController()
    const opening = call2026('held', { key: 'early' }, { signal: client.signal })
    const { signal } = await held.started
    expect(signal.aborted).toBe(false)
    client.abort()
    await aborted(signal)
    await (await opening).text()
  })

  it('M-53 before the call has begun keeps it from beginning', async () => {
    const client = new AbortController()
    client.abort()
    const held = hold('never')
    const response = await call2026('held', { key: 'never' }, { signal: client.signal })
    expect(response.headers.get('content-type')).toBe('application/json')
    await response.text()
    const outcome = await Promise.race([held.started, Promise.resolve('not started')])
    expect(outcome).toBe('not started')
  })
})
