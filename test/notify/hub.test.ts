/// <reference types="@cloudflare/vitest-plugin/types" />
import {
  createExecutionContext,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { createApp } from '../../src/app'
import { PURPOSES } from '../../src/keys'
import { startTimer } from '../../src/lib'
import { type NotificationHub, noticeText } from '../../src/notify'
import { hubRecord } from '../../src/notify/hub-record'
import { FOLLOWER_HEADER } from '../../src/notify/topics'
import { STATE_URL } from '../../src/session/state'
import { lab } from '../http/modules'
import { ORIGIN, request2026, USUAL_HEADERS } from '../http/platform'
import { listener, makeObject, resumer } from '../session/object'

const hubNamed = (name: string) =>
  env.NOTIFICATION_HUB.get(env.NOTIFICATION_HUB.idFromName(`tests/${name}`))

/** Changes that sessions have yet to hear of. */
const untold = (hub: ReturnType<typeof hubNamed>) =>
  runInDurableObject(hub, (_, { storage }) =>
    storage.sql.exec('SELECT topic FROM fan_outs').toArray(),
  )

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
    [
      'for a stream that broke long after it was opened',
      true,
      (of: number) => resumer(of, 0, 'get'),
    ],
    // It was told on the stream before, which a client without an id cannot ask for.
    ['without an id to come back with', false, listener],
    ['for a stream that is not kept', false, (of: number) => resumer(of + 7, 0, 'get')],
  ])('M-36 tells a session of new lists that comes back %s', async (_, isLate, back) => {
    const hub = hubNamed('hub/lab/lists')
    const object = makeObject()
    const first = await object.attach(listener())
    const { stream } = await first.expect('attached')
    await first.close()
    if (isLate) {
      await runInDurableObject(object.stub, (_, { storage }) =>
        storage.sql.exec('UPDATE streams SET touched_at = touched_at - 3600 * 1000'),
      )
    }
    await hub.publish([TOOLS], { tools: 'another' })
    await vi.waitFor(async () => expect(await untold(hub)).toEqual([]))
    const again = await object.attach(back(stream))
    await again.expect('attached')
    expect((await again.expect('event')).body).toBe(TOOLS.text)
    await again.close()
  })

  it('M-36 tells a session of lists that are new since it last listened, whenever that was', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const hub = hubNamed('hub/lab/lists')
      const object = makeObject()
      const comeBack = async () => {
        const socket = await object.attach(listener())
        await socket.expect('attached')
        const { events = 0 } = await object.rows()
        return { socket, events }
      }
      const first = await comeBack()
      await first.socket.close()
      await object.later(10 * 60_000)
      await hub.publish([TOOLS], { tools: 'fourth' })
      await runDurableObjectAlarm(hub)
      await object.later(10 * 60_000)
      const second = await comeBack()
      expect((await second.socket.expect('event')).body).toBe(TOOLS.text)
      await second.socket.close()
      // By now it has heard.
      await object.later(60_000)
      const third = await comeBack()
      expect(third.events).toBe(1)
      await hub.publish([{ topic: 'prompts', text: noticeText({ list: 'prompts' }) }])
      await runDurableObjectAlarm(hub)
      expect((await third.socket.expect('event')).body).toBe(noticeText({ list: 'prompts' }))
      await third.socket.close()
    } finally {
      vi.useRealTimers()
    }
  })

  it('H-22 tells a session nothing while its client has said nothing but that it listens', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const hub = hubNamed('hub/lab/lists')
      const object = makeObject(PURPOSES.session)
      const socket = await object.attach(listener())
      await socket.expect('attached')
      for (const minutes of [0, 4]) {
        await object.later(minutes * 60_000)
        await hub.publish([TOOLS])
        await runDurableObjectAlarm(hub)
        expect(await untold(hub)).toEqual([])
        expect((await object.rows()).events).toBe(0)
      }
      await evictDurableObject(object.stub)
      await object.stub.fetch(STATE_URL)
      await hub.publish([TOOLS])
      await runDurableObjectAlarm(hub)
      expect((await socket.expect('event')).body).toBe(TOOLS.text)
      await socket.close()
    } finally {
      vi.useRealTimers()
    }
  })

  it('H-22 tells a session that may have slept since its client was ready, on a fresh stream', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const hub = hubNamed('hub/lab/lists')
      const object = makeObject(PURPOSES.session)
      const first = await object.attach(listener())
      await first.expect('attached')
      await object.later(60_000)
      await evictDurableObject(object.stub)
      const second = await object.attach(listener())
      await second.expect('attached')
      await hub.publish([TOOLS])
      await runDurableObjectAlarm(hub)
      expect((await second.expect('event')).body).toBe(TOOLS.text)
      for (const socket of [first, second]) await socket.close()
    } finally {
      vi.useRealTimers()
    }
  })

  it('H-75 hears what a session said last, though it arrives first', async () => {
    const hub = hubNamed('hub/lab/lists')
    const object = makeObject()
    const socket = await object.attach(listener())
    await socket.expect('attached')
    let [held, isFree] = [0, false]
    const heldUp = (stub: DurableObjectStub<NotificationHub>) => ({
      listen: (...said: Parameters<NotificationHub['listen']>) => stub.listen(...said),
      async unlisten(...said: Parameters<NotificationHub['unlisten']>) {
        held += 1
        // Of its own: what another request resolves does not wake it.
        while (!isFree) await startTimer(10).over
        return stub.unlisten(...said)
      },
    })
    const { NOTIFICATION_HUB: hubs } = env
    const slow = {
      idFromName: (name: string) => hubs.idFromName(name),
      get: (id: DurableObjectId) => heldUp(hubs.get(id)),
    }
    const subscription = { uri: 'lab://x', topic: 'tools' }
    await runInDurableObject(object.stub, (instance) => {
      Object.defineProperty(instance, 'env', { value: { ...env, NOTIFICATION_HUB: slow } })
    })
    await object.stub.subscribe(object.owner, subscription)
    const leaving = object.stub.unsubscribe(object.owner, subscription.uri)
    await vi.waitFor(() => expect(held).toBe(1))
    await object.stub.subscribe(object.owner, subscription)
    isFree = true
    await leaving
    await hub.publish([TOOLS])
    expect((await socket.expect('event')).body).toBe(TOOLS.text)
    await socket.close()
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

describe('a hub of topics', () => {
  const follow = async (follower: object) => {
    const headers = { upgrade: 'websocket', [FOLLOWER_HEADER]: JSON.stringify(follower) }
    const { status, webSocket } = await hubNamed('hub/lab/1').fetch('https://hub/', { headers })
    webSocket?.accept()
    return { status, webSocket }
  }

  it('S-26 has room for two hundred streams of anonymous callers from one network', async () => {
    const anonymous = { topics: ['x'], principal: '', network: '203.0.113.7' }
    const streams = await Promise.all(Array.from({ length: 200 }, () => follow(anonymous)))
    expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([101]))
    expect((await follow(anonymous)).status).toBe(429)
    for (const other of [{ network: '203.0.113.8' }, { network: '' }, { principal: 'ada' }]) {
      const stream = await follow({ ...anonymous, ...other })
      expect(stream.status).toBe(101)
      stream.webSocket?.close(1000)
    }
    for (const { webSocket } of streams) webSocket?.close(1000)
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
  const FIRST = { number: 0, holder: '' }
  /** Whom a change of this is told. */
  const sessionsOf = (record: ReturnType<typeof hubRecord>, topic: string): string[] => {
    record.addChange({ topic, text: '' }, false, 1)
    const fanOut = record.nextFanOut()
    if (!fanOut) return []
    const sessions = record.listenersAfter(fanOut, 1000).map(({ session }) => session)
    record.advance(fanOut, undefined)
    return sessions
  }
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

  it('remembers for two minutes what changed, and for good what a version has brought', () =>
    withRecord('hub/lab/3', (record) => {
      record.addChange(TOOLS, true, 1_000_000)
      record.addChange({ topic: 'x', text: '' }, false, 1_010_000)
      const topics = ['tools', 'x', 'y']
      expect(record.changedWithin(topics, 5000, 1_012_000)).toEqual(['x'])
      expect(record.changedWithin(topics, 60_000, 1_012_000)).toEqual(['tools', 'x'])
      expect(record.broughtWithin(topics, 60_000, 1_012_000)).toEqual(['tools'])
      expect(record.broughtWithin(topics, 60_000, 1_061_000)).toEqual([])
      record.addChange({ topic: 'z', text: '' }, false, 1_125_000)
      expect(record.changedWithin(topics, 600_000, 1_125_000)).toEqual(['x'])
      // That a module says the same later takes nothing away from it.
      record.addChange(TOOLS, false, 1_125_000)
      record.addChange({ topic: 'z', text: '' }, false, 9_000_000)
      expect(record.broughtWithin(topics, 8_000_000, 9_000_000)).toEqual(['tools'])
    }))

  it('goes on telling where it stopped, and begins again with what is said anew', () =>
    withRecord('hub/lab/2', (record) => {
      record.addListener('a', ['x'], FIRST)
      record.addListener('b', ['x'], FIRST)
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
      record.addListener('a', ['x'], FIRST)
      record.addChange({ topic: 'x', text: '' }, false, 1)
      const fanOut = record.nextFanOut()
      const [before] = fanOut ? record.listenersAfter(fanOut, 1) : []
      if (!fanOut || !before) throw new Error('nobody listens')
      record.addListener('a', ['x'], FIRST)
      record.dropListener('x', before)
      expect(record.listenersAfter(fanOut, 1)).toHaveLength(1)
    }))

  it.each([
    // What was said last holds, whatever comes first.
    ['that it listens', [3, 2], 1],
    ['that it does not', [2, 3], 0],
  ])('H-75 believes what a session has said last: %s', (_, [listens, leaves], left) =>
    withRecord(`hub/lab/${listens}`, (record) => {
      record.addListener('first', ['y'], FIRST)
      record.addListener('a', ['y'], { number: listens ?? 0, holder: '' })
      record.removeListener('a', ['y'], leaves ?? 0)
      expect(sessionsOf(record, 'y').filter((session) => session === 'a')).toHaveLength(left)
    }),
  )

  it('S-26 knows two hundred sessions of one principal, and more of several', () =>
    withRecord('hub/lab/0', (record) => {
      record.addListener('of bob', ['z'], { number: 1, holder: 'bob' })
      for (let number = 100; number < 301; number++) {
        record.addListener(`of ada ${number}`, ['z'], { number, holder: 'ada' })
      }
      const known = sessionsOf(record, 'z')
      expect(known).toHaveLength(201)
      expect(known).toContain('of bob')
      expect(known).not.toContain('of ada 100')
    }))

  it('has what an earlier version has kept', () =>
    runInDurableObject(hubNamed('hub/old/0'), (_, { storage }) => {
      storage.sql.exec(`
        CREATE TABLE recent (topic TEXT PRIMARY KEY, at INTEGER NOT NULL,
          is_version INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE fan_outs (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL,
          text TEXT NOT NULL, after TEXT NOT NULL);
        CREATE TABLE listeners (topic TEXT NOT NULL, session TEXT NOT NULL, since INTEGER NOT NULL,
          PRIMARY KEY (topic, session)) WITHOUT ROWID;
        INSERT INTO listeners VALUES ('x', 'old', 1);`)
      for (let lives = 0; lives < 2; lives++) {
        const record = hubRecord(storage, COOL_MS)
        expect(sessionsOf(record, 'x')).toEqual(['old'])
      }
    }))

  it.each(['hub/old/1', 'hub/old/2'])(
    'is what an earlier version can go on with, when a deployment is taken back: %s',
    (name) =>
      runInDurableObject(hubNamed(name), (_, { storage }) => {
        if (name === 'hub/old/1') {
          storage.sql.exec(`
            CREATE TABLE recent (topic TEXT PRIMARY KEY, at INTEGER NOT NULL,
              is_version INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE listeners (topic TEXT NOT NULL, session TEXT NOT NULL,
              since INTEGER NOT NULL, PRIMARY KEY (topic, session)) WITHOUT ROWID;`)
        }
        const record = hubRecord(storage, COOL_MS)
        record.addListener('new', ['x'], FIRST)
        record.addChange({ topic: 'x', text: 'changed' }, true, 1000)
        storage.sql.exec(`
          INSERT OR REPLACE INTO recent (topic, at, is_version) VALUES ('x', 2000, 0);
          INSERT INTO listeners (topic, session, since) VALUES ('x', 'old', 2);`)
        expect(sessionsOf(record, 'x')).toEqual(['new', 'old'])
        expect(record.broughtWithin(['x'], 1000, 2000)).toEqual(['x'])
      }),
  )
})
