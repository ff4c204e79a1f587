import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ask, askToPay, counts, isolate, YES } from './asking'
import { readStream, send2026 } from './platform'

const STATE_REFUSED = /^Unknown or expired requestState: nothing is waiting for this answer/
const textOf = ({ body }: Awaited<ReturnType<typeof ask>>): string => body.result.content[0].text

afterEach(() => {
  vi.useRealTimers()
})

describe('a result that asks for input', () => {
  it('M-71, M-72, M-30, M-32 has the questions by key and a state, and nothing that is cached', async () => {
    const { status, body } = await ask({ name: 'pay', arguments: { id: 'asked' } })
    expect(status).toBe(200)
    const { requestState, _meta, ...result } = body.result
    expect(result).toEqual({
      resultType: 'input_required',
      inputRequests: {
        sure: {
          method: 'elicitation/create',
          params: {
            mode: 'form',
            message: 'Sure?',
            requestedSchema: {
              type: 'object',
              properties: { yes: { type: 'boolean' } },
              required: ['yes'],
            },
          },
        },
      },
    })
    expect(requestState).toMatch(/^[\w-]+$/)
    expect(Object.keys(_meta)).toEqual(['io.modelcontextprotocol/serverInfo'])
  })

  it('M-72 is gone on with in any isolate, from where the call was', async () => {
    const retry = await askToPay('loop')
    expect(textOf(await ask(retry))).toBe('paid bill 1, payment 1')
    expect(counts.get('loop billed')).toBe(1)
  })

  it('M-72 is gone on with however deep its arguments are', async () => {
    const deep = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)
    const call = { name: 'pay', arguments: { id: 'deep', any: deep } }
    const { requestState } = (await ask(call)).body.result
    const retry = { ...call, requestState, inputResponses: { sure: YES } }
    expect(textOf(await ask(retry))).toBe('paid bill 1, payment 1')
  })

  it('M-72 is gone on with when its answer is a no', async () => {
    const retry = await askToPay('declined')
    const inputResponses = { sure: { action: 'decline' } }
    expect(textOf(await ask({ ...retry, inputResponses }))).toBe('not paid')
    expect(counts.get('declined paid')).toBeUndefined()
  })

  it('M-73 asks again for what lacks, and ignores what was not asked', async () => {
    const first = await ask({ name: 'two' })
    expect(Object.keys(first.body.result.inputRequests)).toEqual(['a', 'b'])
    const a = { action: 'accept', content: { it: 'A' } }
    const partly = await ask({
      name: 'two',
      requestState: first.body.result.requestState,
      inputResponses: { a, extra: YES },
    })
    expect(Object.keys(partly.body.result.inputRequests)).toEqual(['b'])
    const { requestState } = partly.body.result
    expect(requestState).not.toBe(first.body.result.requestState)
    const b = { action: 'cancel' }
    const done = await ask({ name: 'two', requestState, inputResponses: { b } })
    expect(JSON.parse(textOf(done))).toEqual([a, b])
  })

  it.each([[12], ['yes'], [[]], [null]])(
    'M-73 refuses inputResponses that are %j',
    async (sent) => {
      const { requestState, name, arguments: args } = await askToPay('malformed')
      const { body } = await ask({ name, arguments: args, requestState, inputResponses: sent })
      expect(body.error).toMatchObject({ code: -32602 })
    },
  )

  it('M-70, M-33 comes from a prompt and from reading a resource', async () => {
    const retry = async (method: string, params: Record<string, unknown>) => {
      const { body } = await ask(params, { method })
      const { inputRequests, requestState } = body.result
      const inputResponses = Object.fromEntries(
        Object.keys(inputRequests).map((key) => [key, { action: 'cancel' }]),
      )
      return (await ask({ ...params, requestState, inputResponses }, { method })).body.result
    }
    const prompt = await retry('prompts/get', { name: 'letter' })
    expect(prompt.messages[0].content.text).toBe('In a tone of cancel')
    const resource = await retry('resources/read', { uri: 'note://one' })
    expect(resource.contents[0].text).toBe('read after cancel')
    // It says a minute, of what nobody was asked about.
    expect(resource.ttlMs).toBe(0)
  })

  it('M-72 is gone on with at the longest address there may be, and nothing is asked at a longer one', async () => {
    const uri = 'pages://'.padEnd(2048, 'x')
    const method = 'resources/read'
    const { requestState } = (await ask({ uri }, { method })).body.result
    const retry = { uri, requestState, inputResponses: { sure: YES } }
    const { contents } = (await ask(retry, { method })).body.result
    expect(contents).toEqual([{ uri, mimeType: 'text/plain', text: 'accept' }])
    const { body } = await ask({ uri: `${uri}x` }, { method })
    expect(body.error).toMatchObject({ code: -32602 })
    expect(body.error.message).toContain('params.uri, of at most 2048 characters')
  })

  it('M-70 comes from nothing else, and what asks there is told', async () => {
    const list = await ask({}, { method: 'resources/list' })
    expect(list.body.error.code).toBe(-32603)
    const completion = await ask(
      {
        ref: { type: 'ref/resource', uri: 'notes://{id}' },
        argument: { name: 'id', value: '' },
      },
      { method: 'completion/complete' },
    )
    expect(completion.body.error.message).toContain('completions and lists cannot ask')
  })

  it('a long journal stays with the platform', async () => {
    const { body } = await ask({ name: 'long' })
    const { requestState } = body.result
    expect(requestState.length).toBeLessThan(1000)
    const done = await ask({ name: 'long', requestState, inputResponses: { sure: YES } })
    expect(textOf(done)).toBe('20000 accept')
  })

  it('H-70, M-54 says nothing twice on the way', async () => {
    const id = 'said'
    const said = async (params: Record<string, unknown>) => {
      const response = await send2026('tools/call', params, {
        platform: isolate(),
        path: '/asking/mcp',
        meta: {
          'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
          'io.modelcontextprotocol/logLevel': 'debug',
          progressToken: 'token',
        },
      })
      return (await readStream(response).rest()).map(
        (message) => message.params?.progress ?? message.params?.data ?? message.result,
      )
    }
    const call = { name: 'pay', arguments: { id } }
    const first = await said(call)
    expect(first.slice(0, -1)).toEqual([1, 'drawn up'])
    const { requestState } = first.at(-1)
    const second = await said({ ...call, requestState, inputResponses: { sure: YES } })
    expect(second.slice(0, -1)).toEqual([2])
  })
})

describe('what a client did not declare', () => {
  it.each<[string, object, string, object | undefined]>([
    ['nothing declared', {}, 'pay', { elicitation: { form: {} } }],
    ['only pages', { elicitation: { url: {} } }, 'pay', { elicitation: { form: {} } }],
    ['forms by saying nothing of modes', { elicitation: {} }, 'pay', undefined],
    ['forms by name', { elicitation: { form: {} } }, 'pay', undefined],
    ['forms alone', { elicitation: {} }, 'page', { elicitation: { url: {} } }],
    ['forms by name alone', { elicitation: { form: {} } }, 'page', { elicitation: { url: {} } }],
  ])('M-71, M-21, H-84, H-86 is not asked for: %s', async (_, capabilities, name, required) => {
    const args = name === 'pay' ? { arguments: { id: 'undeclared' } } : {}
    const { status, body } = await ask({ name, ...args }, { capabilities })
    if (!required) {
      expect(body.result.resultType).toBe('input_required')
      return
    }
    expect(status).toBe(400)
    expect(body.error).toMatchObject({ code: -32021, data: { requiredCapabilities: required } })
  })

  it('is known to a tool that has another way', async () => {
    expect(textOf(await ask({ name: 'either' }, { capabilities: {} }))).toBe('went ahead')
    const { body } = await ask({ name: 'either' })
    expect(body.result.resultType).toBe('input_required')
  })

  it('M-71 is not asked for on a retry that declares less', async () => {
    const first = await ask({ name: 'two' })
    const { requestState } = first.body.result
    const { body } = await ask({ name: 'two', requestState }, { capabilities: {} })
    expect(body.error.code).toBe(-32021)
  })
})

describe('a state that is not what was given out for this call', () => {
  it.each<[string, (retry: Awaited<ReturnType<typeof askToPay>>) => Record<string, unknown>]>([
    [
      'a flipped bit',
      (it) => ({ requestState: it.requestState.replace(/.$/, (at) => (at === 'A' ? 'E' : 'A')) }),
    ],
    ['a character more', (it) => ({ requestState: `${it.requestState}-TAMPERED` })],
    ['no seal at all', () => ({ requestState: 'confirmed' })],
    ['of another tool', () => ({ name: 'refund' })],
    ['with other arguments', () => ({ arguments: { id: 'attacked', note: 'x' } })],
    ['with none', () => ({ arguments: {} })],
  ])('M-74, M-75 is refused: %s', async (_, change) => {
    const retry = await askToPay('attacked')
    const { status, body } = await ask({ ...retry, ...change(retry) })
    expect(status).toBe(200)
    expect(body.error?.code ?? body.result.isError).toBeTruthy()
    if (body.error) expect(body.error.message).toMatch(STATE_REFUSED)
    expect(counts.get('attacked paid')).toBeUndefined()
  })

  it.each([[12], [{}], [null], [['a']]])('M-74 is refused: %j', async (requestState) => {
    const retry = await askToPay('typed')
    expect((await ask({ ...retry, requestState })).body.error.code).toBe(-32602)
  })

  it('M-75 is refused when ten minutes have passed', async () => {
    const retry = await askToPay('late')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 })
    const { body } = await ask(retry)
    expect(body.error).toMatchObject({
      code: -32602,
      message: expect.stringMatching(STATE_REFUSED),
    })
    expect(counts.get('late paid')).toBeUndefined()
  })

  it('M-75 still opens after its key was rotated', async () => {
    const retry = await askToPay('rotated')
    await env.KEY_RING.get(env.KEY_RING.idFromName('default/keys')).rotate(
      Math.floor(Date.now() / 1000),
    )
    expect(textOf(await ask(retry))).toBe('paid bill 1, payment 1')
  })

  it('ends the call when its tool has changed, and says so', async () => {
    const retry = await askToPay('changed')
    const { body } = await ask(retry, { platform: isolate('1.1.0') })
    expect(body.error.code).toBe(-32602)
    expect(body.error.message).toContain('tool changed, call again')
    expect(counts.get('changed paid')).toBeUndefined()
  })

  it('M-76 has one effect, sent fifty times at once and once more later', async () => {
    const retry = await askToPay('replayed')
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(retry)))
    answers.push(await ask(retry))
    expect(new Set(answers.map(textOf))).toEqual(new Set(['paid bill 1, payment 1']))
    expect(counts.get('replayed paid')).toBe(1)
  })

  it('M-76 has one effect, however its question is answered in between', async () => {
    const retry = await askToPay('wavering')
    const no = { ...retry, inputResponses: { sure: { action: 'decline' } } }
    const again = { ...retry, inputResponses: {} }
    const renewed = (await ask(again)).body.result.requestState as string
    const sent = [retry, no, { ...retry, requestState: renewed }, retry]
    for (const each of sent) await ask(each)
    expect(counts.get('wavering paid')).toBe(1)
  })
})
