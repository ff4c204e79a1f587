import { describe, expect, it, vi } from 'vitest'
import { type ControlSnapshot, type Cut, emptyControlCopy, readControl } from '../../src/control'

const facts = { token: 't', grant: 'g', person: 'p', client: 'c', issuedAt: 100 }
const cut = (kind: Cut['kind'], id: string, before = 100): Cut => ({ kind, id, before })

/** Switches that a test turns, and a clock that it sets. */
function switches(...cuts: Cut[]) {
  let snapshot: ControlSnapshot = { epoch: 1, cuts }
  let now = 1000
  let failing = false
  const copy = emptyControlCopy()
  const read = vi.fn(async (_: number, known: number | undefined) => {
    if (failing) throw new Error('unreachable')
    return snapshot.epoch === known ? undefined : snapshot
  })
  return {
    read,
    copy,
    control: () => readControl(copy, { now: () => now, read }),
    pass: (seconds: number) => {
      now += seconds
    },
    cut: (...more: Cut[]) => {
      snapshot = { epoch: snapshot.epoch + 1, cuts: [...snapshot.cuts, ...more] }
    },
    fail: (yes = true) => {
      failing = yes
    },
  }
}

describe("an isolate's copy of the switches", () => {
  it('is read at first, and again when it is two seconds old', async () => {
    const { control, read, pass } = switches()
    await control()
    pass(1.99)
    await control()
    expect(read).toHaveBeenCalledTimes(1)
    pass(0.02)
    await control()
    expect(read).toHaveBeenCalledTimes(2)
    expect(read).toHaveBeenLastCalledWith(1002, 1)
  })

  it('A-22 knows of a cut when it was read again', async () => {
    const { control, pass, cut: cutOff } = switches()
    expect((await control()).isCut(facts)).toBe(false)
    cutOff(cut('grant', 'g'))
    pass(2)
    expect((await control()).isCut(facts)).toBe(true)
  })

  it.each<[Cut['kind'], string]>([
    ['token', 't'],
    ['grant', 'g'],
    ['person', 'p'],
    ['client', 'c'],
  ])('A-22 cuts by %s, what was issued by then and no other', async (kind, id) => {
    const control = await switches(cut(kind, id)).control()
    expect(control.isCut(facts)).toBe(true)
    expect(control.isCut({ ...facts, issuedAt: 101 })).toBe(false)
    expect(control.isCut({ ...facts, [kind]: 'another' })).toBe(false)
    const elsewhere = await switches(cut(kind, 'another')).control()
    expect(elsewhere.isCut(facts)).toBe(false)
  })

  it('does not take the id of one kind for that of another', async () => {
    const control = await switches(cut('client', 'g'), cut('grant', 'grant/g')).control()
    expect(control.isCut(facts)).toBe(false)
  })

  it('is stale when it could not be read for five seconds, and fresh again afterwards', async () => {
    const { control, pass, fail } = switches(cut('grant', 'g'))
    expect((await control()).freshness).toBe('fresh')
    fail()
    pass(4.9)
    expect((await control()).freshness).toBe('fresh')
    pass(0.1)
    const stale = await control()
    expect(stale.freshness).toBe('stale')
    // What it knew it still knows.
    expect(stale.isCut(facts)).toBe(true)
    fail(false)
    expect((await control()).freshness).toBe('fresh')
  })

  it('is stale when it could never be read', async () => {
    const { control, fail } = switches()
    fail()
    expect((await control()).freshness).toBe('stale')
  })

  it('is as old as the question when its answer took long', async () => {
    const { copy, read } = switches()
    let now = 1000
    const slow = async (...asked: [number, number | undefined]) => {
      now += 6
      return read(...asked)
    }
    expect((await readControl(copy, { now: () => now, read: slow })).freshness).toBe('stale')
  })

  it('keeps the newer of two answers that cross', async () => {
    const { copy } = switches()
    const old = Promise.withResolvers<ControlSnapshot>()
    const late = readControl(copy, { now: () => 1000, read: () => old.promise })
    const newer = { epoch: 3, cuts: [cut('grant', 'g')] }
    await readControl(copy, { now: () => 1001, read: async () => newer })
    old.resolve({ epoch: 2, cuts: [] })
    expect((await late).isCut(facts)).toBe(true)
    expect(copy.epoch).toBe(3)
  })
})
