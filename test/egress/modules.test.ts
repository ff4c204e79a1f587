/** What modules declare of the world outside, through the whole platform. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import * as z from 'zod'
import { createApp } from '../../src/app'
import { guardGlobalFetch } from '../../src/egress'
import { RegistryError } from '../../src/registry'
import { defineServer, defineTool, type ToolContext } from '../../src/sdk'
import { call2026, openSession, type Platform } from '../http/platform'

/** The network outside, in place before the platform takes hold of it. */
const { network } = vi.hoisted(() => {
  const network = vi.fn<typeof fetch>()
  globalThis.fetch = (input, init) => network(input, init)
  return { network }
})
afterEach(() => void network.mockReset())

const CANARY = 'canary-of-a-token-4711'
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

const config = {
  UNITS: z.enum(['metric', 'imperial']),
  LIMIT: z.coerce.number().int().default(10),
}
/** Whatever code of a module could get hold of. */
const seen: string[] = []

const settings = defineTool({
  name: 'settings',
  description: 'Its settings.',
  annotations: { readOnlyHint: true },
  uses: { config },
  run(_, context) {
    expectTypeOf(context.config).toEqualTypeOf<{
      readonly UNITS: 'metric' | 'imperial'
      readonly LIMIT: number
    }>()
    return JSON.stringify(context.config)
  },
})
const look = defineTool({
  name: 'look',
  description: 'Asks the API.',
  annotations: { readOnlyHint: true },
  input: z.object({ url: z.string() }),
  async run({ url }, context) {
    expectTypeOf(context).toEqualTypeOf<ToolContext>()
    const response = await context.fetch(url)
    seen.push(inspected(context), JSON.stringify([...response.headers]), response.url)
    const text = await response.text()
    seen.push(text)
    return text
  },
})
const leave = defineTool({
  name: 'leave',
  description: 'Tries another way out.',
  annotations: { readOnlyHint: true },
  input: z.object({ way: z.enum(['fetch', 'WebSocket', 'EventSource', 'sendBeacon']) }),
  async run({ way }) {
    const url = 'https://api.example.com/'
    try {
      if (way === 'fetch') await fetch(url)
      else if (way === 'WebSocket') new WebSocket('wss://api.example.com/')
      else if (way === 'EventSource') new EventSource(url)
      else navigator.sendBeacon(url, 'data')
    } catch (error) {
      return String(error)
    }
    return 'out'
  },
})

/** All that can be reached from a context, functions included. */
function inspected(value: unknown, known = new Set<unknown>()): string {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    return String(value)
  }
  if (known.has(value)) return ''
  known.add(value)
  const parts = Reflect.ownKeys(value).map(
    (key) => `${String(key)}: ${inspected(Reflect.get(value, key), known)}`,
  )
  return parts.join('\n')
}

const weather = defineServer({
  name: 'weather-station',
  version: '1.0.0',
  access: 'public',
  config,
  secrets: {
    TOKEN: {
      description: 'Token of the weather service',
      inject: { host: 'api.example.com', header: 'authorization', format: 'Bearer {secret}' },
    },
  },
  egress: ['api.example.com'],
  tools: [settings, look, leave],
})
const plain = defineServer({
  name: 'plain',
  version: '1.0.0',
  access: 'public',
  tools: [look],
})

const SET = { WEATHER_STATION_UNITS: 'metric', WEATHER_STATION_TOKEN: CANARY }

function start(vars: Record<string, unknown>) {
  const events: unknown[] = []
  const queue = {
    send: async (body: unknown) => void events.push(body),
    sendBatch: async (all: unknown[]) => void events.push(all),
  }
  const app = createApp([weather, plain], {})
  const platform: Platform = {
    origin: 'http://127.0.0.1:8787',
    async fetch(path, init) {
      const context = createExecutionContext()
      const request = new Request(`http://127.0.0.1:8787${path}`, init)
      const bindings = { ...env, AUDIT_QUEUE: queue as unknown as Queue, ...vars }
      const response = await app.fetch(request, bindings, context)
      const text = await response.text()
      await waitOnExecutionContext(context)
      return new Response(text, response)
    },
  }
  return { platform, events }
}

const at = (platform: Platform, module = 'weather-station') => ({
  platform,
  path: `/${module}/mcp`,
})
async function textOf(response: Response): Promise<string> {
  const { result, error } = await response.json<{
    result?: { content: [{ text: string }] }
    error?: { message: string }
  }>()
  return result?.content[0].text ?? error?.message ?? ''
}

describe('settings', () => {
  it('reach the items that name them, as their schemas return them', async () => {
    const { platform } = start({ ...SET, WEATHER_STATION_LIMIT: '25' })
    expect(await textOf(await call2026('settings', {}, at(platform)))).toBe(
      '{"UNITS":"metric","LIMIT":25}',
    )
  })

  it.each<[string, Record<string, unknown>, string]>([
    [
      'a setting is missing',
      { WEATHER_STATION_TOKEN: CANARY },
      'Module "weather-station" needs the setting WEATHER_STATION_UNITS, which is missing. Its operator sets it under [vars] in wrangler.toml and deploys.',
    ],
    [
      'a setting is not what it should be',
      { ...SET, WEATHER_STATION_UNITS: CANARY },
      'Module "weather-station" needs the setting WEATHER_STATION_UNITS, which is not what its schema takes. Its operator sets it under [vars] in wrangler.toml and deploys.',
    ],
    [
      'a secret is missing',
      { ...SET, WEATHER_STATION_TOKEN: ' ' },
      'Module "weather-station" needs the secret WEATHER_STATION_TOKEN, which is missing (Token of the weather service). Its operator sets it with: npx wrangler secret put WEATHER_STATION_TOKEN',
    ],
    [
      'a secret cannot be sent',
      { ...SET, WEATHER_STATION_TOKEN: `${CANARY}\nx` },
      'Module "weather-station" needs the secret WEATHER_STATION_TOKEN, which has characters that no header can carry. Its operator sets it with: npx wrangler secret put WEATHER_STATION_TOKEN',
    ],
  ])('deployed, where %s, end the module’s calls with 503', async (_, vars, sentence) => {
    const { platform } = start({ ...vars, QUAYSIDE_LOCAL: undefined, PUBLIC_ORIGIN: ORIGIN })
    const far = { ...platform, fetch: viaOrigin(vars) }
    const response = await call2026('leave', { way: 'fetch' }, at(far))
    expect(response.status).toBe(503)
    expect(await textOf(response)).toBe(sentence)
    const other = await call2026('look', { url: 'https://api.example.com/' }, at(far, 'plain'))
    expect(other.status).toBe(200)
  })

  it('that are missing keep a local copy from starting, all named at once', () => {
    const begin = () => createApp([weather], { QUAYSIDE_LOCAL: '1' })
    expect(begin).toThrow(RegistryError)
    expect(begin).toThrow(
      'servers/weather-station/index.ts: config.UNITS: Module "weather-station" needs the setting ' +
        'WEATHER_STATION_UNITS, which is missing. Set it in .dev.vars, as WEATHER_STATION_UNITS=…, and start again.',
    )
    expect(begin).toThrow('Set it in .dev.vars, as WEATHER_STATION_TOKEN=…, and start again.')
    expect(() => createApp([weather], { QUAYSIDE_LOCAL: '1', ...SET })).not.toThrow()
    // Tests of the platform have nobody's secrets.
    expect(() => createApp([weather], { QUAYSIDE_LOCAL: 'test' })).not.toThrow()
  })
})

const ORIGIN = 'https://mcp.example.com'
/** A deployed copy. */
const viaOrigin = (vars: Record<string, unknown>) => {
  const app = createApp([weather, plain], {})
  const bindings = { ...env, ...vars, QUAYSIDE_LOCAL: undefined, PUBLIC_ORIGIN: ORIGIN }
  return async (path: string, init?: RequestInit) =>
    app.fetch(new Request(`${ORIGIN}${path}`, init), bindings as never, createExecutionContext())
}

describe('a secret', () => {
  it('goes out, and is in nothing that the module, a log, the record or a caller sees', async () => {
    const printed: string[] = []
    for (const level of ['debug', 'log', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((...all) => void printed.push(all.join(' ')))
    }
    const { platform, events } = start(SET)
    const answers: string[] = []
    const ask = async (url: string) =>
      answers.push(await (await call2026('look', { url }, at(platform))).text())
    // One that repeats what it was sent, one that fails with it, one that sends it elsewhere.
    network.mockImplementationOnce(async (_, init) => {
      const headers = new Headers(init?.headers)
      return Response.json(Object.fromEntries(headers), { headers })
    })
    await ask('https://api.example.com/echo')
    network.mockImplementationOnce(async (_, init) => {
      throw new Error(`refused ${new Headers(init?.headers).get('authorization')}`)
    })
    await ask('https://api.example.com/fail')
    network.mockImplementationOnce(async () =>
      Response.redirect(`https://evil.example.org/?token=${CANARY}`),
    )
    await ask('https://api.example.com/elsewhere')
    await ask(`https://evil.example.org/`)
    vi.restoreAllMocks()

    expect(network.mock.calls.map(([url]) => url)).toEqual([
      'https://api.example.com/echo',
      'https://api.example.com/fail',
      'https://api.example.com/elsewhere',
    ])
    const [[, init] = []] = network.mock.calls
    expect(new Headers(init?.headers).get('authorization')).toBe(`Bearer ${CANARY}`)
    expect(answers[0]).toContain('Bearer [hidden]')
    expect(answers[1]).toContain('could not be reached')
    expect(answers[2]).toContain('redirected to another host')
    expect(answers[3]).toContain('may not reach')
    expect(seen.length).toBeGreaterThan(3)
    expect(printed.length).toBeGreaterThanOrEqual(4)
    expect([...seen, ...printed, ...answers, JSON.stringify(events)].join('\n')).not.toContain(
      CANARY,
    )
  })
})

describe('the way out', () => {
  it.each(['fetch', 'WebSocket', 'EventSource', 'sendBeacon'])(
    'is not the global %s',
    async (way) => {
      const { platform } = start(SET)
      expect(await textOf(await call2026('leave', { way }, at(platform)))).toMatch(
        /^TypeError: [\w.]+ is not for modules\. Use ctx\.fetch/,
      )
      expect(network).not.toHaveBeenCalled()
    },
  )

  it('stays closed when a second platform starts in the same isolate', () => {
    expect(guardGlobalFetch()).toBe(guardGlobalFetch())
  })

  it('is closed to a module that lists no hosts', async () => {
    const { platform } = start(SET)
    const url = 'https://api.example.com/'
    expect(await textOf(await call2026('look', { url }, at(platform, 'plain')))).toContain(
      'lists no hosts',
    )
    expect(network).not.toHaveBeenCalled()
  })

  it('M-41 carries the trace of the request, in both eras, and its baggage not', async () => {
    const { platform } = start(SET)
    network.mockImplementation(async () => new Response('fine'))
    const trace = { traceparent: TRACE, tracestate: 'a=b', baggage: 'user=alice' }
    const args = { url: 'https://api.example.com/' }
    await call2026('look', args, { ...at(platform), meta: trace })
    const session = await openSession('2025-06-18', {}, at(platform))
    await session.request('tools/call', { name: 'look', arguments: args, _meta: trace })
    await call2026('look', args, { ...at(platform), meta: { traceparent: 'made\nup' } })
    const headers = network.mock.calls.map(([, init]) => {
      const sent = new Headers(init?.headers)
      return ['traceparent', 'tracestate', 'baggage'].map((name) => sent.get(name))
    })
    expect(headers).toEqual([
      [TRACE, 'a=b', null],
      [TRACE, 'a=b', null],
      [null, null, null],
    ])
  })
})
