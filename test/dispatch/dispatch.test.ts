import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import {
  type CallNotification,
  type CallRecord,
  createDispatch,
  type DispatchResult,
} from '../../src/dispatch'
import { LOG_LEVELS } from '../../src/protocol'
import { defineTool, type ToolContext } from '../../src/sdk'
import { CALLER, callTool, circumstances, host } from './harness'
import { NOTHING_OUTSIDE } from './outside'

/** A tool whose runs the test ends. */
function heldTool(timeoutMs = 30_000) {
  const started = Promise.withResolvers<ToolContext>()
  const ended = Promise.withResolvers<string>()
  const tool = defineTool({
    name: 'held',
    description: 'Runs until it is told to stop.',
    timeoutMs,
    run(_, context) {
      started.resolve(context)
      return ended.promise
    },
  })
  return { tool, started: started.promise, end: ended.resolve }
}

const silent = defineTool({ name: 'silent', description: 'Says ok.', run: () => 'ok' })

describe('a call', () => {
  it.each(['nothing', 'constructor', '__proto__', '', 'Silent'])(
    'of the unknown tool "%s" is an error',
    async (tool) => {
      const { result, records } = await callTool(silent, {}, { tool })
      expect(result).toMatchObject({ kind: 'error', error: { kind: 'invalid_params' } })
      expect(records).toMatchObject([{ outcome: 'unknown_tool', tool }])
    },
  )

  it('repeats no more of an unknown name than a name can be long', async () => {
    const { result, records } = await callTool(silent, {}, { tool: 'x'.repeat(100_000) })
    expect(JSON.stringify([result, records]).length).toBeLessThan(1000)
  })

  it('ends in one of four ways, and whoever forgets one does not compile', () => {
    const describeIt = (done: DispatchResult): string => {
      switch (done.kind) {
        case 'complete':
          return done.outcome
        case 'input_required':
          return done.suspended.callId
        case 'task':
          return done.task.taskId
        case 'error':
          return done.error.message
        default:
          return done satisfies never
      }
    }
    expectTypeOf(describeIt).returns.toBeString()
    expect(describeIt({ kind: 'task', task: { taskId: 'one' } })).toBe('one')
  })

  it('hands the caller and nothing of the platform to the tool', async () => {
    let seen: ToolContext | undefined
    const tool = defineTool({
      name: 'curious',
      description: 'Looks around.',
      run(_, context) {
        seen = context
        return 'ok'
      },
    })
    await callTool(tool)
    expect(Object.keys(seen ?? {}).sort()).toEqual(['caller', 'log', 'progress'])
    const offered = Object.getOwnPropertyNames(Object.getPrototypeOf(seen)).sort()
    expect(offered).toEqual(
      ['canElicit', 'constructor', 'elicit', 'fetch', 'once', 'signal', 'step'].sort(),
    )
    expect(seen?.caller).toEqual(CALLER)
  })
})

describe('the time a call may take', () => {
  it('ends it with a sentence and fires the signal of the tool', async () => {
    const { tool, started } = heldTool(5)
    const { completed, text } = await callTool(tool)
    expect(completed()).toMatchObject({ outcome: 'timeout', isError: true })
    expect(text()).toContain('0.005 s')
    const { signal } = await started
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('does not matter to one that ends in time', async () => {
    const { tool, started, end } = heldTool()
    const finished = callTool(tool)
    const { signal } = await started
    end('done')
    expect((await finished).text()).toBe('done')
    expect(signal.aborted).toBe(false)
  })

  it('leaves what the tool does later without an effect', async () => {
    const said: CallNotification[] = []
    const { tool, started, end } = heldTool(5)
    const { result } = await callTool(
      tool,
      {},
      { notify: (it) => said.push(it), logLevel: 'debug' },
    )
    const { log, progress } = await started
    log.emergency('too late')
    progress(1)
    end('too late')
    expect(result).toMatchObject({ kind: 'complete', outcome: 'timeout' })
    expect(said).toEqual([])
  })
})

describe('a caller who goes away', () => {
  it('ends the call and fires the signal of the tool with its reason', async () => {
    const { tool, started } = heldTool()
    const caller = new AbortController()
    const finished = callTool(tool, {}, { signal: caller.signal })
    const { signal } = await started
    caller.abort(new DOMException('gone', 'AbortError'))
    expect((await finished).completed()).toMatchObject({ outcome: 'cancelled', isError: true })
    expect(signal.reason).toMatchObject({ message: 'gone' })
  })

  it('before the start keeps the tool from running', async () => {
    let runs = 0
    const tool = defineTool({
      name: 'counted',
      description: 'Counts.',
      run: () => String(++runs),
    })
    const { completed } = await callTool(tool, {}, { signal: AbortSignal.abort() })
    expect(completed().outcome).toBe('cancelled')
    expect(runs).toBe(0)
  })
})

describe('capabilities a tool needs of the client', () => {
  const needing = (clientCapabilities: Record<string, Record<string, unknown>>) =>
    defineTool({ name: 'needy', description: 'Needs.', clientCapabilities, run: () => 'ran' })

  it.each([
    ['none declared', { sampling: {} }, {}, ['sampling']],
    ['another declared', { sampling: {} }, { elicitation: {} }, ['sampling']],
    [
      'a part lacking',
      { elicitation: { url: {} } },
      { elicitation: { form: {} } },
      ['elicitation'],
    ],
    ['declared as something else', { sampling: {} }, { sampling: true }, ['sampling']],
    ['one of two lacking', { sampling: {}, roots: {} }, { roots: {} }, ['sampling']],
  ])('refuse the call with %s, naming what lacks', async (_, needed, declared, lacking) => {
    const { result, records } = await callTool(
      needing(needed),
      {},
      { clientCapabilities: declared },
    )
    expect(result).toMatchObject({ kind: 'error', error: { kind: 'missing_client_capability' } })
    const data = result.kind === 'error' ? result.error.data : {}
    expect(Object.keys(Object(data?.requiredCapabilities))).toEqual(lacking)
    expect(records).toMatchObject([{ outcome: 'missing_capability' }])
  })

  it.each([
    [{ sampling: {} }, { sampling: {} }],
    [{ sampling: {} }, { sampling: { tools: {} }, roots: {} }],
    [{ elicitation: { url: {} } }, { elicitation: { url: {}, form: {} } }],
  ])('let a call with %j through for a client with %j', async (needed, declared) => {
    const { text } = await callTool(needing(needed), {}, { clientCapabilities: declared })
    expect(text()).toBe('ran')
  })
})

describe('what a tool says on its way', () => {
  const talker = defineTool({
    name: 'talker',
    description: 'Logs at every level and reports progress.',
    run(_, { log, progress }) {
      for (const level of LOG_LEVELS) log[level](level, 'logger')
      for (const value of [0, 1, 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2]) {
        progress(value, 2, `at ${value}`)
      }
      progress(3, Number.POSITIVE_INFINITY)
      return 'ok'
    },
  })
  const notifications = async (logLevel?: (typeof LOG_LEVELS)[number]) => {
    const said: CallNotification[] = []
    await callTool(talker, {}, { notify: (it) => said.push(it), logLevel })
    return said
  }

  it.each(LOG_LEVELS)('includes log messages from level %s up when asked for it', async (level) => {
    const logged = (await notifications(level)).filter((it) => it.type === 'log')
    expect(logged).toEqual(
      LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)).map((at) => ({
        type: 'log',
        level: at,
        data: at,
        logger: 'logger',
      })),
    )
  })

  it('includes no log message when none was asked for', async () => {
    expect((await notifications()).filter((it) => it.type === 'log')).toEqual([])
  })

  it('includes progress only while it rises', async () => {
    expect((await notifications()).filter((it) => it.type === 'progress')).toEqual([
      { type: 'progress', progress: 0, total: 2, message: 'at 0' },
      { type: 'progress', progress: 1, total: 2, message: 'at 1' },
      { type: 'progress', progress: 2, total: 2, message: 'at 2' },
      { type: 'progress', progress: 3 }, // JSON has no endless total
    ])
  })

  it('is nothing where nobody listens', async () => {
    expect((await callTool(talker, {}, { logLevel: 'debug' })).text()).toBe('ok')
  })
})

describe('the record of a call', () => {
  const CANARY = 'canary-b2d8'
  const secretive = defineTool({
    name: 'secretive',
    description: 'Keeps what it is told.',
    input: z.object({ secret: z.string(), n: z.int().max(3).default(1) }),
    output: z.object({ secret: z.string(), n: z.int().max(2) }),
    run: (args) => args,
  })

  it.each([
    ['ok', { secret: CANARY }],
    ['invalid_input', { secret: CANARY, n: 9, other: CANARY }],
    ['invalid_output', { secret: CANARY, n: 3 }],
  ])('of a call that ended as %s is one, without arguments and results', async (outcome, args) => {
    const { records } = await callTool(secretive, args)
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({ module: 'lab', tool: 'secretive', outcome })
    expect(JSON.stringify(records)).not.toContain(CANARY)
  })

  it('masks what an exception quotes: arguments, and whatever looks like a credential', async () => {
    const leaky = defineTool({
      name: 'leaky',
      description: 'Fails with too many words.',
      input: z.object({ secret: z.string() }),
      run({ secret }) {
        throw new Error(`no row for ${secret}; dsn password=hunter2`)
      },
    })
    const { records } = await callTool(leaky, { secret: CANARY })
    expect(records[0]?.detail).toContain('no row for')
    expect(JSON.stringify(records)).not.toMatch(new RegExp(`${CANARY}|hunter2`))
  })

  it('carries the labels of the call, its caller and how long it took', async () => {
    const recorded: unknown[] = []
    const times = [1_000, 1_250]
    const dispatch = createDispatch({
      ...NOTHING_OUTSIDE,
      now: () => times.shift() ?? 0,
      started: async () => true,
      record: (...all: [unknown, unknown, CallRecord]) => recorded.push(all),
      databaseOf: () => ({ ok: false as const, remedy: 'no database' }),
    })
    const labels = { revision: 'some' }
    const about = { ...circumstances(host({ tools: [silent] })), labels }
    const call = { ...about, method: 'tools/call', tool: 'silent', args: {} } as const
    await dispatch(call, CALLER)
    const callId = expect.any(String)
    const named = { callId, module: 'lab', method: 'tools/call', tool: 'silent', readOnly: false }
    const sizes = { argumentChars: '{}'.length, resultChars: 2 }
    expect(recorded).toEqual([
      [call, CALLER, { ...named, ...sizes, outcome: 'ok', durationMs: 250 }],
    ])
  })
})
