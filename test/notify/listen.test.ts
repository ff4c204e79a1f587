/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { hubOfTopic, topicOf } from '../../src/notify'
import { defineServer, defineTool } from '../../src/sdk'
import { people } from '../../src/store'
import { startSite } from '../oauth/driver'
import { request, type Site } from '../support/oauth-flow'
import {
  BERTH,
  buoyUri,
  type Connected,
  change,
  connected,
  elsewhere,
  harbour,
  listen2026,
  nextOf,
  shipUri,
  site,
  TIDE,
} from './harbour'

const ID = 'io.modelcontextprotocol/subscriptionId'
const hubNamed = (name: string) =>
  env.NOTIFICATION_HUB.get(env.NOTIFICATION_HUB.idFromName(`default/${name}`))
const listsHub = () => hubNamed(hubOfTopic('harbour', 'tools'))

const ask = async (
  { tokens }: Connected,
  params: Record<string, unknown>,
  at: Site = site,
): Promise<{ status: number; body: { error?: { code: number } } }> => {
  const response = await request(at, 'harbour', 'subscriptions/listen', params, tokens.access_token)
  return { status: response.status, body: JSON.parse(await response.text()) }
}

describe('subscriptions/listen', () => {
  it.each([
    ['toolsListChanged', 'tools', 'notifications/tools/list_changed'],
    ['promptsListChanged', 'prompts', 'notifications/prompts/list_changed'],
    ['resourcesListChanged', 'resources', 'notifications/resources/list_changed'],
  ])('M-60, M-62 hears of %s alone', async (field, said, method) => {
    const ada = await connected()
    const { stream, acknowledged } = await listen2026(ada, { [field]: true })
    expect(acknowledged.params.notifications).toEqual({ [field]: true })
    for (const other of ['tools', 'prompts', 'resources']) {
      if (other !== said) await change(ada, { [other]: true })
    }
    await change(ada, { uris: [TIDE], [said]: true })
    expect(await nextOf(stream)).toEqual({
      jsonrpc: '2.0',
      method,
      params: { _meta: { [ID]: 1 } },
    })
    await stream.cancel()
  })

  it('M-60, M-62, M-65 hears of the resources it named, from another isolate', async () => {
    const ada = await connected()
    const { stream } = await listen2026(ada, { resourceSubscriptions: [TIDE, BERTH] })
    await change(ada, { tools: true, uris: [shipUri(ada.userId)] })
    await change(ada, { uris: [TIDE] })
    expect(await nextOf(stream)).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/resources/updated',
      params: { uri: TIDE, _meta: { [ID]: 1 } },
    })
    await change(ada, { uris: [BERTH] })
    expect(await nextOf(stream)).toMatchObject({ params: { uri: BERTH } })
    await stream.cancel()
  })

  const askAs = async (id: string | number) => {
    const ada = await connected()
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    return await site.send('/harbour/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'subscriptions/listen',
        authorization: `Bearer ${ada.tokens.access_token}`,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id,
        method: 'subscriptions/listen',
        params: { notifications: {}, _meta: meta },
      }),
    })
  }

  it.each(['mine', '7', 7])('M-62 names its request by the same id: %j', async (id) => {
    const response = await askAs(id)
    const messages = (await response.text()).split('\n\n').filter((text) => text !== '')
    const [first, last] = messages.map((text) => JSON.parse(text.replace('data: ', '')))
    expect(messages).toHaveLength(2)
    expect(first.params._meta[ID]).toBe(id)
    expect(last).toMatchObject({ id, result: { resultType: 'complete', _meta: { [ID]: id } } })
  })

  it('S-26, M-62 is refused with an id that is very long, as each notice would repeat it', async () => {
    const response = await askAs('x'.repeat(257))
    expect(await response.json()).toMatchObject({ error: { code: -32602 } })
  })

  it('M-61, M-65 acknowledges what its caller may hear of, and says nothing of the rest', async () => {
    const ada = await connected()
    const uris = [
      TIDE,
      'harbour://nowhere',
      'harbour://chart',
      'harbour://log',
      shipUri('somebody'),
      shipUri(ada.userId),
      TIDE,
    ]
    const asked = { toolsListChanged: false, promptsListChanged: true, resourceSubscriptions: uris }
    const { stream, acknowledged } = await listen2026(ada, asked)
    expect(acknowledged).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: {
        notifications: {
          promptsListChanged: true,
          resourceSubscriptions: [TIDE, shipUri(ada.userId)],
        },
        _meta: { [ID]: 1 },
      },
    })
    await change(ada, { uris: ['harbour://chart', 'harbour://log', shipUri('somebody')] })
    await change(ada, { prompts: true })
    expect(await nextOf(stream)).toMatchObject({ method: 'notifications/prompts/list_changed' })
    await stream.cancel()
  })

  it('M-65 tells a caller of their own at an address that others have too', async () => {
    const [ada, bob] = [await connected(), await connected()]
    const hears = async (it: Connected) =>
      await listen2026(it, { resourceSubscriptions: [BERTH, TIDE] })
    const [hers, his] = [await hears(ada), await hears(bob)]
    await change(ada, { uris: [BERTH] })
    await change(ada, { uris: [BERTH], of: bob.userId })
    await change(ada, { uris: [TIDE] })
    for (const { stream } of [hers, his]) {
      const heard = [await nextOf(stream), await nextOf(stream)]
      // Of either berth and of the tide, whichever object was quicker.
      expect(heard.map(({ params }) => params.uri).sort()).toEqual([BERTH, TIDE])
      await stream.cancel()
    }
  })

  it('M-52 shows every two seconds that it is alive', async () => {
    const { stream } = await listen2026(await connected(), { toolsListChanged: true })
    expect(await stream.any()).toEqual({ comment: '' })
    await stream.cancel()
  })

  it('M-64 hears nothing of what was said while nobody listened', async () => {
    const ada = await connected()
    const before = await listen2026(ada, { resourceSubscriptions: [TIDE] })
    await before.stream.cancel()
    await change(ada, { uris: [TIDE] })
    const { stream } = await listen2026(ada, { resourceSubscriptions: [TIDE] })
    expect(await stream.any()).toEqual({ comment: '' })
    await stream.cancel()
  })

  it('M-64 may be open several times', async () => {
    const ada = await connected()
    const streams = [
      await listen2026(ada, { toolsListChanged: true }),
      await listen2026(ada, { toolsListChanged: true }, elsewhere),
    ]
    await change(ada, { tools: true })
    for (const { stream } of streams) {
      expect(await nextOf(stream)).toMatchObject({ method: 'notifications/tools/list_changed' })
      await stream.cancel()
    }
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'tools'],
    ['a list that is no truth value', { toolsListChanged: 'yes' }],
    ['an address alone', { resourceSubscriptions: TIDE }],
    ['an address that is a number', { resourceSubscriptions: [1] }],
    ['101 addresses', { resourceSubscriptions: Array.from({ length: 101 }, (_, id) => `a:${id}`) }],
    ['a very long address', { resourceSubscriptions: [`harbour://${'x'.repeat(3000)}`] }],
  ])('M-60 is refused with a filter that is none: %s', async (_, notifications) => {
    const { status, body } = await ask(await connected(), { notifications })
    expect({ status, code: body.error?.code }).toEqual({ status: 200, code: -32602 })
  })

  it('S-26 is open twenty times for one caller, and then refused', async () => {
    const [ada, bob] = [await connected(), await connected()]
    const streams = []
    for (let count = 0; count < 20; count++) {
      streams.push(await listen2026(ada, { toolsListChanged: true }))
    }
    const refused = await ask(ada, { notifications: { toolsListChanged: true } })
    const message = expect.stringContaining('Close one of them first')
    expect(refused).toMatchObject({ status: 503, body: { error: { code: -32603, message } } })
    streams.push(await listen2026(bob, { toolsListChanged: true }))
    for (const { stream } of streams) await stream.cancel()
  })

  it('S-26 says whose streams are too many where nobody is known: those of a network', async () => {
    const get = () => ({
      reportLists: async () => ({}),
      fetch: async () => new Response(null, { status: 429 }),
    })
    const full = { NOTIFICATION_HUB: { idFromName: String, get } }
    const say = defineTool({ name: 'say', description: 'For tests.', run: () => 'x' })
    const pier = defineServer({ name: 'pier', version: '1.0.0', access: 'public', tools: [say] })
    const params = { notifications: { toolsListChanged: true } }
    const open = startSite({ servers: [pier], bindings: full })
    const refused = await request(open, 'pier', 'subscriptions/listen', params, undefined)
    expect(refused.status).toBe(503)
    expect(await refused.text()).toContain('Your network has as many streams')
  })

  it('M-60 hears of a hundred resources with long addresses that one object knows of', async () => {
    const ada = await connected()
    const uris: string[] = []
    let hub = ''
    for (let count = 0; uris.length < 100; count++) {
      const uri = buoyUri(`${count}/${'x'.repeat(2000)}`)
      const name = hubOfTopic('harbour', await topicOf({ uri, of: undefined }))
      if (hub === '') hub = name
      if (name === hub) uris.push(uri)
    }
    const { stream, acknowledged } = await listen2026(ada, { resourceSubscriptions: uris })
    expect(acknowledged.params.notifications.resourceSubscriptions).toEqual(uris)
    await evictDurableObject(hubNamed(hub))
    await change(ada, { uris: uris.slice(-1) })
    expect(await nextOf(stream)).toMatchObject({ params: { uri: uris.at(-1) } })
    await stream.cancel()
  })

  it('H-75, M-20 is not offered by a module that says nothing on its own', async () => {
    const quiet = startSite({ servers: [harbour({ push: false })] })
    const ada = await connected()
    const answer = await ask(ada, { notifications: { toolsListChanged: true } }, quiet)
    expect(answer).toMatchObject({ status: 404, body: { error: { code: -32601 } } })
    const discovered = await request(
      quiet,
      'harbour',
      'server/discover',
      {},
      ada.tokens.access_token,
    )
    const { capabilities } = JSON.parse(await discovered.text()).result
    expect(capabilities).toMatchObject({ tools: {}, resources: {}, prompts: {} })
    expect(JSON.stringify(capabilities)).not.toMatch(/listChanged|subscribe/)
  })
})

describe('a stream that listens', () => {
  const revoke = async ({ tokens, client }: Connected) => {
    const fields = { token: tokens.refresh_token ?? '', client_id: client.clientId }
    const body = new URLSearchParams(fields).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await elsewhere.send('/token', { method: 'POST', headers, body })).status).toBe(200)
  }
  const END = { id: 1, result: { resultType: 'complete', _meta: { [ID]: 1 } } }

  it('M-63, M-65 ends with its result when its access is taken away', async () => {
    const [ada, bob] = [await connected(), await connected()]
    const hers = await listen2026(ada, { toolsListChanged: true })
    const his = await listen2026(bob, { toolsListChanged: true })
    await revoke(ada)
    expect(await nextOf(hers.stream)).toMatchObject(END)
    expect(await hers.stream.next()).toBeUndefined()
    await change(bob, { tools: true })
    expect(await nextOf(his.stream)).toMatchObject({ method: 'notifications/tools/list_changed' })
    await his.stream.cancel()
  })

  it('M-63, M-65 ends with its result when its caller has another role', async () => {
    const ada = await connected()
    const { stream } = await listen2026(ada, { resourceSubscriptions: [TIDE] })
    const cut = (person: string) =>
      env.CONTROL_STATE.get(env.CONTROL_STATE.idFromName('default/control')).cut(
        [person],
        Math.floor(Date.now() / 1000),
        3600,
      )
    const rows = people(env.DB, 'default', async (person) => void (await cut(person)))
    const role = (await rows.find(ada.userId))?.role === 'operator' ? 'member' : 'operator'
    // Somebody has to stay an operator.
    await connected()
    expect(await rows.change(ada.userId, { role })).toBe(true)
    expect(await nextOf(stream)).toMatchObject(END)
    expect(await stream.next()).toBeUndefined()
  })

  it.each([
    ['nothing', 0],
    // Its acknowledgement and its result, and not that nothing follows.
    ['not to its end', 2],
  ])('S-26 is given up when its client reads %s for long', async (_, reads) => {
    const ada = await connected()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const params = { notifications: { toolsListChanged: true } }
      const response = await request(
        site,
        'harbour',
        'subscriptions/listen',
        params,
        ada.tokens.access_token,
      )
      const reader = response.body?.getReader()
      const sockets = () =>
        runInDurableObject(listsHub(), (_, state) =>
          state.getWebSockets(ada.userId).filter(({ readyState }) => readyState === 1),
        )
      expect(await sockets()).toHaveLength(1)
      if (reads > 0) await reader?.read()
      await revoke(ada)
      if (reads > 1) await reader?.read()
      await vi.waitFor(async () => {
        vi.advanceTimersByTime(31_000)
        expect(await sockets()).toHaveLength(0)
      })
    } finally {
      vi.useRealTimers()
    }
  })

  it('M-65 does not hold its object, which wakes up and knows of it', async () => {
    const ada = await connected()
    const { stream } = await listen2026(ada, { toolsListChanged: true })
    await evictDurableObject(listsHub())
    await change(ada, { tools: true })
    expect(await nextOf(stream)).toMatchObject({ method: 'notifications/tools/list_changed' })
    await stream.cancel()
  })

  it('M-65 hears of what was said while its object was gone', async () => {
    const ada = await connected()
    const { stream } = await listen2026(ada, { toolsListChanged: true })
    await runInDurableObject(listsHub(), (_, state) => state.abort()).catch(() => undefined)
    await change(ada, { tools: true })
    expect(await nextOf(stream)).toMatchObject({ method: 'notifications/tools/list_changed' })
    await stream.cancel()
  })
})

describe('another version of a module', () => {
  it('M-36, M-63 is told to the streams of the one before, which end', async () => {
    const ada = await connected()
    const { stream } = await listen2026(ada, { toolsListChanged: true, promptsListChanged: true })
    const newer = startSite({ servers: [harbour({ prompts: [] })] })
    await change(ada, {}, newer)
    expect(await nextOf(stream)).toMatchObject({ method: 'notifications/prompts/list_changed' })
    expect(await nextOf(stream)).toMatchObject({ id: 1, result: { resultType: 'complete' } })
    expect(await stream.next()).toBeUndefined()
    const list = await request(newer, 'harbour', 'prompts/list', {}, ada.tokens.access_token)
    expect(list.status).toBe(404)
  })

  it('M-36, M-63 is told to the streams of the one before whose object was just reset', async () => {
    const ada = await connected()
    const { stream } = await listen2026(ada, { resourcesListChanged: true })
    await runInDurableObject(listsHub(), (_, state) => state.abort()).catch(() => undefined)
    await change(ada, {}, startSite({ servers: [harbour({ prompts: [], resources: [] })] }))
    expect(await nextOf(stream)).toMatchObject({ method: 'notifications/resources/list_changed' })
    expect(await nextOf(stream)).toMatchObject({ id: 1, result: { resultType: 'complete' } })
    expect(await stream.next()).toBeUndefined()
  })

  it('M-36 is told to a stream that comes back a moment later', async () => {
    const ada = await connected()
    await change(ada, {}, startSite({ servers: [harbour()] }))
    const newer = startSite({ servers: [harbour({ resources: [] })] })
    await change(ada, {}, newer)
    await vi.waitFor(async () => {
      const { stream } = await listen2026(ada, { resourcesListChanged: true }, newer)
      const heard = await stream.any()
      await stream.cancel()
      expect(heard?.data).toContain('notifications/resources/list_changed')
    })
  })
})
