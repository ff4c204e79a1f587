import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answer, grantsOf, site, startSite } from '../oauth/driver'
import { askForToken, callTool, connect, refresh, tokensOf } from '../support/oauth-flow'

let tenants = 0
const state = () =>
  env.CONTROL_STATE.get(env.CONTROL_STATE.idFromName(`tenant-${tenants++}/control`))

describe('the switches', () => {
  it('say nothing new to who knows the latest', async () => {
    const control = state()
    expect(await control.snapshot(100, 0)).toEqual({ epoch: 1, cuts: [] })
    expect(await control.snapshot(100, 1)).toBeUndefined()
    await control.cut(['p'], 100, 60)
    const snapshot = { epoch: 2, cuts: [{ person: 'p', epoch: 2, expiresAt: 160 }] }
    expect(await control.snapshot(100, 1)).toEqual(snapshot)
    expect(await control.snapshot(100, 2)).toBeUndefined()
  })

  it('tell only what is new, and everything to who knows nothing', async () => {
    const control = state()
    await control.cut(['p'], 100, 60)
    await control.cut(['q'], 100, 60)
    expect((await control.snapshot(100, 2))?.cuts).toMatchObject([{ person: 'q', epoch: 3 }])
    expect((await control.snapshot(100, 0))?.cuts).toHaveLength(2)
  })

  it('A-22 keep a cut for as long as anything can be remembered, over an eviction', async () => {
    const control = state()
    await control.cut(['p'], 100, 60)
    await evictDurableObject(control)
    expect((await control.snapshot(159, 0))?.cuts).toHaveLength(1)
    expect((await control.snapshot(160, 0))?.cuts).toEqual([])
  })

  it('A-22 tell of a second cut of the same person again, and keep one row of it', async () => {
    const control = state()
    await control.cut(['p'], 200, 60)
    await control.cut(['p'], 200, 10)
    expect((await control.snapshot(200, 2))?.cuts).toEqual([
      { person: 'p', epoch: 3, expiresAt: 260 },
    ])
    expect((await control.snapshot(200, 0))?.cuts).toHaveLength(1)
  })

  it('count a hundred cuts at the same moment', async () => {
    const control = state()
    const cuts = Array.from({ length: 100 }, (_, index) => control.cut([`p${index}`], 1, 60))
    expect(new Set(await Promise.all(cuts)).size).toBe(100)
    expect((await control.snapshot(1, 0))?.cuts).toHaveLength(100)
  })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('a cut', () => {
  const own = () => env.CONTROL_STATE.get(env.CONTROL_STATE.idFromName('default/control'))
  const now = () => Math.floor(Date.now() / 1000)
  const later = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2000 })

  it('A-22 has an isolate read the token again within its re-read', async () => {
    const { userId, grantId, tokens } = await connect(site, { module: 'desk' })
    const isolate = startSite()
    const call = async () =>
      (await callTool(isolate, 'desk', 'read_note', tokens.access_token)).status
    expect(await call()).toBe(200)
    await runInDurableObject(grantsOf(userId), (_, { storage }) => {
      storage.sql.exec('DELETE FROM grants WHERE grant_id = ?', grantId)
    })
    // What it remembers, until it hears of it.
    expect(await call()).toBe(200)
    await own().cut([userId], now(), 3600)
    later()
    expect(await call()).toBe(401)
  })

  it('A-22 ends no token whose grant goes on, nor one issued at the same moment', async () => {
    const { client, tokens, userId, browser } = await connect(site, { module: 'desk' })
    const isolate = startSite()
    expect((await callTool(isolate, 'desk', 'read_note', tokens.access_token)).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    await own().cut([userId], now(), 3600)
    const second = await connect(site, { module: 'desk', client, browser })
    later()
    for (const { access_token } of [tokens, second.tokens]) {
      for (const to of [site, isolate, startSite()]) {
        expect((await callTool(to, 'desk', 'read_note', access_token)).status).toBe(200)
      }
    }
  })

  it('A-22 makes one row of whatever one person does', async () => {
    const { client, userId, tokens } = await connect(site, { module: 'desk' })
    const cutsOf = async () => {
      const { cuts = [] } = (await own().snapshot(now(), 0)) ?? {}
      return cuts.filter(({ person }) => person === userId)
    }
    let { access_token, refresh_token } = tokens
    for (let round = 0; round < 5; round++) {
      await askForToken(site, client, { token: access_token })
      ;({ access_token, refresh_token } = await tokensOf(
        await refresh(site, client, refresh_token),
      ))
    }
    expect(await cutsOf()).toHaveLength(1)
  })
})

describe('while the switches cannot be read', () => {
  const unreachable = {
    idFromName: (name: string) => env.CONTROL_STATE.idFromName(name),
    get: (id: DurableObjectId) =>
      new Proxy(env.CONTROL_STATE.get(id), {
        get: (stub, method) =>
          method === 'snapshot'
            ? () => Promise.reject(new Error('unreachable'))
            : Reflect.get(stub, method),
      }),
  }

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
