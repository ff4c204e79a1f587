/** What becomes of events while the queue takes none. */
import {
  createExecutionContext,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../src/app'
import type { AuditEvent } from '../../src/audit'
import { readConfig } from '../../src/config'
import { ledgerName } from '../../src/ledger'
import { objectStub } from '../../src/store'
import { connect, consume, type Journey, ORIGIN, rows, startJourney, TestQueue } from './journey'
import { effects, open } from './vault'

const config = readConfig(env)
const ledgerOf = (subject: string) => objectStub(env.CALL_LEDGER, config, ledgerName(subject))
const controlState = () => objectStub(env.CONTROL_STATE, config, 'control')
type Stub = ReturnType<typeof ledgerOf> | ReturnType<typeof controlState>

let journey: Journey
const down = async () => {
  throw new Error('queue is down')
}

beforeEach(() => {
  journey = startJourney()
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Runs the object's alarm on this queue in place of the bound one. */
async function drainInto(stub: Stub, queue: TestQueue): Promise<boolean> {
  await runInDurableObject(stub as ReturnType<typeof ledgerOf>, (object) => {
    Reflect.set(object, 'env', { AUDIT_QUEUE: queue })
  })
  return runDurableObjectAlarm(stub as ReturnType<typeof ledgerOf>)
}

/** Signs in while the queue works, and calls once it does not. */
async function callWhileDown(how: () => Promise<unknown> = down) {
  const { tokens } = await connect(journey, 'vault:read vault:write')
  const { subject = '' } = journey.queue.one('grant_issued')
  journey.queue.events.length = 0
  journey.queue.accept = how
  const response = await journey.call('/vault/mcp', 'store', { word: 'x' }, tokens.access_token)
  return { response, subject, ledger: ledgerOf(subject) }
}

describe('while the queue is down', () => {
  it('a call runs, and its events wait in the ledger of who called', async () => {
    const { response, ledger } = await callWhileDown()
    expect(response.status).toBe(200)
    expect(journey.queue.events).toEqual([])
    expect(await ledger.spoolSize()).toMatchObject({ rows: 2, dropped: 0 })
  })

  it('a queue that does not answer within a second is down too', async () => {
    const asked = vi.fn(() => new Promise(() => {}))
    const { response, ledger } = await callWhileDown(asked)
    expect(response.status).toBe(200)
    // The second event of the call did not wait for it again.
    expect(asked).toHaveBeenCalledTimes(1)
    expect(await ledger.spoolSize()).toMatchObject({ rows: 2 })
  })

  it('what nobody known has caused waits with the switches', async () => {
    const before = await controlState().spoolSize()
    journey.queue.accept = down
    await journey.register()
    expect((await controlState().spoolSize()).rows).toBe(before.rows + 1)
    const queue = new TestQueue()
    expect(await drainInto(controlState(), queue)).toBe(true)
    expect(queue.ofType('client_registered')).toHaveLength(1)
  })

  it('anonymous callers share a few ledgers', () => {
    const ids = Array.from({ length: 200 }, () => `anonymous:${crypto.randomUUID()}`)
    expect(new Set(ids.map(ledgerName)).size).toBeLessThanOrEqual(16)
    expect(ledgerName('person:a')).toBe('ledger/person:a')
  })

  it('what waits survives eviction and reaches the table exactly once', async () => {
    const { subject, ledger } = await callWhileDown()
    await evictDurableObject(ledger)
    const queue = new TestQueue()
    expect(await drainInto(ledger, queue)).toBe(true)
    expect(queue.events.map(({ type }) => type)).toEqual(['call_started', 'call_finished'])
    expect(await ledger.spoolSize()).toEqual({ rows: 0, bytes: 0, dropped: 0 })
    await consume(queue.events)
    await consume(queue.events) // a queue delivers at least once
    const written = await rows("subject = ? AND type LIKE 'call_%'", subject)
    expect(written.map(({ type }) => type)).toEqual(['call_started', 'call_finished'])
  })

  it('an alarm that finds the queue still down tries later, and loses nothing', async () => {
    const { ledger } = await callWhileDown()
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const broken = new TestQueue()
    broken.accept = down
    const waits: number[] = []
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await drainInto(ledger, broken)).toBe(true)
      const alarm = await runInDurableObject(ledger, (_, state) => state.storage.getAlarm())
      waits.push((alarm ?? 0) - Date.now())
    }
    expect(waits[0]).toBeGreaterThan(5_000)
    expect(waits[1]).toBeGreaterThan((waits[0] ?? 0) * 1.5)
    expect(waits[2]).toBeGreaterThan((waits[1] ?? 0) * 1.5)

    const queue = new TestQueue()
    await drainInto(ledger, queue)
    expect(queue.events).toHaveLength(2)
    expect(await runInDurableObject(ledger, (_, state) => state.storage.getAlarm())).toBe(null)
  })

  it('an alarm that fires twice sends once', async () => {
    const { ledger } = await callWhileDown()
    const queue = new TestQueue()
    await drainInto(ledger, queue)
    await runInDurableObject(ledger, (object) => object.alarm())
    expect(queue.events).toHaveLength(2)
  })

  it('a tool that changes something does not run when that can be noted nowhere', async () => {
    const logged: string[] = []
    vi.spyOn(console, 'error').mockImplementation((line) => logged.push(line))
    const bindings = {
      ...env,
      AUDIT_QUEUE: { send: down },
      CALL_LEDGER: { idFromName: () => 'id', get: () => ({ spool: down }) },
    } as unknown as Cloudflare.Env // as much of it as this call touches
    const app = createApp([open])
    const call = async (name: string) => {
      const context = createExecutionContext()
      const headers = {
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': name,
      }
      const _meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      }
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, _meta } }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      const response = await app.fetch(new Request(`${ORIGIN}/open/mcp`, init), bindings, context)
      await waitOnExecutionContext(context)
      return response
    }
    const before = effects.count
    const refused = await call('change')
    expect(refused.status).toBe(503)
    expect(await refused.text()).toContain('cannot record that right now')
    expect(effects.count).toBe(before)
    expect((await call('glance')).status).toBe(200)
    // The log is the last place there is.
    const lost = logged
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'audit_lost')
    const types = lost.flatMap(({ events }) => (events as AuditEvent[]).map(({ type }) => type))
    expect(types).toEqual(['call_started', 'call_finished', 'call_finished'])
  })
})

describe('the queue that is bound', () => {
  it('carries an event to the table', async () => {
    const real = startJourney({ AUDIT_QUEUE: env.AUDIT_QUEUE })
    const { client_id: clientId } = await real.register({ client_name: 'Through the queue' })
    await vi.waitFor(
      async () => {
        const [row] = await rows('client_id = ?', clientId)
        expect(row).toMatchObject({ type: 'client_registered', client_label: 'Through the queue' })
      },
      { timeout: 12_000, interval: 250 },
    )
  }, 15_000)
})
