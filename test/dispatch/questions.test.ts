import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Call, type CallRecord, callFacts, createDispatch } from '../../src/dispatch'
import { type LinearRun, memoryClaims } from '../../src/handler'
import type { Ask } from '../../src/protocol'
import { createRegistry, RegistryError } from '../../src/registry'
import {
  type Caller,
  definePrompt,
  defineResource,
  defineServer,
  defineState,
  defineTool,
  type State,
  type ToolContext,
} from '../../src/sdk'
import { CALLER, circumstances, host } from './harness'
import { NOTHING_OUTSIDE } from './outside'

const SURE = z.object({ yes: z.boolean() })
const YES = { sure: { action: 'accept', content: { yes: true } } }

/** A module whose tool asks before it acts, and what the platform notes of its calls. */
function desk() {
  const done: string[] = []
  const started: string[] = []
  const records: CallRecord[] = []
  const clock = { now: 1_000_000 }
  const act = defineTool({
    name: 'act',
    description: 'Asks, then acts.',
    scopes: ['lab:act'],
    roles: ['member'],
    async run(_, { elicit, once }) {
      const answer = await elicit('sure', { message: 'Sure?', schema: SURE })
      await once('act', () => done.push('acted'))
      return answer.action
    },
  })
  const server = host({
    access: 'authenticated',
    scopes: { 'lab:act': 'Act' },
    tools: [act],
  })
  const claims = memoryClaims()
  const dispatch = createDispatch({
    ...NOTHING_OUTSIDE,
    development: true,
    now: () => clock.now,
    started: async (_, __, { callId }) => {
      started.push(callId)
      return true
    },
    record: (_, __, record) => void records.push(record),
    databaseOf: () => ({ ok: false as const, remedy: 'no database' }),
    ledgerOf: () =>
      ({
        claimOnce: ({ key }: { key: string }) => claims.claim(key),
        settleOnce: (_: string, key: string, claim: string, settled: string) =>
          claims.settle(key, claim, JSON.parse(settled)),
      }) as never, // the rest of a stub is of no use here
  })
  const caller: Caller = {
    ...CALLER,
    principal: { kind: 'person', id: 'ada' },
    scopes: new Set(['lab:act']),
    roles: new Set(['member']),
  }
  const call = (changes: Partial<Call> = {}) =>
    ({
      ...circumstances(server),
      clientCapabilities: { elicitation: {} },
      method: 'tools/call',
      tool: 'act',
      args: {},
      ...changes,
    }) as Call<'tools/call'>
  const ask = async () => {
    const first = await dispatch(call(), caller)
    if (first.kind !== 'input_required') throw new Error(first.kind)
    return { reentry: { suspended: first.suspended, answers: YES } }
  }
  return { done, started, records, clock, dispatch, caller, call, ask }
}

describe('a call that was suspended', () => {
  it('is one call: one id, noted once before its effect, and as waiting before it is over', async () => {
    const { ask, dispatch, call, caller, started, records } = desk()
    const done = await dispatch(call(await ask()), caller)
    expect(done).toMatchObject({ kind: 'complete', outcome: 'ok' })
    expect(started).toHaveLength(1)
    expect(new Set(records.map(({ callId }) => callId))).toEqual(new Set(started))
    const types = records.flatMap((record) => callFacts({}, caller, record)).map(({ type }) => type)
    expect(types).toEqual(['call_suspended', 'call_finished'])
  })

  it.each<[string, Partial<Caller>, object, string]>([
    ['the grant lost its scope', { scopes: new Set() }, {}, 'insufficient_scope'],
    ['the person lost their role', { roles: new Set() }, {}, 'invalid_params'],
    ['nobody can tell what is still allowed', {}, { onlyReading: true }, 'unavailable'],
  ])('ends without an effect when %s meanwhile', async (_, lost, circumstance, kind) => {
    const { ask, dispatch, call, caller, done } = desk()
    const answer = await dispatch(call({ ...(await ask()), ...circumstance }), {
      ...caller,
      ...lost,
    })
    expect(answer).toMatchObject({ kind: 'error', error: { kind } })
    expect(done).toEqual([])
  })

  it('M-75 ends when its question is ten minutes old', async () => {
    const { ask, dispatch, call, caller, clock, done, records } = desk()
    const asked = await ask()
    clock.now += 600_000
    expect(await dispatch(call(asked), caller)).toMatchObject({ kind: 'error' })
    expect(records.at(-1)?.outcome).toBe('unknown_state')
    expect(done).toEqual([])
  })

  it('does not live for ever by asking again', async () => {
    const { ask, dispatch, call, caller, clock } = desk()
    const asked = await ask()
    const { journal } = asked.reentry.suspended
    clock.now += 24 * 60 * 60_000 - 1000
    const fresh = { ...asked.reentry.suspended, expiresAt: clock.now + 1 }
    const again = await dispatch(call({ reentry: { suspended: fresh, answers: {} } }), caller)
    if (again.kind !== 'input_required') throw new Error(again.kind)
    expect(again.suspended.expiresAt).toBe(journal.startedAt + 24 * 60 * 60_000)
  })

  it('is noted when what a client comes back with opens nothing', async () => {
    const { dispatch, call, caller, records } = desk()
    const answer = await dispatch(call({ reentry: 'unknown' }), caller)
    expect(answer).toMatchObject({ kind: 'error', error: { kind: 'invalid_params' } })
    expect(records).toMatchObject([{ outcome: 'unknown_state' }])
  })
})

describe('an effect outside of steps and onces', () => {
  it('is named in development, where the run would repeat it', async () => {
    const careless = defineTool({
      name: 'careless',
      description: 'Sends before it asks.',
      async run(_, { fetch, elicit }) {
        await fetch('https://api.example.com/', { method: 'POST' }).catch(() => undefined)
        return (await elicit('sure', { message: 'Sure?', schema: SURE })).action
      },
    })
    const careful = defineTool({
      name: 'careful',
      description: 'Reads before it asks, and sends in a step.',
      async run(_, { fetch, elicit, step }) {
        await fetch('https://api.example.com/').catch(() => undefined)
        await step('send', async () => {
          await fetch('https://api.example.com/', { method: 'POST' }).catch(() => undefined)
        })
        return (await elicit('sure', { message: 'Sure?', schema: SURE })).action
      },
    })
    const server = host({ egress: ['api.example.com'], tools: [careless, careful] })
    const dispatch = (development: boolean) =>
      createDispatch({
        ...NOTHING_OUTSIDE,
        development,
        now: () => 0,
        started: async () => true,
        record: () => {},
        databaseOf: () => ({ ok: false as const, remedy: 'no database' }),
      })
    const call = (tool: string) => ({
      ...circumstances(server),
      clientCapabilities: { elicitation: {} },
      method: 'tools/call' as const,
      tool,
      args: {},
    })
    const found = await dispatch(true)(call('careless'), CALLER)
    expect(JSON.stringify(found)).toContain('ctx.fetch with POST was used outside of ctx.step')
    expect((await dispatch(false)(call('careless'), CALLER)).kind).toBe('input_required')
    expect((await dispatch(true)(call('careful'), CALLER)).kind).toBe('input_required')
  })
})

describe('a change of a state before a question', () => {
  const basket = defineState({
    name: 'basket',
    schema: z.array(z.string()),
    initial: [],
  })
  type Basket = State<string[], string[]>

  /** Has a tool do something with a state, and then ask. */
  async function ending(act: (basket: Basket, step: LinearRun['step']) => unknown) {
    const tool = defineTool({
      name: 'fill',
      description: 'Fills a basket, and asks.',
      uses: { state: { basket } },
      async run(_, { state, step, elicit }) {
        await act(await state.basket.open(), step)
        return (await elicit('sure', { message: 'Sure?', schema: SURE })).action
      },
    })
    const server = host({ tools: [tool] })
    const rows = {
      readState: async () => undefined,
      writeState: async () => 'written',
      deleteState: async () => undefined,
    }
    const dispatch = createDispatch({
      ...NOTHING_OUTSIDE,
      development: true,
      now: () => 0,
      started: async () => true,
      record: () => {},
      databaseOf: () => ({ ok: false as const, remedy: 'no database' }),
      sealer: { ...NOTHING_OUTSIDE.sealer, seal: async () => 'handle' },
      ledgerOf: () => rows as never, // the rest of a stub is of no use here
    })
    const call = { method: 'tools/call' as const, tool: 'fill', args: {} }
    const capable = { ...circumstances(server), clientCapabilities: { elicitation: {} } }
    return JSON.stringify(await dispatch({ ...capable, ...call }, CALLER))
  }

  it.each<[string, (basket: Basket) => unknown]>([
    ['write', (basket) => basket.write(['apple'])],
    ['update', (basket) => basket.update((all) => [...all, 'apple'])],
    ['delete', (basket) => basket.delete()],
  ])('is named in development: %s', async (method, act) => {
    expect(await ending(act)).toContain(`ctx.state.basket with ${method} was used outside of ctx.`)
  })

  it('is none in a step, and neither is looking at it', async () => {
    const asked = await ending(async (basket, step) => {
      await step('fill', () => basket.write([...basket.value, 'apple']))
      expect(basket.value).toEqual(['apple'])
      expect(basket.handle).toBe('handle')
    })
    expect(asked).toContain('"input_required"')
  })
})

describe('what an item says that its client must be able to do', () => {
  const done: string[] = []
  const asks = (clientCapabilities?: Record<string, Record<string, unknown>>) => ({
    name: 'asks',
    description: 'Does something, then asks.',
    ...(clientCapabilities && { clientCapabilities }),
  })
  const act = async ({ once, elicit }: ToolContext) => {
    await once('act', () => done.push('acted'))
    return (await elicit('sure', { message: 'Sure?', schema: SURE })).action
  }
  const needing = (needed?: Record<string, Record<string, unknown>>) =>
    host({
      tools: [defineTool({ ...asks(needed), run: (_, context) => act(context) })],
      prompts: [definePrompt({ ...asks(needed), run: (_, context) => act(context) })],
      resources: [defineResource({ ...asks(needed), uri: 'lab://asks', read: act })],
    })
  const ways: [string, Ask][] = [
    ['a tool', { method: 'tools/call', tool: 'asks', args: {} }],
    ['a prompt', { method: 'prompts/get', prompt: 'asks', args: {} }],
    ['a resource', { method: 'resources/read', uri: 'lab://asks' }],
  ]

  async function begin(asked: Ask, needed: Parameters<typeof needing>[0], declared: object) {
    done.length = 0
    const server = needing(needed)
    let isNoted = false
    const claims = memoryClaims()
    const dispatch = createDispatch({
      ...NOTHING_OUTSIDE,
      now: () => 0,
      started: async () => {
        isNoted = true
        return true
      },
      record: () => {},
      databaseOf: () => ({ ok: false as const, remedy: 'no database' }),
      ledgerOf: () =>
        ({
          claimOnce: ({ key }: { key: string }) => claims.claim(key),
          settleOnce: async () => true,
        }) as never, // the rest of a stub is of no use here
    })
    const capable = { ...circumstances(server), clientCapabilities: { ...declared } }
    return { result: await dispatch({ ...capable, ...asked }, CALLER), isNoted: () => isNoted }
  }

  it.each(ways)('M-21 of %s keeps it from beginning for one that is not', async (_, asked) => {
    const needed = { elicitation: {} }
    const { result, isNoted } = await begin(asked, needed, {})
    expect(result).toMatchObject({
      kind: 'error',
      error: { kind: 'missing_client_capability', data: { requiredCapabilities: needed } },
    })
    expect({ done, noted: isNoted() }).toEqual({ done: [], noted: false })
  })

  it.each(ways)('M-21 of %s that says nothing is asked for when it asks', async (_, asked) => {
    const { result } = await begin(asked, undefined, {})
    expect(result).toMatchObject({
      error: { data: { requiredCapabilities: { elicitation: { form: {} } } } },
    })
    expect(done).toEqual(['acted'])
  })

  it.each<[object, Record<string, Record<string, unknown>>, boolean]>([
    [{ elicitation: {} }, { elicitation: {} }, true],
    [{ elicitation: {} }, { elicitation: { form: {} } }, true],
    [{ elicitation: { form: {} } }, { elicitation: {} }, true],
    [{ elicitation: { url: {} } }, { elicitation: {} }, false],
    [{ elicitation: {} }, { elicitation: { url: {} } }, false],
    [{ elicitation: { url: {} } }, { elicitation: { url: {} } }, true],
    [{ elicitation: { url: {} } }, { elicitation: { form: {}, url: {} } }, false],
    [{ elicitation: { form: {}, url: {} } }, { elicitation: { form: {}, url: {} } }, true],
    [{ elicitation: {} }, { elicitation: {}, sampling: {} }, false],
  ])('H-86 a client with %j has %j: %s', async (declared, needed, has) => {
    await begin({ method: 'tools/call', tool: 'asks', args: {} }, needed, declared)
    expect(done).toEqual(has ? ['acted'] : [])
  })
})

describe('a form that an item declares', () => {
  it('H-85 is refused at start-up with its place when no form can ask it', () => {
    const tool = defineTool({
      name: 'asks',
      description: 'Asks for what it may not.',
      forms: {
        key: z.object({ apiKey: z.string() }),
        deep: z.object({ address: z.object({ city: z.string() }) }),
        good: SURE,
      },
      run: () => 'never',
    })
    const definition = defineServer({ name: 'lab', version: '1.0.0', tools: [tool] })
    let problems: readonly string[] = []
    try {
      createRegistry([definition])
    } catch (error) {
      if (error instanceof RegistryError) problems = error.problems
    }
    expect(problems).toEqual([
      expect.stringMatching(
        /^servers\/lab\/index\.ts: tools\[0\]\.forms\.key: field "apiKey" asks for a secret/,
      ),
      'servers/lab/index.ts: tools[0].forms.deep: field "address" is an object; forms are flat',
    ])
  })
})
