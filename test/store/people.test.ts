import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Person, people } from '../../src/store'
import { startSite } from '../oauth/driver'
import { callTool, connect, refresh } from '../support/oauth-flow'

let tenants = 0
/** People of a tenant of their own, and who was said to have changed. */
function store() {
  const changed: string[] = []
  const rows = people(env.DB, `people-${tenants++}`, async (id) => {
    changed.push(id)
  })
  return { rows, changed }
}

const ada: Person = {
  id: 'ada',
  name: 'Ada',
  email: undefined,
  role: 'operator',
  createdAt: 1,
}

describe('a change of a person', () => {
  it('gives them another role and says so', async () => {
    const { rows, changed } = store()
    await rows.add(ada)
    expect(await rows.change('ada', { role: 'member' })).toBe(true)
    expect(await rows.find('ada')).toEqual({ ...ada, role: 'member' })
    expect(changed).toEqual(['ada'])
  })

  it('removes them with their passkeys and says so', async () => {
    const { rows, changed } = store()
    await rows.add(ada)
    await rows.add({ ...ada, id: 'bob' })
    const passkey = {
      credentialId: 'one',
      personId: 'ada',
      name: undefined,
      publicKey: 'key',
      counter: 0,
      transports: [],
      createdAt: 1,
      lastUsedAt: undefined,
    }
    await rows.addPasskey(passkey, 20)
    await rows.addPasskey({ ...passkey, credentialId: 'two', personId: 'bob' }, 20)
    expect(await rows.change('ada', 'removed')).toBe(true)
    expect(await rows.find('ada')).toBeUndefined()
    expect(await rows.passkey('one')).toBeUndefined()
    expect(await rows.passkeysOf('bob')).toHaveLength(1)
    expect(changed).toEqual(['ada'])
  })

  it('says so again for who is gone, because saying it may have failed', async () => {
    const { rows, changed } = store()
    expect(await rows.change('nobody', 'removed')).toBe(false)
    expect(await rows.change('nobody', { role: 'operator' })).toBe(false)
    expect(changed).toEqual(['nobody', 'nobody'])
  })

  it('fails when nobody can be told', async () => {
    const deaf = people(env.DB, 'deaf', () => Promise.reject(new Error('unreachable')))
    await deaf.add(ada)
    await expect(deaf.change('ada', { role: 'member' })).rejects.toThrow('unreachable')
  })

  it('is one of their own tenant', async () => {
    const [one, other] = [store(), store()]
    await one.rows.add(ada)
    await other.rows.add(ada)
    await one.rows.change('ada', 'removed')
    expect(await other.rows.find('ada')).toEqual(ada)
  })
})

describe('within five seconds', () => {
  afterEach(() => {
    vi.useRealTimers()
  })
  const control = () => env.CONTROL_STATE.get(env.CONTROL_STATE.idFromName('default/control'))
  const own = people(env.DB, 'default', async (id) => {
    const now = Math.floor(Date.now() / 1000)
    await control().cut([id], now, 3660)
  })
  const later = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5000 })

  it('R-16 a role that was taken away is gone in an isolate that knew it', async () => {
    const isolate = startSite()
    const { tokens, userId } = await connect(isolate, { module: 'desk', scope: 'desk:read' })
    await own.change(userId, { role: 'operator' })
    later()
    const audit = async () =>
      (await callTool(isolate, 'desk', 'audit_notes', tokens.access_token)).text()
    expect(await audit()).toContain('audited')
    await own.change(userId, { role: 'member' })
    later()
    expect(await audit()).toContain('has no tool')
    // Without signing in again.
    const reading = await callTool(isolate, 'desk', 'read_note', tokens.access_token)
    expect(reading.status).toBe(200)
  })

  it('R-06 a person who was removed is nobody, there and at the token endpoint', async () => {
    const isolate = startSite()
    const { tokens, userId, client } = await connect(isolate, { module: 'desk' })
    const read = async () =>
      (await callTool(isolate, 'desk', 'read_note', tokens.access_token)).status
    expect(await read()).toBe(200)
    await own.change(userId, 'removed')
    later()
    expect(await read()).toBe(401)
    const response = await refresh(isolate, client, tokens.refresh_token)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' })
  })
})
