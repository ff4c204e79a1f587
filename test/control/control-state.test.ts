import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ControlState } from '../../src/control'
import { answer, site, startSite } from '../oauth/driver'
import { callTool, connect, register } from '../support/oauth-flow'

let tenants = 0
const state = () =>
  env.CONTROL_STATE.get(env.CONTROL_STATE.idFromName(`tenant-${tenants++}/control`))

describe('the switches', () => {
  it('say nothing new to who knows the latest', async () => {
    const control = state()
    const first = await control.snapshot(100)
    expect(first).toEqual({ epoch: 1, cuts: [] })
    expect(await control.snapshot(100, 1)).toBeUndefined()
    await control.cut([{ kind: 'grant', id: 'g', before: 100 }], 100, 60)
    expect(await control.snapshot(100, 1)).toEqual({
      epoch: 2,
      cuts: [{ kind: 'grant', id: 'g', before: 100 }],
    })
  })

  it('A-22 keep a cut for as long as a credential could live, over an eviction', async () => {
    const control = state()
    await control.cut([{ kind: 'person', id: 'p', before: 100 }], 100, 60)
    await evictDurableObject(control)
    expect((await control.snapshot(159))?.cuts).toHaveLength(1)
    expect((await control.snapshot(160))?.cuts).toEqual([])
  })

  it('A-22 only ever cut more: the later of two cuts counts', async () => {
    const control = state()
    await control.cut([{ kind: 'client', id: 'c', before: 200 }], 200, 60)
    await control.cut([{ kind: 'client', id: 'c', before: 100 }], 200, 10)
    expect((await control.snapshot(200))?.cuts).toEqual([{ kind: 'client', id: 'c', before: 200 }])
    expect((await control.snapshot(259))?.cuts).toHaveLength(1)
  })

  it('count a hundred cuts at the same moment', async () => {
    const control = state()
    const cuts = Array.from({ length: 100 }, (_, index) =>
      control.cut([{ kind: 'token', id: `t${index}`, before: 1 }], 1, 60),
    )
    expect(new Set(await Promise.all(cuts)).size).toBe(100)
    expect((await control.snapshot(1))?.cuts).toHaveLength(100)
  })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('a cut', () => {
  const own = () => env.CONTROL_STATE.get(env.CONTROL_STATE.idFromName('default/control'))
  const now = () => Math.floor(Date.now() / 1000)

  it.each(['person', 'client', 'grant'] as const)(
    'A-22 of a %s reaches an isolate that had seen the token within its re-read',
    async (kind) => {
      const client = await register(site, { client_name: `Cut by ${kind}` })
      const { userId, grantId, tokens } = await connect(site, { module: 'desk', client })
      const isolate = startSite()
      expect((await callTool(isolate, 'desk', 'read_note', tokens.access_token)).status).toBe(200)
      const id = { person: userId, client: client.clientId, grant: grantId }[kind]
      await own().cut([{ kind, id, before: now() }], now(), 3600)
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2000 })
      const { status } = await callTool(isolate, 'desk', 'read_note', tokens.access_token)
      expect(status).toBe(401)
    },
  )
})

describe('while the switches cannot be read', () => {
  const unreachable = new Proxy(env.CONTROL_STATE, {
    get(target, name) {
      if (name !== 'get') return Reflect.get(target, name, target)
      return (id: DurableObjectId) =>
        new Proxy(target.get(id), {
          get: (stub, method) =>
            method === 'snapshot'
              ? () => Promise.reject(new Error('unreachable'))
              : Reflect.get(stub, method),
        })
    },
  }) as DurableObjectNamespace<ControlState>

  it('R-06 what reads goes on, and what changes something is refused', async () => {
    const scope = 'desk:write'
    const { tokens } = await connect(site, { module: 'desk', scope, granted: ['desk:write'] })
    const isolate = startSite({ bindings: { CONTROL_STATE: unreachable } })
    const reading = await callTool(isolate, 'desk', 'read_note', tokens.access_token)
    expect(reading.status).toBe(200)
    await reading.text()
    const changing = await answer(
      await callTool(isolate, 'desk', 'write_note', tokens.access_token),
    )
    expect(JSON.stringify(changing.body)).not.toContain('written')
    expect(changing.body.error ?? changing.body.result.isError).toBeTruthy()
    expect((await callTool(site, 'desk', 'write_note', tokens.access_token)).status).toBe(200)
  })
})
