/// <reference types="@cloudflare/vitest-plugin/types" />
import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { createApp } from '../../src/app'
import { PURPOSES } from '../../src/keys'
import { noticeText } from '../../src/notify'
import { hubRecord } from '../../src/notify/hub-record'
import { lab } from '../http/modules'
import { ORIGIN, request2026, USUAL_HEADERS } from '../http/platform'
import { listener, makeObject, resumer } from '../session/object'

const hubNamed = (name: string) =>
  env.NOTIFICATION_HUB.get(env.NOTIFICATION_HUB.idFromName(`tests/${name}`))

const TOOLS = { topic: 'tools', text: noticeText({ list: 'tools' }) }

describe('a hub', () => {
  it('tells every session that listens, more of them than at a time', async () => {
    const hub = hubNamed('hub/lab/lists')
    const objects = Array.from({ length: 45 }, () => makeObject())
    const sockets = await Promise.all(objects.map((object) => object.attach(listener())))
    for (const socket of sockets) await socket.expect('attached')
    await hub.publish([TOOLS])
    for (const socket of sockets) {
      expect((await socket.expect('event')).body).toBe(TOOLS.text)
    }
    for (const socket of sockets) await socket.close()
  })

  it('forgets a session that does not listen any more, and no other', async () => {
    const hub = hubNamed('hub/lab/lists')
    const gone = makeObject()
    const there = makeObject()
    const socket = await there.attach(listener())
    await socket.expect('attached')
    await hub.listen(gone.stub.id.toString(), ['tools'])
    await hub.publish([TOOLS])
    await socket.expect('event')
    const left = () =>
      runInDurableObject(hub, (_, { storage }) =>
        storage.sql
          .exec<{ session: string }>("SELECT session FROM listeners WHERE topic = 'tools'")
          .toArray()
          .map(({ session }) => session),
      )
    await vi.waitFor(async () => expect(await left()).not.toContain(gone.stub.id.toString()))
    expect(await left()).toContain(there.stub.id.toString())
    await socket.close()
  })

  it.each([
    // Everything ended at once, an hour ago as far as the session can know, and nobody was told.
    ['for a stream that broke long after it was opened', true],
    // It was told on the stream before, which a client without an id cannot ask for.
    ['without an id to come back with', false],
  ])('M-36 tells a session of new lists that comes back %s', async (_, isResumed) => {
    const hub = hubNamed('hub/lab/lists')
    const object = makeObject()
    const first = await object.attach(listener())
    const { stream } = await first.expect('attached')
    await first.close()
    if (isResumed) {
      await runInDurableObject(object.stub, (_, { storage }) =>
        storage.sql.exec('UPDATE streams SET touched_at = touched_at - 3600 * 1000'),
      )
    }
    await hub.publish([TOOLS], { tools: 'another' })
    await vi.waitFor(async () => {
      const untold = await runInDurableObject(hub, (_, { storage }) =>
        storage.sql.exec('SELECT 1 FROM fan_outs').toArray(),
      )
      expect(untold).toEqual([])
    })
    const back = await object.attach(isResumed ? resumer(stream, 0, 'get') : listener())
    await back.expect('attached')
    expect((await back.expect('event')).body).toBe(TOOLS.text)
    await back.close()
  })

  it('M-36 tells a session that began after new lists came nothing of them', async () => {
    await hubNamed('hub/lab/lists').publish([TOOLS], { tools: 'third' })
    const object = makeObject(PURPOSES.session + 60)
    const socket = await object.attach(listener())
    await socket.expect('attached')
    const { events } = await object.rows()
    expect(events).toBe(0)
    await socket.close()
  })
})

describe('the lists that an isolate reports', () => {
  const outOfReach = () => {
    const reports = vi.fn(async () => {
      throw new Error('the object is out of reach')
    })
    const hubs = { idFromName: String, get: () => ({ reportLists: reports }) }
    const bindings = { ...env, NOTIFICATION_HUB: hubs } as unknown as Cloudflare.Env
    const app = createApp([lab])
    const call = async () => {
      const context = createExecutionContext()
      const { body, headers } = request2026('tools/list')
      const init = { method: 'POST', body: JSON.stringify(body), headers: USUAL_HEADERS }
      const request = new Request(`${ORIGIN}/lab/mcp`, init)
      for (const [name, value] of Object.entries(headers)) request.headers.set(name, value)
      expect((await app.fetch(request, bindings, context)).status).toBe(200)
      await waitOnExecutionContext(context)
    }
    return { call, reports }
  }

  it('are reported again a little later where their hub is out of reach, and not by every request', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const { call, reports } = outOfReach()
      for (let times = 0; times < 5; times++) await call()
      expect(reports).toHaveBeenCalledTimes(2) // one attempt: a fresh stub, then another
      vi.setSystemTime(Date.now() + 5000)
      for (let times = 0; times < 5; times++) await call()
      expect(reports).toHaveBeenCalledTimes(4)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('what a hub keeps', () => {
  const COOL_MS = 60_000
  const withRecord = (name: string, use: (record: ReturnType<typeof hubRecord>) => void) =>
    runInDurableObject(hubNamed(name), (_, { storage }) => use(hubRecord(storage, COOL_MS)))
  const lists = (tools: string) => ({ lab: { tools, prompts: 'p', resources: 'r' } })
  const news = (print: string) => [{ module: 'lab', list: 'tools', print }]

  it('is nothing while nothing was said', () =>
    withRecord('hub/empty/0', (record) => {
      expect(record.changedWithin(['tools'], 1000, 1000)).toEqual([])
      expect(record.newLists(1000)).toEqual([])
      expect(record.due(1000)).toBeUndefined()
    }))

  it('M-36 tells of the lists of versions that run by turns once a minute', () =>
    withRecord('hub/versions', (record) => {
      record.setLists(lists('old'))
      expect(record.newLists(100_000)).toEqual([])
      record.setLists(lists('new'))
      expect(record.newLists(100_000)).toEqual(news('new'))
      for (const list of record.newLists(100_000)) record.setTold(list, 100_000)
      record.setLists(lists('old'))
      expect(record.newLists(100_001)).toEqual([])
      expect(record.due(100_001)).toBe(160_000)
      record.setLists(lists('new'))
      expect(record.due(100_002)).toBeUndefined()
      record.setLists(lists('old'))
      expect(record.newLists(160_000)).toEqual(news('old'))
    }))

  it('remembers for two minutes what changed, and of which a version was the cause', () =>
    withRecord('hub/lab/3', (record) => {
      record.addChange(TOOLS, true, 1_000_000)
      record.addChange({ topic: 'x', text: '' }, false, 1_010_000)
      const topics = ['tools', 'x', 'y']
      expect(record.changedWithin(topics, 5000, 1_012_000)).toEqual(['x'])
      expect(record.changedWithin(topics, 60_000, 1_012_000)).toEqual(['tools', 'x'])
      expect(record.broughtLately(topics, 1_012_000)).toEqual(['tools'])
      expect(record.broughtLately(topics, 1_061_000)).toEqual([])
      record.addChange({ topic: 'z', text: '' }, false, 1_125_000)
      expect(record.changedWithin(topics, 600_000, 1_125_000)).toEqual(['x'])
    }))

  it('goes on telling where it stopped, and begins again with what is said anew', () =>
    withRecord('hub/lab/2', (record) => {
      record.addListener('a', ['x'])
      record.addListener('b', ['x'])
      expect(record.addChange({ topic: 'x', text: 'one' }, false, 1)).toBe(true)
      expect(record.addChange({ topic: 'y', text: 'one' }, false, 1)).toBe(false)
      const first = record.nextFanOut()
      if (!first) throw new Error('nobody is to be told')
      expect(record.listenersAfter(first, 1)).toMatchObject([{ session: 'a' }])
      record.advance(first, 'a')
      const next = record.nextFanOut()
      expect(next && record.listenersAfter(next, 9)).toMatchObject([{ session: 'b' }])
      record.addChange({ topic: 'x', text: 'two' }, false, 2)
      record.advance(first, undefined)
      const anew = record.nextFanOut()
      expect(anew).toMatchObject({ text: 'two', after: '' })
      if (anew) record.advance(anew, undefined)
      expect(record.nextFanOut()).toBeUndefined()
    }))

  it('does not drop a session that has said meanwhile that it listens', () =>
    withRecord('hub/lab/1', (record) => {
      record.addListener('a', ['x'])
      record.addChange({ topic: 'x', text: '' }, false, 1)
      const fanOut = record.nextFanOut()
      const [before] = fanOut ? record.listenersAfter(fanOut, 1) : []
      if (!fanOut || !before) throw new Error('nobody listens')
      record.addListener('a', ['x'])
      record.dropListener('x', before)
      expect(record.listenersAfter(fanOut, 1)).toHaveLength(1)
    }))
})
