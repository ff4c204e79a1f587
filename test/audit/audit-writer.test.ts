import { describe, expect, it, vi } from 'vitest'
import { type AuditEvent, createAuditWriters, emptyWriterMemory } from '../../src/audit'

const ORIGIN = {
  tenant: 'default',
  correlationId: 'correlated',
  sourceAddress: undefined,
  userAgent: undefined,
}

function writing(memory = emptyWriterMemory()) {
  const batches: AuditEvent[][] = []
  const work: Promise<unknown>[] = []
  let clock = 1_000_000
  const ports = {
    queue: {
      send: vi.fn(async (message: string) => {
        batches.push(JSON.parse(message))
      }),
    },
    spool: vi.fn(async () => true),
    labelOf: vi.fn(async (): Promise<string | undefined> => 'Label'),
    memory,
    now: () => clock,
  }
  const writers = createAuditWriters(ports)
  const waitUntil = (promise: Promise<unknown>) => void work.push(promise)
  return {
    ports,
    batches,
    memory,
    work,
    writer: writers(ORIGIN, waitUntil),
    other: writers({ ...ORIGIN, correlationId: 'another-one' }, waitUntil),
    settle: () => Promise.all(work),
    pass: (milliseconds: number) => {
      clock += milliseconds
    },
  }
}

describe('the writer', () => {
  it('sends what one turn says as one batch, after it', async () => {
    const { writer, batches, settle } = writing()
    writer.write({ type: 'setup_used', outcome: 'ok' })
    writer.write({ type: 'signed_in', outcome: 'ok' })
    expect(batches).toEqual([])
    await settle()
    expect(batches.map((batch) => batch.map(({ type }) => type))).toEqual([
      ['setup_used', 'signed_in'],
    ])
  })

  it('never sends more at once than a queue takes', async () => {
    const { writer, batches, settle } = writing()
    for (let index = 0; index < 530; index++) writer.write({ type: 'signed_in', outcome: 'ok' })
    await settle()
    expect(batches.map(({ length }) => length)).toEqual([250, 250, 30])
    expect(new Set(batches.flat().map(({ id }) => id)).size).toBe(530)
  })

  it('never sends a message that is larger than a queue takes', async () => {
    const { writer, batches, settle } = writing()
    const facts = { type: 'signed_in', outcome: 'ok', detail: '€'.repeat(200) } as const
    for (let index = 0; index < 100; index++) {
      writer.write({ ...facts, clientId: 'c'.repeat(512), scopes: Array(32).fill('s'.repeat(100)) })
    }
    await settle()
    const sizes = batches.map((batch) => new TextEncoder().encode(JSON.stringify(batch)).length)
    expect(Math.max(...sizes)).toBeLessThan(128_000)
    expect(batches.flat()).toHaveLength(100)
  })

  it('asks what a client is called, but not for a call', async () => {
    const { writer, batches, settle, ports } = writing()
    writer.write({ type: 'grant_issued', outcome: 'ok', clientId: 'c' })
    writer.write({ type: 'call_finished', outcome: 'ok', clientId: 'c', callId: 'call-one' })
    await settle()
    expect(batches.flat().map(({ clientLabel }) => clientLabel)).toEqual(['Label', undefined])
    expect(ports.labelOf).toHaveBeenCalledTimes(1)
  })

  it('writes without a name when it cannot be read', async () => {
    const { writer, batches, settle, ports } = writing()
    ports.labelOf.mockRejectedValue(new Error('down'))
    writer.write({ type: 'grant_issued', outcome: 'ok', clientId: 'c' })
    await settle()
    expect(batches.flat()).toMatchObject([{ type: 'grant_issued', clientId: 'c' }])
  })

  it('spools the events of each caller with that caller', async () => {
    const { writer, settle, ports } = writing()
    ports.queue.send.mockRejectedValue(new Error('down'))
    writer.write({ type: 'signed_in', outcome: 'ok', subject: 'person:a' })
    writer.write({ type: 'signed_in', outcome: 'ok', subject: 'person:b' })
    writer.write({ type: 'setup_used', outcome: 'ok' })
    await settle()
    const owners = ports.spool.mock.calls as unknown as [string | undefined][]
    expect(owners.map(([owner]) => owner)).toEqual(['person:a', 'person:b', undefined])
  })

  it('leaves a queue that is down alone for a while, then asks again', async () => {
    const { writer, ports, pass } = writing()
    ports.queue.send.mockRejectedValueOnce(new Error('down'))
    const write = () => writer.writeNow({ type: 'call_started', outcome: 'started' })
    expect([await write(), await write()]).toEqual([true, true])
    expect(ports.queue.send).toHaveBeenCalledTimes(1)
    expect(ports.spool).toHaveBeenCalledTimes(2)
    pass(5000)
    await write()
    expect(ports.queue.send).toHaveBeenCalledTimes(2)
    expect(ports.spool).toHaveBeenCalledTimes(2)
  })

  it('gathers what several requests say into one message', async () => {
    vi.useFakeTimers()
    try {
      const { writer, other, batches, work } = writing()
      writer.gather({ type: 'call_finished', outcome: 'ok', callId: 'call-one' })
      other.gather({ type: 'call_finished', outcome: 'ok', callId: 'call-two' })
      expect([batches.length, work.length]).toEqual([0, 1])
      await vi.advanceTimersByTimeAsync(1000)
      await Promise.all(work)
      expect(batches.map((batch) => batch.map(({ callId, at }) => [callId, at]))).toEqual([
        [
          ['call-one', 1_000_000],
          ['call-two', 1_000_000],
        ],
      ])
      expect(new Set(batches.flat().map(({ correlationId }) => correlationId)).size).toBe(2)
    } finally {
      vi.useRealTimers()
    }
  })

  it('sends what it gathered as soon as there is a message full of it', async () => {
    const { writer, batches } = writing()
    for (let index = 0; index < 300; index++) {
      writer.gather({ type: 'call_finished', outcome: 'ok' })
    }
    await vi.waitFor(() => expect(batches.map(({ length }) => length)).toEqual([250]))
  })

  it('leaves what nobody waits for until the answer is on its way', async () => {
    const { writer, settle } = writing()
    const work = vi.fn()
    writer.afterwards(work)
    await Promise.resolve()
    expect(work).not.toHaveBeenCalled()
    await settle()
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('spools what it gathered when the queue is down', async () => {
    const { writer, ports } = writing()
    ports.queue.send.mockRejectedValue(new Error('down'))
    for (let index = 0; index < 250; index++) {
      writer.gather({ type: 'call_finished', outcome: 'ok', subject: 'person:a' })
    }
    await vi.waitFor(() => expect(ports.spool).toHaveBeenCalledTimes(1))
    const [call] = ports.spool.mock.calls as unknown as [string, { entries: unknown[] }][]
    expect([call?.[0], call?.[1].entries.length]).toEqual(['person:a', 250])
  })

  it('says so when there was no room anywhere', async () => {
    const { writer, ports } = writing()
    ports.queue.send.mockRejectedValue(new Error('down'))
    ports.spool.mockResolvedValue(false)
    expect(await writer.writeNow({ type: 'call_started', outcome: 'started' })).toBe(false)
  })

  it('counts what strangers cause beyond measure instead of writing it', async () => {
    const { writer, batches, settle, pass } = writing()
    const refuse = () => writer.write({ type: 'access_refused', outcome: 'invalid_token' })
    for (let index = 0; index < 350; index++) refuse()
    writer.write({ type: 'access_refused', outcome: 'insufficient_scope', subject: 'person:a' })
    pass(60_000)
    refuse()
    await settle()
    const events = batches.flat()
    expect(events).toHaveLength(302)
    expect(events.at(-2)).toMatchObject({ subject: 'person:a' })
    expect(events.at(-1)).toMatchObject({ outcome: 'invalid_token', count: 50 })
  })
})
