/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { McpSession } from '../../src/session'
import { answerOf, openSession } from '../http/platform'
import { type Fate, playOf, type Step, startIsolate } from './isolate'
import { readSse } from './sse-reader'

const STAGE = '/stage/mcp'

/** An isolate that counts what it asks of session objects. */
function countingIsolate() {
  const asked: string[] = []
  let object: DurableObjectStub<McpSession> | undefined
  const onStep = async (step: Step): Promise<Fate> => {
    object = step.object
    if (step.name.startsWith('ask') || step.name.startsWith('up')) asked.push(step.name)
    return 'passes'
  }
  return {
    isolate: startIsolate({ onStep }),
    /** What was asked since the last time. */
    asked: () => asked.splice(0),
    object: () => {
      if (!object) throw new Error('no object was asked for anything')
      return object
    },
  }
}

const call = (key: string, id = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'act', arguments: { key } },
})

/** What an object has stored, and whether it means to wake up. */
const stored = (object: DurableObjectStub<McpSession>) =>
  runInDurableObject(object, async (_, { storage }) => ({
    tables: storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\'")
      .toArray(),
    bytes: storage.sql.databaseSize,
    alarm: await storage.getAlarm(),
  }))

describe('what a session costs', () => {
  it('asks its object once for a message that is answered with JSON, and writes nothing', async () => {
    const { isolate, asked, object } = countingIsolate()
    const session = await openSession('2025-11-25', {}, { platform: isolate, path: STAGE })
    expect(asked()).toEqual([])
    await session.post({ jsonrpc: '2.0', method: 'notifications/initialized' })
    expect(asked()).toEqual(['ask state'])
    const before = await stored(object())
    for (const method of ['ping', 'tools/list']) {
      expect((await session.request(method)).status).toBe(200)
      expect(asked()).toEqual(['ask state'])
    }
    for (let id = 0; id < 20; id++) {
      playOf(`quick ${id}`).allow(3)
      const { body } = await answerOf(await session.post(call(`quick ${id}`, id)))
      expect(body.result.isError).toBeUndefined()
      expect(asked()).toEqual(['ask state'])
    }
    expect(await stored(object())).toEqual(before)
    expect(before).toMatchObject({ tables: [], alarm: null })
  })

  it('asks it for one socket more, and sends each message once, when there is a stream', async () => {
    const { isolate, asked, object } = countingIsolate()
    const session = await openSession('2025-11-25', {}, { platform: isolate, path: STAGE })
    playOf('streamed').allow(3)
    const message = call('streamed')
    const params = { ...message.params, _meta: { progressToken: 1 } }
    await readSse(await session.post({ ...message, params })).rest()
    expect(asked()).toEqual(['ask state', 'ask socket', 'up event', 'up event', 'up event'])
    const rows = { session: 1, streams: 1, calls: 1, events: 3, cancellations: 0 }
    const kept = await runInDurableObject(object(), (_, { storage: { sql } }) =>
      Object.keys(rows).map((table) => [
        table,
        sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).one().count,
      ]),
    )
    expect(Object.fromEntries(kept)).toEqual(rows)
  })

  it('lets the object sleep while nothing happens on its streams, and wakes it by nothing', async () => {
    const { isolate, asked, object } = countingIsolate()
    const session = await openSession('2025-11-25', {}, { platform: isolate, path: STAGE })
    const headers = { 'mcp-session-id': session.id }
    const listening = readSse(await isolate.fetch(STAGE, { headers }))
    playOf('slow').allow(1)
    const message = call('slow')
    const params = { ...message.params, _meta: { progressToken: 1 } }
    const running = readSse(await session.post({ ...message, params }))
    await listening.next()
    await running.next()
    await running.next()
    asked()
    // Returns only because nothing holds on to it.
    await evictDurableObject(object())
    // Each stream shows that it is alive, which is none of the object's business.
    expect(await listening.any()).toEqual({ comment: '' })
    expect(await running.any()).toEqual({ comment: '' })
    expect(asked()).toEqual([])
    await expect(evictDurableObject(object())).rejects.toThrow(/not.*running/i)
    playOf('slow').allow(3)
    await running.rest()
    await listening.cancel()
  })
})
