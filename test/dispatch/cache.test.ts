import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { createCacheMemories } from '../../src/dispatch'
import { type CacheCircumstances, type CacheMemory, createCache } from '../../src/dispatch/cache'
import { Cancellation } from '../../src/lib'
import { type Caller, defineTool, type ModuleCache } from '../../src/sdk'
import { ask, CALLER, host, resultOf } from './harness'

const ADA: Caller = { ...CALLER, principal: { kind: 'person', id: 'ada' } }

const memoryOf = () => createCacheMemories(1)('lab')

/** The `ctx.cache` of a call, in a request of its own. */
const cacheOf = (memory: CacheMemory, changes: Partial<CacheCircumstances> = {}): ModuleCache =>
  createCache({
    memory,
    caller: ADA,
    comesBack: true,
    ended: new Cancellation(),
    now: () => 0,
    ...changes,
  })

const MINUTE = { ttlSeconds: 60 }

/** Makes a new number each time. */
function counter() {
  let made = 0
  return Object.assign(() => ++made, { made: () => made })
}

/** Something that is made when the test says so. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let begun = 0
  const make = () => {
    begun++
    return promise
  }
  return { make, finish: resolve, fail: reject, begun: () => begun }
}

/** The mark of somebody who is at it. */
function theMark(memory: CacheMemory) {
  const [[name, mark] = []] = memory.making
  if (name === undefined || !mark) throw new Error('nobody is making anything')
  return { name, mark }
}

describe('ctx.cache', () => {
  it('gives the value that is kept until its time is up', async () => {
    const memory = memoryOf()
    const make = counter()
    let clock = 0
    const look = () => cacheOf(memory, { now: () => clock }).remember('rates', MINUTE, make)
    expect(await look()).toBe(1)
    clock = 59_999
    expect(await look()).toBe(1)
    clock = 60_000
    expect(await look()).toBe(2)
  })

  it.each<[string, Partial<Caller>]>([
    ['another tenant', { tenant: 'other' }],
    ['another person', { principal: { kind: 'person', id: 'bob' } }],
    ['a machine of the same id', { principal: { kind: 'machine', id: 'ada' } }],
    ['fewer scopes', { scopes: new Set(['lab:read']) }],
    ['another role', { roles: new Set(['operator']) }],
  ])('S-20 keeps a value for its caller, and for none with %s', async (_, changes) => {
    const memory = memoryOf()
    const hers = { ...ADA, scopes: new Set(['lab:read', 'lab:write']) }
    const look = (caller: Caller, value: string) =>
      cacheOf(memory, { caller }).remember('mine', MINUTE, () => value)
    expect(await look(hers, 'hers')).toBe('hers')
    expect(await look({ ...hers, ...changes }, 'theirs')).toBe('theirs')
    expect(await look({ ...hers, scopes: new Set(['lab:write', 'lab:read']) }, 'again')).toBe(
      'hers',
    )
  })

  it('S-20 shares what is declared shared, with every caller of the tenant and nobody else', async () => {
    const memory = memoryOf()
    const look = (caller: Caller, value: string) =>
      cacheOf(memory, { caller }).remember('all', { ...MINUTE, shared: true }, () => value)
    expect(await look(ADA, 'first')).toBe('first')
    expect(await look({ ...ADA, principal: { kind: 'person', id: 'bob' } }, 'second')).toBe('first')
    expect(await look(CALLER, 'third')).toBe('first')
    expect(await look({ ...ADA, tenant: 'other' }, 'fourth')).toBe('fourth')
    expect(await cacheOf(memory).remember('all', MINUTE, () => 'her own')).toBe('her own')
  })

  it('tells keys apart by their parts', async () => {
    const cache = cacheOf(memoryOf())
    const keys = ['a', ['a'], ['a', 'b'], ['a,b'], 'a","b', ['a', null], ['a', 'null'], [1], ['1']]
    for (const [index, key] of keys.entries()) await cache.remember(key, MINUTE, () => index)
    const kept = await Promise.all(keys.map((key) => cache.remember(key, MINUTE, () => -1)))
    expect(kept).toEqual([...keys.keys()])
  })

  it('hands out a copy each time, as JSON has it', async () => {
    const cache = cacheOf(memoryOf())
    const make = () => ({ list: [1], at: new Date(0) })
    const first = await cache.remember('list', MINUTE, make)
    expectTypeOf(first).toEqualTypeOf<{ list: number[]; at: string }>()
    first.list.push(2)
    const [second, third] = await Promise.all([
      cache.remember('list', MINUTE, make),
      cache.remember('list', MINUTE, make),
    ])
    second.list.push(3)
    expect(third).toEqual({ list: [1], at: '1970-01-01T00:00:00.000Z' })
  })

  it('calls make once for what one call wants many times at once', async () => {
    const memory = memoryOf()
    const { make, finish, begun } = held()
    const cache = cacheOf(memory)
    const all = Array.from({ length: 10 }, () => cache.remember('slow', MINUTE, make))
    finish('made')
    expect(new Set(await Promise.all(all))).toEqual(new Set(['made']))
    expect(begun()).toBe(1)
  })

  it('keeps nothing of a make that throws, and tells those of its own call', async () => {
    const memory = memoryOf()
    const cache = cacheOf(memory)
    const { make, fail } = held()
    const all = [cache.remember('slow', MINUTE, make), cache.remember('slow', MINUTE, make)]
    fail(new Error('down'))
    const outcomes = await Promise.allSettled(all)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(memory.making.size).toBe(0)
    expect(await cache.remember('slow', MINUTE, () => 'up')).toBe('up')
  })

  it('has calls of other requests wait for the value, and holds no promise for them', async () => {
    const memory = memoryOf()
    const { make, finish, begun } = held()
    const first = cacheOf(memory).remember('slow', MINUTE, make)
    const others = Array.from({ length: 5 }, () => cacheOf(memory).remember('slow', MINUTE, make))
    expect(theMark(memory).mark).toEqual({ aliveAt: 0, forgotten: false })
    finish('made')
    expect(await Promise.all([first, ...others])).toEqual(Array(6).fill('made'))
    expect(begun()).toBe(1)
    expect(memory.making.size).toBe(0)
  })

  it('has others make it themselves, at once, when the first one fails', async () => {
    const memory = memoryOf()
    const { make, fail } = held()
    const first = cacheOf(memory).remember('slow', MINUTE, make)
    const own = counter()
    const others = [1, 2, 3].map(() => cacheOf(memory).remember('slow', MINUTE, own))
    fail(new Error('down'))
    await expect(first).rejects.toThrow('down')
    await Promise.all(others)
    expect(own.made()).toBeGreaterThan(0)
  })

  it('waits for nobody whose request is gone', async () => {
    const memory = memoryOf()
    void cacheOf(memory).remember('slow', MINUTE, () => new Promise<string>(() => {}))
    // What is left of a request that died: its timers say nothing any more.
    const { name, mark } = theMark(memory)
    memory.making.set(name, { ...mark, aliveAt: 0 })
    const late = cacheOf(memory, { now: () => 1000 })
    expect(await late.remember('slow', MINUTE, () => 'made')).toBe('made')
  })

  it('waits for nobody longer than ten seconds', async () => {
    const memory = memoryOf()
    void cacheOf(memory).remember('slow', MINUTE, () => new Promise<string>(() => {}))
    let clock = 0
    const now = () => clock
    const { name } = theMark(memory)
    memory.making.set(name, {
      get aliveAt() {
        return clock
      },
      forgotten: false,
    })
    const waiting = cacheOf(memory, { now }).remember('slow', MINUTE, () => 'own')
    clock = 10_000
    expect(await waiting).toBe('own')
  })

  it('gives up waiting when the call is over', async () => {
    const memory = memoryOf()
    void cacheOf(memory).remember('slow', MINUTE, () => new Promise<string>(() => {}))
    const ended = new Cancellation()
    const waiting = cacheOf(memory, { ended }).remember('slow', MINUTE, () => 'own')
    ended.abort(new Error('the caller is gone'))
    await expect(waiting).rejects.toThrow('the caller is gone')
  })

  it('forgets a value, and what is being made of it', async () => {
    const memory = memoryOf()
    const cache = cacheOf(memory)
    await cache.remember('a', MINUTE, () => 'old')
    cache.forget('a')
    const { make, finish } = held()
    const stale = cache.remember('a', MINUTE, make)
    cache.forget('a')
    expect(await cacheOf(memory).remember('a', MINUTE, () => 'new')).toBe('new')
    finish('stale')
    expect(await stale).toBe('stale')
    expect(await cache.remember('a', MINUTE, () => 'newer')).toBe('new')
  })

  it('passes on what is too large, and does not keep it', async () => {
    const cache = cacheOf(memoryOf())
    const make = counter()
    const large = () => `${make()}${'x'.repeat(256 * 1024)}`
    expect((await cache.remember('large', MINUTE, large)).length).toBeGreaterThan(256 * 1024)
    expect((await cache.remember('large', MINUTE, large)).slice(0, 2)).toBe('2x')
  })

  it.each<[string, (cache: ModuleCache) => Promise<unknown>, string]>([
    ['no time', (cache) => cache.remember('a', { ttlSeconds: 0 }, () => 1), 'ttlSeconds'],
    ['no number', (cache) => cache.remember('a', { ttlSeconds: Number.NaN }, () => 1), 'ttlSecon'],
    ['more than a day', (cache) => cache.remember('a', { ttlSeconds: 1e6 }, () => 1), 'ttlSeconds'],
    ['a long key', (cache) => cache.remember('a'.repeat(1100), MINUTE, () => 1), 'key'],
    ['no JSON', (cache) => cache.remember('a', MINUTE, () => undefined), 'must be JSON'],
  ])('refuses %s', async (_, attempt, words) => {
    await expect(attempt(cacheOf(memoryOf()))).rejects.toThrow(words)
  })

  it('leaves nothing behind for a caller who comes once', async () => {
    const memory = memoryOf()
    const make = counter()
    const once = { comesBack: false }
    await cacheOf(memory, once).remember('a', MINUTE, make)
    expect(await cacheOf(memory, once).remember('a', MINUTE, make)).toBe(2)
    await cacheOf(memory, once).remember('b', { ...MINUTE, shared: true }, make)
    expect(await cacheOf(memory, once).remember('b', { ...MINUTE, shared: true }, make)).toBe(3)
  })
})

describe('a tool that uses the cache', () => {
  let made = 0
  const look = defineTool({
    name: 'look',
    description: 'Counts how often it had to look.',
    annotations: { readOnlyHint: true },
    uses: { cache: true },
    input: z.object({ shared: z.boolean().default(false) }),
    run: async ({ shared }, { cache }) =>
      String(await cache.remember('count', { ttlSeconds: 60, shared }, () => ++made)),
  })
  const modules = ['one', 'two'].map((name) => host({ name, tools: [look] }))
  const [one, two] = modules
  if (!one || !two) throw new Error('there should be two')

  const call = async (
    server: typeof one,
    args: object,
    caller: Partial<Caller> = {},
    session = false,
  ) => {
    const asked = { method: 'tools/call', tool: 'look', args } as const
    const changes = session
      ? { session: { id: 'session', expiresAt: 1e9, jurisdiction: undefined } }
      : {}
    const { content } = resultOf((await ask(server, asked, caller, changes)).result)
    return content[0]?.type === 'text' ? Number(content[0].text) : Number.NaN
  }

  it('S-20 never gets what another module has kept', async () => {
    const first = await call(one, { shared: true })
    expect(await call(one, { shared: true })).toBe(first)
    expect(await call(two, { shared: true })).toBe(first + 1)
  })

  it('has values of its own for those it knows, and for a session of those it does not', async () => {
    const hers = await call(one, {}, ADA)
    expect(await call(one, {}, ADA)).toBe(hers)
    expect(await call(one, {})).toBe(hers + 1)
    expect(await call(one, {})).toBe(hers + 2)
    expect(await call(one, {}, {}, true)).toBe(hers + 3)
    expect(await call(one, {}, {}, true)).toBe(hers + 3)
  })
})
