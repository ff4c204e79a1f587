/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { hubOfTopic, topicOf } from '../../src/notify'
import { people } from '../../src/store'
import { startSite } from '../oauth/driver'
import { makeObject } from '../session/object'
import {
  BERTH,
  type Connected,
  change,
  connected,
  elsewhere,
  harbour,
  nextOf,
  openSession,
  shipUri,
  TIDE,
} from './harbour'

const hubNamed = (name: string) =>
  env.NOTIFICATION_HUB.get(env.NOTIFICATION_HUB.idFromName(`default/${name}`))
const listsHub = () => hubNamed(hubOfTopic('harbour', 'tools'))
const hubOf = async (uri: string) =>
  hubNamed(hubOfTopic('harbour', await topicOf({ uri, of: undefined })))

const listeners = (hub: DurableObjectStub) =>
  runInDurableObject(hub, (_, { storage }) =>
    storage.sql
      .exec<{ topic: string; session: string }>('SELECT topic, session FROM listeners')
      .toArray(),
  )

/** The object of the session that was the last to listen. */
const newestSession = async () => {
  const { session } = await runInDurableObject(listsHub(), (_, { storage }) =>
    storage.sql
      .exec<{ session: string }>('SELECT session FROM listeners ORDER BY since DESC LIMIT 1')
      .one(),
  )
  return env.MCP_SESSION.get(env.MCP_SESSION.idFromString(session))
}

/** How many changes a hub has still to tell sessions of. */
const untold = (hub: DurableObjectStub) =>
  runInDurableObject(
    hub,
    (_, { storage }) =>
      storage.sql.exec<{ count: number }>('SELECT count(*) AS count FROM fan_outs').one().count,
  )

const updated = (uri: string) => ({
  jsonrpc: '2.0',
  method: 'notifications/resources/updated',
  params: { uri },
})
const listChanged = (list: string) => ({ method: `notifications/${list}/list_changed` })

/** A session that listens and is subscribed to the tide. */
async function subscribed(it: Connected) {
  const session = await openSession(it)
  const { stream, openedAt } = await session.listen()
  const { body } = await session.request('resources/subscribe', { uri: TIDE })
  expect(body).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  return { session, stream, openedAt }
}

describe('a session of 2025', () => {
  it('H-75, H-23 declares what it tells of, and tells it from another isolate', async () => {
    const ada = await connected()
    const session = await openSession(ada)
    expect(session.capabilities).toMatchObject({
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
    })
    const { stream } = await session.listen()
    for (const list of ['tools', 'prompts', 'resources']) {
      await change(ada, { [list]: true })
      expect(await nextOf(stream)).toMatchObject(listChanged(list))
    }
    await stream.cancel()
  })

  it('H-75 is told of what it subscribed to, once, until it unsubscribes', async () => {
    const ada = await connected()
    const { session, stream } = await subscribed(ada)
    await session.request('resources/subscribe', { uri: TIDE })
    await change(ada, { uris: [shipUri(ada.userId)] })
    await change(ada, { uris: [TIDE] })
    expect(await nextOf(stream)).toEqual(updated(TIDE))
    const { body } = await session.request('resources/unsubscribe', { uri: TIDE })
    expect(body).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
    await change(ada, { uris: [TIDE] })
    await change(ada, { tools: true })
    expect(await nextOf(stream)).toMatchObject(listChanged('tools'))
    await stream.cancel()
  })

  it('H-75, H-40 subscribes before it listens, and its object may sleep in between', async () => {
    const ada = await connected()
    const session = await openSession(ada)
    await session.request('resources/subscribe', { uri: TIDE })
    const { stream } = await session.listen()
    await evictDurableObject(await newestSession())
    await evictDurableObject(listsHub())
    await evictDurableObject(await hubOf(TIDE))
    await change(ada, { uris: [TIDE] })
    expect(await nextOf(stream)).toEqual(updated(TIDE))
    await stream.cancel()
  })

  it('H-54, H-56 finds what it missed when it comes back, each notice once', async () => {
    const ada = await connected()
    const { session, stream, openedAt } = await subscribed(ada)
    await stream.cancel()
    for (const uris of [[TIDE], [TIDE], []]) await change(ada, { uris, tools: true })
    await vi.waitFor(async () => {
      for (const hub of [listsHub(), await hubOf(TIDE)]) expect(await untold(hub)).toBe(0)
    })
    const said = await runInDurableObject(await newestSession(), (_, { storage }) =>
      storage.sql.exec('SELECT seq FROM events').toArray(),
    )
    // The last of each is kept.
    expect(said).toHaveLength(2)
    const back = await session.listen(openedAt)
    const heard = [await nextOf(back.stream), await nextOf(back.stream)]
    expect(heard.map(({ method }) => method).sort()).toEqual([
      'notifications/resources/updated',
      'notifications/tools/list_changed',
    ])
    await back.stream.cancel()
  })

  it('H-54 shows each notice on one of its streams', async () => {
    const ada = await connected()
    const session = await openSession(ada)
    const [older, newer] = [await session.listen(), await session.listen()]
    await change(ada, { tools: true })
    expect(await nextOf(newer.stream)).toMatchObject(listChanged('tools'))
    expect(await older.stream.any()).toEqual({ comment: '' })
    await older.stream.cancel()
    await newer.stream.cancel()
  })

  it('H-22 is told nothing before its client is ready', async () => {
    const ada = await connected()
    const session = await openSession(ada, { ready: false })
    const { stream } = await session.listen()
    await session.request('ping', {})
    await change(ada, { tools: true })
    expect(await stream.any()).toEqual({ comment: '' })
    await session.post({ method: 'notifications/initialized' })
    await change(ada, { prompts: true })
    expect(await nextOf(stream)).toMatchObject(listChanged('prompts'))
    await stream.cancel()
  })

  it.each([
    ['harbour://nowhere', -32002],
    [shipUri('somebody'), -32002],
    ['harbour://log', -32002],
    [undefined, -32602],
  ])('H-76 does not subscribe to what it cannot read: %s', async (uri, code) => {
    const session = await openSession(await connected())
    const { body } = await session.request('resources/subscribe', { uri })
    expect(body.error.code).toBe(code)
  })

  it('S-26 has a hundred subscriptions at most', async () => {
    const object = makeObject()
    for (let count = 0; count < 100; count++) {
      const kept = await object.stub.subscribe(object.owner, {
        uri: `a:${count}`,
        topic: `${count}`,
      })
      expect(kept.full).toBeUndefined()
    }
    const more = { uri: 'a:100', topic: '100' }
    expect(await object.stub.subscribe(object.owner, more)).toMatchObject({ full: true })
    await object.stub.unsubscribe(object.owner, 'a:7')
    expect((await object.stub.subscribe(object.owner, more)).full).toBeUndefined()
  })

  it('S-10, H-75 is told of its own at an address that others have too', async () => {
    const [ada, bob] = [await connected(), await connected()]
    const listenAs = async (it: Connected) => {
      const session = await openSession(it)
      await session.request('resources/subscribe', { uri: BERTH })
      return (await session.listen()).stream
    }
    const [hers, his] = [await listenAs(ada), await listenAs(bob)]
    await change(ada, { uris: [BERTH] })
    expect(await nextOf(hers)).toEqual(updated(BERTH))
    await change(ada, { uris: [BERTH], of: bob.userId })
    expect(await nextOf(his)).toEqual(updated(BERTH))
    for (const stream of [hers, his]) {
      expect(await stream.any()).toEqual({ comment: '' })
      await stream.cancel()
    }
  })

  it('H-75 is not told of what its person may not read any more', async () => {
    const ada = await connected()
    const cut = async (person: string) => {
      const control = env.CONTROL_STATE.get(env.CONTROL_STATE.idFromName('default/control'))
      await control.cut([person], Math.floor(Date.now() / 1000), 3600)
    }
    const rows = people(env.DB, 'default', cut)
    await rows.change(ada.userId, { role: 'operator' })
    const session = await openSession(ada)
    const { stream, openedAt } = await session.listen()
    const { body } = await session.request('resources/subscribe', { uri: 'harbour://log' })
    expect(body.result).toEqual({})
    await change(ada, { uris: ['harbour://log'] })
    expect(await nextOf(stream)).toEqual(updated('harbour://log'))
    await connected() // somebody has to stay an operator
    await rows.change(ada.userId, { role: 'member' })
    // What is shown is decided by the access it was opened with, so it ends with that.
    expect(await stream.next()).toBeUndefined()
    const back = await session.listen(openedAt)
    await change(ada, { tools: true })
    expect(await nextOf(back.stream)).toMatchObject(listChanged('tools'))
    await back.stream.cancel()
  })

  it('H-34 leaves nothing behind when it ends', async () => {
    const ada = await connected()
    const { session, stream } = await subscribed(ada)
    const object = (await newestSession()).id.toString()
    await elsewhere.send('/harbour/mcp', {
      method: 'DELETE',
      headers: {
        authorization: `Bearer ${ada.tokens.access_token}`,
        'mcp-session-id': session.id,
      },
    })
    expect(await stream.rest()).toEqual([])
    for (const hub of [listsHub(), await hubOf(TIDE)]) {
      expect((await listeners(hub)).filter((it) => it.session === object)).toEqual([])
    }
  })

  it('costs one request to its hub when it begins to listen, and rows that last', async () => {
    const ada = await connected()
    const { session, stream, openedAt } = await subscribed(ada)
    const object = await newestSession()
    const rows = async () =>
      (await listeners(listsHub())).filter((it) => it.session === object.id.toString())
    const before = await rows()
    expect(before.map(({ topic }) => topic).sort()).toEqual(['prompts', 'resources', 'tools'])
    await stream.cancel()
    const back = await session.listen(openedAt)
    expect(await rows()).toEqual(before)
    await back.stream.cancel()
  })

  it('is forgotten by its hub once it has shown no stream for long', async () => {
    const ada = await connected()
    const { stream } = await subscribed(ada)
    await stream.cancel()
    const object = await newestSession()
    await vi.waitFor(
      async () =>
        runInDurableObject(object, (_, state) =>
          expect(state.getWebSockets().filter((it) => it.readyState === 1)).toEqual([]),
        ),
      { timeout: 20_000 },
    )
    await runInDurableObject(object, (_, { storage }) =>
      storage.sql.exec('UPDATE streams SET touched_at = touched_at - 2 * 3600 * 1000'),
    )
    await runDurableObjectAlarm(object)
    const mine = async () =>
      (await listeners(listsHub())).filter((it) => it.session === object.id.toString())
    expect(await mine()).toEqual([])
  })

  it('M-36 is told of the lists of another version', async () => {
    const ada = await connected()
    await change(ada, {}, startSite({ servers: [harbour()] }))
    const session = await openSession(ada)
    const { stream } = await session.listen()
    await change(ada, {}, startSite({ servers: [harbour({ resources: [], prompts: [] })] }))
    const heard = [await nextOf(stream), await nextOf(stream)]
    expect(heard.map(({ method }) => method).sort()).toEqual([
      'notifications/prompts/list_changed',
      'notifications/resources/list_changed',
    ])
    await stream.cancel()
  })
})
