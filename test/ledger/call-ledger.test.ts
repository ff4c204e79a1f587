import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_SPOOL_BYTES, MAX_SPOOL_ROWS } from '../../src/store'

const ledger = (name: string) => env.CALL_LEDGER.get(env.CALL_LEDGER.idFromName(name))
const entries = (from: number, to: number, body = '{}') =>
  Array.from({ length: to - from }, (_, index) => ({ id: `id-${from + index}`, body }))
const overflow = JSON.stringify({ id: 'the-overflow' })

describe('CallLedger', () => {
  it('writes nothing when it is only probed', async () => {
    const stub = ledger('probed')
    expect(await stub.spoolSize()).toEqual({ rows: 0, bytes: 0, dropped: 0 })
    const tables = await runInDurableObject(stub, async (object, state) => {
      await object.alarm()
      return state.storage.sql.exec('SELECT name FROM sqlite_master').toArray()
    })
    expect(tables).toEqual([])
  })

  it('keeps an entry once, however often it is handed over', async () => {
    const stub = ledger('twice')
    await stub.spool({ entries: entries(0, 3), overflow }, Date.now())
    await stub.spool({ entries: entries(1, 4), overflow }, Date.now())
    expect(await stub.spoolSize()).toMatchObject({ rows: 4 })
  })

  it('past its number of rows drops what is new, counts it and tells of it', async () => {
    const stub = ledger('full')
    const full = { entries: entries(0, MAX_SPOOL_ROWS), overflow }
    expect(await stub.spool(full, Date.now())).toBe(true)
    const more = { entries: entries(MAX_SPOOL_ROWS, MAX_SPOOL_ROWS + 7), overflow }
    expect(await stub.spool(more, Date.now())).toBe(false)
    expect(await stub.spoolSize()).toMatchObject({ rows: MAX_SPOOL_ROWS, dropped: 7 })

    const sent: unknown[] = []
    await runInDurableObject(stub, (object) => {
      const send = async (message: string) => void sent.push(...JSON.parse(message))
      Reflect.set(object, 'env', { AUDIT_QUEUE: { send } })
    })
    while (await runDurableObjectAlarm(stub)) {
      // One alarm sends some; it goes on until nothing is left.
    }
    expect(sent).toHaveLength(MAX_SPOOL_ROWS + 1)
    expect(sent.at(-1)).toEqual({ id: 'the-overflow', count: 7 })
    expect(await stub.spoolSize()).toEqual({ rows: 0, bytes: 0, dropped: 0 })
  })

  it('past its number of bytes drops what is new', async () => {
    const stub = ledger('heavy')
    const body = JSON.stringify('x'.repeat(MAX_SPOOL_BYTES / 4))
    expect(await stub.spool({ entries: entries(0, 3, body), overflow }, Date.now())).toBe(true)
    expect(await stub.spool({ entries: entries(3, 4, body), overflow }, Date.now())).toBe(false)
    expect(await stub.spoolSize()).toMatchObject({ rows: 3, dropped: 1 })
  })

  it('sends what waits though it has a state to drop in a month', async () => {
    const stub = ledger('both')
    const now = Math.floor(Date.now() / 1000)
    const key = { module: 'lab', name: 'basket', id: 'h1' }
    const month = now + 30 * 86_400
    const write = { key, expected: null, version: 'v1', json: '1', expiresAt: month }
    expect(await stub.writeState(write, now)).toBe('written')
    await stub.spool({ entries: entries(0, 3), overflow }, Date.now())
    const alarm = () => runInDurableObject(stub, (_, { storage }) => storage.getAlarm())
    expect(await alarm()).toBeLessThanOrEqual(Date.now() + 60_000)

    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await stub.spoolSize()).toMatchObject({ rows: 0 })
    expect(await alarm()).toBe(month * 1000)
    expect(await stub.readState(key, now)).toEqual({ version: 'v1', json: '1' })
  })

  it('writes a state once, however often it is handed over', async () => {
    const stub = ledger('repeated')
    const now = Math.floor(Date.now() / 1000)
    const key = { module: 'lab', name: 'basket', id: 'h1' }
    const write = { key, expected: null, version: 'v1', json: '1', expiresAt: now + 60 }
    const change = { ...write, expected: 'v1', version: 'v2', json: '2' }
    const all = [write, write, change, change, write, { ...change, version: 'v3' }]
    const outcomes = []
    for (const each of all) outcomes.push(await stub.writeState(each, now))
    expect(outcomes).toEqual(['written', 'written', 'written', 'written', 'conflict', 'conflict'])
    await stub.deleteState(key)
    expect(await stub.writeState({ ...change, version: 'v3' }, now)).toBe('gone')
  })
})
