import { describe, expect, it } from 'vitest'
import {
  createSealer,
  emptySealerCache,
  type MasterKey,
  PURPOSES,
  type Purpose,
  type Ring,
} from '../../src/keys'
import { decodeBase64Url, encodeBase64Url } from '../../src/lib'

const VALUE = ['a', 1, { b: null }]
const DAY = 86_400

/** The ring as its object keeps it, with a clock and a count of who asked. */
function sharedRing() {
  let nextId = 1
  const newKey = (): MasterKey => {
    const secret = crypto.getRandomValues(new Uint8Array(32)).buffer
    return { id: nextId++, secret, createdAt: shared.now, verifiesUntil: null }
  }
  const idSecret = crypto.getRandomValues(new Uint8Array(32)).buffer
  const shared = {
    now: 1_800_000_000,
    reads: 0,
    ring: undefined as Ring | undefined,
    rotate(verifiesSeconds = 30 * DAY) {
      const ring = shared.ring ?? { current: newKey(), older: [], idSecret }
      const retired = { ...ring.current, verifiesUntil: shared.now + verifiesSeconds }
      shared.ring = { current: newKey(), older: [retired, ...ring.older], idSecret }
    },
    async read(): Promise<Ring> {
      shared.reads++
      shared.ring ??= { current: newKey(), older: [], idSecret }
      return structuredClone(shared.ring)
    },
    /** A sealer with nothing cached: another isolate. */
    isolate(tenant = 'default') {
      const ports = { tenant, readRing: shared.read, now: () => shared.now }
      return createSealer(ports, emptySealerCache())
    },
  }
  return shared
}

const changed = (
  sealed: string,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
): string => {
  const bytes = decodeBase64Url(sealed)
  if (!bytes) throw new Error('the seal is not base64url')
  return encodeBase64Url(change(bytes))
}

describe('a sealed value', () => {
  it('opens in another isolate of the same tenant', async () => {
    const shared = sharedRing()
    const sealed = await shared.isolate().seal('session', VALUE)
    expect(sealed).toMatch(/^[\w-]+$/)
    expect(await shared.isolate().open('session', sealed)).toEqual(VALUE)
  })

  it.each(Object.keys(PURPOSES) as Purpose[])(
    'of purpose %s opens for no other',
    async (purpose) => {
      const sealer = sharedRing().isolate()
      const sealed = await sealer.seal(purpose, VALUE)
      for (const other of Object.keys(PURPOSES) as Purpose[]) {
        expect(await sealer.open(other, sealed)).toEqual(other === purpose ? VALUE : undefined)
      }
    },
  )

  it('opens for no other tenant, even on the same keys', async () => {
    const shared = sharedRing()
    const sealed = await shared.isolate('one').seal('session', VALUE)
    expect(await shared.isolate('two').open('session', sealed)).toBeUndefined()
  })

  it('opens for no other deployment', async () => {
    const sealed = await sharedRing().isolate().seal('session', VALUE)
    expect(await sharedRing().isolate().open('session', sealed)).toBeUndefined()
  })

  it('stays shut when any bit of it is flipped', async () => {
    const sealer = sharedRing().isolate()
    const sealed = await sealer.seal('session', VALUE)
    const bits = (decodeBase64Url(sealed)?.length ?? 0) * 8
    for (let bit = 0; bit < bits; bit++) {
      const forged = changed(sealed, (bytes) => {
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        return bytes
      })
      expect(await sealer.open('session', forged)).toBeUndefined()
    }
  })

  it('stays shut when anything is missing from it or added to it', async () => {
    const sealer = sharedRing().isolate()
    const sealed = await sealer.seal('session', VALUE)
    const length = decodeBase64Url(sealed)?.length ?? 0
    for (let kept = 0; kept < length; kept++) {
      expect(
        await sealer.open(
          'session',
          changed(sealed, (bytes) => bytes.slice(0, kept)),
        ),
      ).toBeUndefined()
    }
    const longer = changed(sealed, (bytes) => Uint8Array.from([...bytes, 0]))
    expect(await sealer.open('session', longer)).toBeUndefined()
  })

  it('has one spelling', async () => {
    const sealer = sharedRing().isolate()
    const sealed = await sealer.seal('session', VALUE)
    for (const other of [`${sealed}=`, `${sealed} `, ` ${sealed}`, `${sealed}\n`]) {
      expect(await sealer.open('session', other)).toBeUndefined()
    }
  })

  it.each(['', 'A', 'AQAAAAA', 'null', '{}', '../..', '💥', 'x'.repeat(100_000), '\0', '%00'])(
    'is not %j',
    async (garbage) => {
      expect(await sharedRing().isolate().open('session', garbage)).toBeUndefined()
    },
  )
})

describe('a rotated key', () => {
  it('goes on opening what it sealed, while new seals use its successor', async () => {
    const shared = sharedRing()
    const sealer = shared.isolate()
    const before = await sealer.seal('session', 'before')
    shared.rotate()
    shared.now += 61
    const after = await sealer.seal('session', 'after')
    expect(keyIdOf(after)).not.toBe(keyIdOf(before))
    for (const opener of [sealer, shared.isolate()]) {
      expect(await opener.open('session', before)).toBe('before')
      expect(await opener.open('session', after)).toBe('after')
    }
  })

  it('is found at once by an isolate that has not heard of it', async () => {
    const shared = sharedRing()
    const old = shared.isolate()
    await old.seal('session', VALUE)
    shared.now += 1
    shared.rotate()
    const sealed = await shared.isolate().seal('session', VALUE)
    expect(await old.open('session', sealed)).toEqual(VALUE)
  })

  it('opens nothing once its time is over, also from a copy that still has it', async () => {
    const shared = sharedRing()
    const sealer = shared.isolate()
    const sealed = await sealer.seal('session', VALUE)
    shared.rotate(30)
    shared.now += 1
    const late = shared.isolate()
    expect(await late.open('session', sealed)).toEqual(VALUE)
    shared.now += 29
    const { reads } = shared
    expect(await late.open('session', sealed)).toBeUndefined()
    expect(shared.reads).toBe(reads)
  })
})

describe('reading the ring', () => {
  it('happens once a minute, not once a seal', async () => {
    const shared = sharedRing()
    const sealer = shared.isolate()
    for (let second = 0; second < 60; second++) {
      expect(await sealer.open('session', await sealer.seal('session', VALUE))).toEqual(VALUE)
      shared.now += 1
    }
    expect(shared.reads).toBe(1)
    await sealer.seal('session', VALUE)
    expect(shared.reads).toBe(2)
  })

  it('happens at most once a second for key ids nobody knows', async () => {
    const shared = sharedRing()
    const sealer = shared.isolate()
    const sealed = await sealer.seal('session', VALUE)
    const foreign = (id: number) =>
      changed(sealed, (bytes) => {
        new DataView(bytes.buffer).setUint32(1, id)
        return bytes
      })
    for (let second = 0; second < 3; second++) {
      shared.now += 1
      for (let id = 1000; id < 1100; id++) {
        expect(await sealer.open('session', foreign(id))).toBeUndefined()
      }
    }
    expect(shared.reads).toBe(1 + 3)
  })

  it('does not happen for what is no seal at all', async () => {
    const shared = sharedRing()
    const sealer = shared.isolate()
    for (const garbage of ['', 'garbage', 'AQAAAAA']) await sealer.open('session', garbage)
    expect(shared.reads).toBe(0)
  })

  it('is repeated at once when its object was reset while it was asked', async () => {
    const shared = sharedRing()
    let resets = 1
    const readRing = async () => {
      if (resets-- > 0) throw new Error('reset by a deploy')
      return await shared.read()
    }
    const ports = { tenant: 'default', readRing, now: () => shared.now }
    const sealer = createSealer(ports, emptySealerCache())
    expect(await sealer.open('session', await sealer.seal('session', VALUE))).toEqual(VALUE)
  })

  it('is repeated by the next request when it fails', async () => {
    const shared = sharedRing()
    let down = true
    const readRing = async () => {
      if (down) throw new Error('the object is away')
      return await shared.read()
    }
    const ports = { tenant: 'default', readRing, now: () => shared.now }
    const sealer = createSealer(ports, emptySealerCache())
    await expect(sealer.seal('session', VALUE)).rejects.toThrow('the object is away')
    down = false
    expect(await sealer.open('session', await sealer.seal('session', VALUE))).toEqual(VALUE)
  })
})

function keyIdOf(sealed: string): number {
  const bytes = decodeBase64Url(sealed) ?? new Uint8Array(5)
  return new DataView(bytes.buffer).getUint32(1)
}
