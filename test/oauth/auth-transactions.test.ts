import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'

const NOW = Math.floor(Date.now() / 1000)

let transactions = 0
const transaction = () =>
  env.AUTH_TRANSACTIONS.get(
    env.AUTH_TRANSACTIONS.idFromName(`default/transaction/${transactions++}`),
  )

let guards = 0
const guard = () => env.REPLAY_GUARD.get(env.REPLAY_GUARD.idFromName(`default/replay/${guards++}`))

describe('a transaction', () => {
  it('A-16 is consumed by one of a hundred', async () => {
    const stub = transaction()
    await stub.put('sealed', NOW + 600)
    const taken = await Promise.all(Array.from({ length: 100 }, () => stub.consume(NOW)))
    expect(taken.filter(Boolean)).toHaveLength(1)
    expect(await stub.get(NOW)).toBeUndefined()
    expect(await stub.consume(NOW)).toBe(false)
  })

  it('is read as often as one likes until then, over an eviction', async () => {
    const stub = transaction()
    await stub.put('sealed', NOW + 600)
    expect(await stub.get(NOW)).toBe('sealed')
    await evictDurableObject(stub)
    expect(await stub.get(NOW)).toBe('sealed')
    expect(await stub.consume(NOW)).toBe(true)
  })

  it('S-05 lives for its time only', async () => {
    const stub = transaction()
    await stub.put('sealed', NOW + 600)
    expect(await stub.get(NOW + 599)).toBe('sealed')
    expect(await stub.get(NOW + 600)).toBeUndefined()
    expect(await stub.consume(NOW + 600)).toBe(false)
  })

  it('leaves nothing behind when its alarm fires, twice', async () => {
    const stub = transaction()
    await stub.put('sealed', NOW + 600)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    await runInDurableObject(stub, (instance) => instance.alarm())
    const kept = await runInDurableObject(stub, (_, { storage }) => storage.list())
    expect(kept.size).toBe(0)
  })

  it('is not there for a handle that nobody made', async () => {
    expect(await transaction().get(NOW)).toBeUndefined()
    expect(await transaction().consume(NOW)).toBe(false)
  })
})

describe('an assertion id', () => {
  it('is claimed by one of a hundred', async () => {
    const stub = guard()
    const claims = await Promise.all(
      Array.from({ length: 100 }, () => stub.claim('id', NOW, NOW + 60)),
    )
    expect(claims.filter(Boolean)).toHaveLength(1)
  })

  it('stays claimed until it has expired, over an eviction', async () => {
    const stub = guard()
    expect(await stub.claim('id', NOW, NOW + 60)).toBe(true)
    await evictDurableObject(stub)
    expect(await stub.claim('id', NOW + 59, NOW + 120)).toBe(false)
    expect(await stub.claim('another', NOW + 59, NOW + 120)).toBe(true)
    expect(await stub.claim('id', NOW + 60, NOW + 120)).toBe(true)
  })

  it('is kept by the alarm until it has expired, and the object is empty afterwards', async () => {
    const stub = guard()
    await stub.claim('long', NOW, NOW + 3600)
    await stub.claim('short', NOW, NOW - 1)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    await runInDurableObject(stub, (instance) => instance.alarm())
    expect(await stub.claim('long', NOW, NOW + 60)).toBe(false)
    const empty = guard()
    await empty.claim('over', NOW, NOW - 1)
    await runDurableObjectAlarm(empty)
    const tables = await runInDurableObject(empty, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'seen'").toArray(),
    )
    expect(tables).toEqual([])
  })
})
