import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type ControlSnapshot,
  emptyControlCopy,
  expireControlCopy,
  readControl,
} from '../../src/control'

/** What was read of somebody under the first epoch. */
const remembered = { person: 'p', epoch: 1 }

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Switches that a test turns, and a clock that it sets. */
function switches() {
  const cuts: ControlSnapshot['cuts'] = []
  let epoch = 1
  let now = 1000
  let answer: 'at once' | 'failure' | 'never' = 'at once'
  const copy = emptyControlCopy()
  const read = vi.fn(async (_: number, known: number): Promise<ControlSnapshot | undefined> => {
    if (answer === 'failure') throw new Error('unreachable')
    if (answer === 'never') return new Promise(() => {})
    if (epoch === known) return undefined
    return { epoch, cuts: cuts.filter((cut) => cut.epoch > known) }
  })
  return {
    read,
    copy,
    control: () => readControl(copy, { now: () => now, read }),
    pass: (seconds: number) => {
      now += seconds
    },
    cut: (person: string) => {
      epoch += 1
      cuts.push({ person, epoch, expiresAt: now + 3600 })
    },
    answer: (how: typeof answer) => {
      answer = how
    },
  }
}

describe("an isolate's copy of the switches", () => {
  it('is read at first, and again when it is two seconds old', async () => {
    const { control, read, pass } = switches()
    await control()
    expect(read).toHaveBeenLastCalledWith(1000, 0)
    pass(1.99)
    await control()
    expect(read).toHaveBeenCalledTimes(1)
    pass(0.02)
    await control()
    expect(read).toHaveBeenCalledTimes(2)
    expect(read).toHaveBeenLastCalledWith(1002, 1)
  })

  it('A-22 knows of a cut when it was read again', async () => {
    const { control, pass, cut } = switches()
    expect((await control()).isCut(remembered)).toBe(false)
    cut('p')
    pass(2)
    expect((await control()).isCut(remembered)).toBe(true)
  })

  it('A-22 voids what was read before of that person, and nothing else', async () => {
    const { control, pass, cut } = switches()
    await control()
    cut('p')
    pass(2)
    const later = await control()
    expect(later.isCut(remembered)).toBe(true)
    expect(later.isCut({ ...remembered, person: 'another' })).toBe(false)
    // However little time lies between the cut and what was read after it.
    expect(later.isCut({ ...remembered, epoch: later.epoch })).toBe(false)
  })

  it('keeps what it knew when it is told only what is new', async () => {
    const { control, pass, cut } = switches()
    cut('p')
    await control()
    cut('q')
    pass(2)
    const later = await control()
    expect(later.isCut(remembered)).toBe(true)
    expect(later.isCut({ ...remembered, person: 'q' })).toBe(true)
  })

  it('A-22 voids anew what was read between two cuts', async () => {
    const { control, pass, cut } = switches()
    cut('p')
    const between = await control()
    cut('p')
    pass(2)
    expect((await control()).isCut({ ...remembered, epoch: between.epoch })).toBe(true)
  })

  it('forgets a cut when nobody can remember anything from before it', async () => {
    const { control, pass, cut, copy } = switches()
    cut('p')
    await control()
    pass(3600)
    cut('q')
    await control()
    expect([...copy.cuts.keys()]).toEqual(['q'])
  })

  it('keeps both of two answers that cross', async () => {
    const { copy } = switches()
    const old = Promise.withResolvers<ControlSnapshot>()
    const late = readControl(copy, { now: () => 1000, read: () => old.promise })
    const cutAt = (epoch: number, person: string) => ({
      epoch,
      cuts: [{ person, epoch, expiresAt: 9999 }],
    })
    await readControl(copy, { now: () => 1001, read: async () => cutAt(3, 'p') })
    old.resolve(cutAt(2, 'q'))
    const control = await late
    expect(control.isCut(remembered)).toBe(true)
    expect(control.isCut({ ...remembered, person: 'q' })).toBe(true)
    expect(copy.epoch).toBe(3)
  })

  it('is read again at once when this isolate has cut something itself', async () => {
    const { control, copy, read, cut } = switches()
    await control()
    cut('p')
    expireControlCopy(copy)
    expect((await control()).isCut(remembered)).toBe(true)
    expect(read).toHaveBeenCalledTimes(2)
  })

  it('is read by one request, while the others go on with it', async () => {
    const { control, read, pass, answer } = switches()
    await control()
    answer('never')
    pass(2)
    void control()
    expect((await control()).freshness).toBe('fresh')
    expect(read).toHaveBeenCalledTimes(2)
    // Whoever asked may be gone without an answer.
    pass(1)
    answer('at once')
    await control()
    expect(read).toHaveBeenCalledTimes(3)
  })

  it('is read by everyone who has nothing else to go by', async () => {
    const { control, read, answer } = switches()
    answer('never')
    void control()
    answer('at once')
    expect((await control()).freshness).toBe('fresh')
    expect(read).toHaveBeenCalledTimes(2)
  })
})

describe('switches that cannot be read', () => {
  it('are stale after five seconds, and fresh again afterwards', async () => {
    const { control, pass, answer, cut } = switches()
    cut('p')
    expect((await control()).freshness).toBe('fresh')
    answer('failure')
    pass(4.9)
    expect((await control()).freshness).toBe('fresh')
    pass(0.1)
    const stale = await control()
    expect(stale.freshness).toBe('stale')
    // What it knew it still knows.
    expect(stale.isCut(remembered)).toBe(true)
    answer('at once')
    pass(2)
    expect((await control()).freshness).toBe('fresh')
  })

  it('are stale when they could never be read', async () => {
    const { control, answer } = switches()
    answer('failure')
    expect((await control()).freshness).toBe('stale')
  })

  it('are waited for no longer than a second', async () => {
    const { control, answer } = switches()
    answer('never')
    const before = performance.now()
    expect((await control()).freshness).toBe('stale')
    expect(performance.now() - before).toBeLessThan(3000)
  })

  it('count when their answer comes too late for who asked', async () => {
    const { copy } = switches()
    const slow = Promise.withResolvers<ControlSnapshot>()
    const ports = { now: () => 1000, read: () => slow.promise }
    expect((await readControl(copy, ports)).freshness).toBe('stale')
    slow.resolve({ epoch: 7, cuts: [] })
    await vi.waitFor(() => expect(copy.epoch).toBe(7))
    expect((await readControl(copy, ports)).freshness).toBe('fresh')
  })

  it('are as old as the question when their answer took long', async () => {
    const { copy, read } = switches()
    let now = 1000
    const slow = async (...asked: [number, number]) => {
      now += 6
      return read(...asked)
    }
    expect((await readControl(copy, { now: () => now, read: slow })).freshness).toBe('stale')
  })

  it('are not asked by every request: less and less, and every two seconds at least', async () => {
    const { control, read, pass, answer } = switches()
    await control()
    answer('failure')
    pass(2)
    const asked: number[] = []
    for (let tenth = 0; tenth < 200; tenth++) {
      const before = read.mock.calls.length
      for (let request = 0; request < 5; request++) await control()
      const more = read.mock.calls.length - before
      expect(more).toBeLessThanOrEqual(1)
      if (more > 0) asked.push(tenth / 10)
      pass(0.1)
    }
    // The pauses end on a tenth of a second or just after it.
    const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? 0))
    expect(pauses[0]).toBeLessThan(0.7)
    expect(Math.max(...pauses)).toBeLessThan(2.2)
    expect(asked.length).toBeLessThan(14)
    expect(asked.length).toBeGreaterThan(8)
  })

  it('are tried by one request at a time', async () => {
    const { control, read, pass, answer } = switches()
    await control()
    answer('failure')
    pass(6)
    await control()
    answer('never')
    pass(1)
    void control()
    expect((await control()).freshness).toBe('stale')
    expect(read).toHaveBeenCalledTimes(3)
  })
})
