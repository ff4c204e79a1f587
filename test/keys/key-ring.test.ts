/// <reference types="@cloudflare/vitest-plugin/types" />
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { PURPOSES, type Ring } from '../../src/keys'

const NOW = 1_800_000_000
const DAY = 86_400
const LONGEST = Math.max(...Object.values(PURPOSES))

const ringNamed = (name: string) => env.KEY_RING.get(env.KEY_RING.idFromName(name))
const idsOf = ({ current, older }: Ring) => [current.id, ...older.map(({ id }) => id)]

describe('the key ring', () => {
  it('makes one key on first use, however many ask at once', async () => {
    const stub = ringNamed('first use')
    const rings = await Promise.all(Array.from({ length: 20 }, () => stub.ring(NOW)))
    const [first] = rings
    expect(new Set(rings.map(({ current }) => current.id)).size).toBe(1)
    expect(rings.every(({ older }) => older.length === 0)).toBe(true)
    expect(first?.current.secret.byteLength).toBe(32)
    expect(first?.current).toMatchObject({ createdAt: NOW, verifiesUntil: null })
  })

  it('has the same key after it was evicted', async () => {
    const stub = ringNamed('evicted')
    const before = await stub.ring(NOW)
    await evictDurableObject(stub)
    const after = await stub.ring(NOW + 60)
    expect(after.current.id).toBe(before.current.id)
    expect(new Uint8Array(after.current.secret)).toEqual(new Uint8Array(before.current.secret))
  })

  it('writes nothing until it is asked for a key', async () => {
    const tables = await runInDurableObject(ringNamed('untouched'), (_, state) =>
      state.storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name = 'keys'")
        .toArray(),
    )
    expect(tables).toEqual([])
  })

  it('keeps rings of different names apart', async () => {
    const [one, two] = await Promise.all([ringNamed('one').ring(NOW), ringNamed('two').ring(NOW)])
    expect(new Uint8Array(one.current.secret)).not.toEqual(new Uint8Array(two.current.secret))
  })

  it('makes a new key on request and lets the old one verify until its seals are over', async () => {
    const stub = ringNamed('rotated')
    const before = await stub.ring(NOW)
    const after = await stub.rotate(NOW + DAY)
    expect(after.current.id).not.toBe(before.current.id)
    expect(idsOf(after)).toEqual([after.current.id, before.current.id])
    expect(after.older[0]?.verifiesUntil).toBeGreaterThanOrEqual(NOW + DAY + LONGEST)
    expect(idsOf(await stub.ring(NOW + DAY))).toEqual(idsOf(after))
  })

  it('lists old keys newest first, each with an end of its own', async () => {
    const stub = ringNamed('rotated often')
    const ids = []
    for (const day of [0, 1, 2]) ids.unshift((await stub.rotate(NOW + day * DAY)).current.id)
    const ring = await stub.ring(NOW + 2 * DAY)
    expect(idsOf(ring)).toEqual(ids)
    const [second, first] = ring.older
    expect(second?.verifiesUntil).toBe((first?.verifiesUntil ?? 0) + DAY)
  })

  it('forgets an old key when its last seal is over, and its secret with the next rotation', async () => {
    const stub = ringNamed('forgetful')
    const old = await stub.ring(NOW)
    const rotated = await stub.rotate(NOW)
    const end = rotated.older[0]?.verifiesUntil ?? 0
    expect(idsOf(await stub.ring(end - 1))).toContain(old.current.id)
    expect(idsOf(await stub.ring(end))).not.toContain(old.current.id)
    await stub.rotate(end)
    const kept = await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec<{ id: number }>('SELECT id FROM keys').toArray(),
    )
    expect(kept.map(({ id }) => id)).not.toContain(old.current.id)
  })

  it('makes a new key by itself when the current one is old', async () => {
    const stub = ringNamed('old')
    const before = await stub.ring(NOW)
    expect((await stub.ring(NOW + 90 * DAY - 1)).current.id).toBe(before.current.id)
    const rings = await Promise.all(Array.from({ length: 5 }, () => stub.ring(NOW + 90 * DAY)))
    expect(new Set(rings.map(({ current }) => current.id)).size).toBe(1)
    expect(rings[0]?.older.map(({ id }) => id)).toEqual([before.current.id])
  })
})
