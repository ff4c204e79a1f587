import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createWorker } from '../../src/app'
import { consumeAudit, redact } from '../../src/audit'
import { auditEvents } from '../../src/store'
import { rows } from './journey'
import { open } from './vault'

const event = (facts: object = {}) =>
  redact(
    { type: 'signed_in', outcome: 'ok', ...facts },
    { tenant: 'default', correlationId: 'correlated', sourceAddress: '::1', userAgent: 'tests' },
    { id: crypto.randomUUID(), at: Date.now() },
  )

const logged: string[] = []
beforeEach(() => {
  logged.length = 0
  for (const level of ['warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line) => logged.push(`${level} ${line}`))
  }
})
afterEach(() => {
  vi.restoreAllMocks()
})

async function consume(bodies: unknown[], db: D1Database = env.DB, attempts = 1) {
  const messages = bodies.map((body, index) => ({
    id: `m${index}`,
    timestamp: new Date(),
    attempts,
    body: JSON.stringify([body]),
  }))
  const batch = createMessageBatch('quayside-audit', messages)
  const context = createExecutionContext()
  // What the harness collects of a retry leaves out its delay.
  const delays = batch.messages.map((message) => vi.spyOn(message, 'retry'))
  await consumeAudit(batch, auditEvents(db))
  const { explicitAcks, retryMessages } = await getQueueResult(batch, context)
  return {
    acks: explicitAcks,
    retries: retryMessages.map(({ msgId }) => msgId),
    delays: delays.flatMap(({ mock }) => mock.calls.map(([options]) => options?.delaySeconds)),
  }
}

const brokenDatabase = {
  prepare: () => ({ bind: () => ({}) }),
  batch: () => Promise.reject(new Error('D1_ERROR: overloaded, token=abc')),
} as unknown as D1Database // all of it that a write touches

describe('the consumer of the audit queue', () => {
  it('writes a batch and acknowledges it', async () => {
    const events = [event(), event({ subject: 'person:a' })]
    expect((await consume(events)).acks).toEqual(['m0', 'm1'])
    const ids = events.map(({ id }) => id)
    const written = await rows('event_id IN (?, ?)', ...ids)
    expect(written.map((row) => row.event_id)).toEqual(ids)
  })

  it('is what the Worker exports as its queue handler', async () => {
    const { queue } = createWorker([open])
    const one = event()
    const message = { id: 'm', timestamp: new Date(), attempts: 1, body: JSON.stringify([one]) }
    const batch = createMessageBatch('quayside-audit', [message])
    const context = createExecutionContext()
    await queue?.(batch, env, context)
    expect((await getQueueResult(batch, context)).explicitAcks).toEqual(['m'])
    expect(await rows('event_id = ?', one.id)).toHaveLength(1)
  })

  it('writes an event once, in one batch twice or in two', async () => {
    const one = event({ detail: 'first' })
    await consume([one, one])
    await consume([{ ...one, detail: 'second' }])
    const written = await rows('event_id = ?', one.id)
    expect(written.map(({ detail }) => detail)).toEqual(['first'])
  })

  it('writes a hundred events in one statement', async () => {
    const prepare = vi.spyOn(env.DB, 'prepare')
    const events = Array.from({ length: 100 }, () => event({ detail: 'a hundred' }))
    await consume(events)
    expect(prepare).toHaveBeenCalledTimes(1)
    expect(await rows('detail = ?', 'a hundred')).toHaveLength(100)
  })

  it.each([
    ['nothing', null],
    ['text', 'secret-text'],
    ['an event without an id', { ...event(), id: undefined }],
    ['an unknown type', { ...event(), type: 'secret-type' }],
    ['an event that is too long', { ...event(), userAgent: 'secret-agent'.repeat(100) }],
  ])('drops %s, says where it is wrong and not what it holds', async (_, body) => {
    const good = event()
    expect((await consume([body, good])).acks).toEqual(['m0', 'm1'])
    expect(await rows('event_id = ?', good.id)).toHaveLength(1)
    expect(logged).toHaveLength(1)
    expect(logged[0]).toMatch(/^error \{"event":"audit_event_unreadable","id":"m0","problems":\[/)
    expect(logged[0]).not.toContain('secret-')
  })

  it('writes the other events of a message with one that is none', async () => {
    const [first, last] = [event(), event()]
    const batch = createMessageBatch('quayside-audit', [
      {
        id: 'm',
        timestamp: new Date(),
        attempts: 1,
        body: JSON.stringify([first, 'secret-text', last]),
      },
    ])
    const context = createExecutionContext()
    await consumeAudit(batch, auditEvents(env.DB))
    expect((await getQueueResult(batch, context)).explicitAcks).toEqual(['m'])
    expect(await rows('event_id IN (?, ?)', first.id, last.id)).toHaveLength(2)
  })

  it('leaves an event of a newer version to a newer consumer', async () => {
    const result = await consume([{ ...event(), version: 2 }, event()])
    expect(result).toEqual({ acks: ['m1'], retries: ['m0'], delays: [300] })
  })

  it.each([
    { attempts: 1, delaySeconds: 10 },
    { attempts: 4, delaySeconds: 80 },
    { attempts: 60, delaySeconds: 3600 },
  ])(
    'tries again in $delaySeconds s when the table cannot be written, at attempt $attempts',
    async ({ attempts, delaySeconds }) => {
      const one = event()
      const result = await consume([one, 'unreadable'], brokenDatabase, attempts)
      expect(result).toEqual({ acks: ['m1'], retries: ['m0'], delays: [delaySeconds] })
      expect(logged.join()).not.toContain('abc')
      await consume([one])
      expect(await rows('event_id = ?', one.id)).toHaveLength(1)
    },
  )
})

describe('the table', () => {
  it('refuses to change an event', async () => {
    const one = event()
    await consume([one])
    const change = env.DB.prepare("UPDATE audit_events SET outcome = 'failed' WHERE event_id = ?")
    await expect(change.bind(one.id).run()).rejects.toThrow('audit events are never changed')
  })
})
