import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TestQueue } from '../audit/journey'
import {
  askForToken,
  authorizationRequest,
  type Browser,
  broughtBack,
  type Client,
  callTool,
  connect,
  decide,
  type Fields,
  openBrowser,
  openConsent,
  redeem,
  refresh,
  register,
  tokensOf,
} from '../support/oauth-flow'
import { answer, grantsOf, ORIGIN, site, startSite } from './driver'

const DESK = `${ORIGIN}/desk/mcp`

afterEach(() => {
  vi.useRealTimers()
})

/** Moves the clock that the platform reads. */
function later(seconds: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
}

/** An install that may read, and what becomes of it. */
async function install(options: { client?: Client; browser?: Browser; scope?: string } = {}) {
  const client = options.client ?? (await register(site, { client_name: `App ${apps++}` }))
  const module = 'desk'
  const scope = 'desk:read'
  const connected = await connect(site, { module, scope, ...options, client })
  const { tokens, userId, grantId } = connected
  return {
    ...connected,
    write: async () =>
      (await answer(await callTool(site, 'desk', 'write_note', tokens.access_token))).status,
    /** Whether its access token is let in, asked in an isolate that has never seen it. */
    reads: async () =>
      (await callTool(startSite(), 'desk', 'read_note', tokens.access_token)).status === 200,
    refreshes: async () => (await refresh(site, client, tokens.refresh_token)).status === 200,
    isListed: async () => {
      const grants = await grantsOf(userId).list(Math.floor(Date.now() / 1000))
      return grants.some((grant) => grant.grantId === grantId)
    },
  }
}
let apps = 0

interface Asking {
  client: Client
  browser: Browser
  scope?: string | undefined
  resource?: string
  granted?: readonly string[]
}

/** Asks again, as a client does that was told it lacks a scope; the tokens are not used yet. */
async function askAgain({ client, browser, granted, ...asked }: Asking) {
  const fields: Fields = { resource: DESK, scope: 'desk:write', ...asked }
  const request = await authorizationRequest(client, fields)
  const consent = await openConsent(browser, request)
  const decided = await decide(browser, consent, granted && { scopes: granted })
  const { code = '' } = broughtBack(decided)
  const redeemed = async () => tokensOf(await redeem(site, request, code))
  return { userId: code.split(':')[0] ?? '', grantId: code.split(':')[1] ?? '', redeemed }
}

const use = async (accessToken: string, tool = 'read_note') =>
  (await callTool(startSite(), 'desk', tool, accessToken)).status

/** Steps up from a refused call to a first one that is not. */
async function stepUp(old: Awaited<ReturnType<typeof install>>, changes: Partial<Asking> = {}) {
  expect(await old.write()).toBe(403)
  const next = await askAgain({ ...old, ...changes })
  const tokens = await next.redeemed()
  expect(await use(tokens.access_token)).toBe(200)
  return { ...next, tokens }
}

/** Lets the grace pass, and the object do what is due then. */
async function afterGrace(userId: string) {
  later(31)
  await runDurableObjectAlarm(grantsOf(userId))
}

describe('a step-up', () => {
  it('A-22 ends the grant it replaces, and no other install of the same client', async () => {
    const old = await install()
    const other = await install({ client: old.client, browser: old.browser })
    const { tokens, grantId, userId } = await stepUp(old)
    const queue = new TestQueue()
    await runInDurableObject(grantsOf(userId), (instance) => {
      Reflect.set(instance, 'env', { ...Reflect.get(instance, 'env'), AUDIT_QUEUE: queue })
    })
    await afterGrace(userId)

    expect(await old.reads()).toBe(false)
    expect(await old.refreshes()).toBe(false)
    expect(await old.isListed()).toBe(false)
    // Also where it was remembered.
    const remembered = await callTool(site, 'desk', 'read_note', old.tokens.access_token)
    expect(remembered.status).toBe(401)
    expect(await use(tokens.access_token, 'write_note')).toBe(200)
    expect([await other.reads(), await other.refreshes()]).toEqual([true, true])
    const index = 'SELECT grant_id FROM client_grants WHERE user_id = ? AND client_id = ?'
    const { results } = await env.DB.prepare(index).bind(userId, old.client.clientId).all()
    expect(results.map(({ grant_id }) => grant_id).sort()).toEqual([grantId, other.grantId].sort())
    expect(queue.events).toEqual([
      expect.objectContaining({
        type: 'grant_revoked',
        subject: `person:${userId}`,
        actor: 'platform',
        clientId: old.client.clientId,
        grantId: old.grantId,
        module: 'desk',
        detail: `replaced by grant ${grantId}`,
      }),
    ])
  })

  it('A-22 leaves the old grant half a minute, for calls and windows that carry its token', async () => {
    const old = await install()
    later(0) // the clock stands still
    const { userId } = await stepUp(old)
    expect(await old.reads()).toBe(true)
    later(29)
    await runDurableObjectAlarm(grantsOf(userId))
    expect(await old.reads()).toBe(true)
    later(2)
    // Whether or not the alarm was in time.
    expect(await old.reads()).toBe(false)
  })

  it('A-22 is known for one in a session of 2025 as well', async () => {
    const old = await install()
    const headers = {
      authorization: `Bearer ${old.tokens.access_token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    const send = (body: object, more = {}) =>
      site.send('/desk/mcp', {
        method: 'POST',
        headers: { ...headers, ...more },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }),
      })
    const clientInfo = { name: 'tests', version: '1' }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
    const opened = await send({ method: 'initialize', params })
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
    const call = { method: 'tools/call', params: { name: 'write_note', arguments: {} } }
    expect((await send(call, session)).status).toBe(403)
    const tokens = await (await askAgain(old)).redeemed()
    expect(await use(tokens.access_token)).toBe(200)
    await afterGrace(old.userId)
    expect(await old.reads()).toBe(false)
  })

  it('A-22 is remembered over evictions', async () => {
    const old = await install()
    const evict = () => evictDurableObject(grantsOf(old.userId))
    expect(await old.write()).toBe(403)
    await evict()
    const next = await askAgain(old)
    await evict()
    const tokens = await next.redeemed()
    await evict()
    expect(await use(tokens.access_token)).toBe(200)
    await evict()
    await afterGrace(old.userId)
    expect(await old.reads()).toBe(false)
  })

  it('A-22 is known by any of several refused calls', async () => {
    const old = await install()
    expect(await old.write()).toBe(403)
    const shred = await callTool(site, 'desk', 'shred_notes', old.tokens.access_token)
    expect(shred.status).toBe(403)
    const tokens = await (await askAgain(old)).redeemed()
    expect(await use(tokens.access_token)).toBe(200)
    await afterGrace(old.userId)
    expect(await old.reads()).toBe(false)
  })

  it('A-22 ends the old grant although its access token was taken back meanwhile', async () => {
    const old = await install()
    expect(await old.write()).toBe(403)
    const next = await askAgain(old)
    await askForToken(site, old.client, { token: old.tokens.access_token })
    expect(await use((await next.redeemed()).access_token)).toBe(200)
    await afterGrace(old.userId)
    expect(await old.refreshes()).toBe(false)
  })
})

describe('the old grant goes on', () => {
  const expectAlive = async (old: Awaited<ReturnType<typeof install>>) => {
    await afterGrace(old.userId)
    expect([await old.isListed(), await old.reads(), await old.refreshes()]).toEqual([
      true,
      true,
      true,
    ])
  }

  it('A-22 until the new token was used', async () => {
    const old = await install()
    expect(await old.write()).toBe(403)
    const next = await askAgain(old)
    const tokens = await next.redeemed()
    // Nor does it count as use to try it elsewhere, or to take it back.
    const elsewhere = await callTool(startSite(), 'vault', 'open_vault', tokens.access_token)
    expect(elsewhere.status).toBe(401)
    await refresh(site, old.client, tokens.refresh_token)
    await expectAlive(old)
  })

  it('A-22 when the new code was never redeemed', async () => {
    const old = await install()
    expect(await old.write()).toBe(403)
    await askAgain(old)
    await expectAlive(old)
  })

  it('A-22 when the person said no', async () => {
    const old = await install()
    expect(await old.write()).toBe(403)
    const request = await authorizationRequest(old.client, { resource: DESK, scope: 'desk:write' })
    const consent = await openConsent(old.browser, request)
    const decided = await decide(old.browser, consent, { decision: 'deny' })
    expect(broughtBack(decided)).toMatchObject({ error: 'access_denied' })
    await expectAlive(old)
  })

  it('A-22 beside another install that was never refused anything', async () => {
    const old = await install()
    const next = await askAgain(old)
    expect(await use((await next.redeemed()).access_token)).toBe(200)
    await expectAlive(old)
  })

  it.each<[string, Partial<Asking>]>([
    ['the client asked for nothing by name', { scope: undefined }],
    ['it asked for something else', { scope: 'desk:read desk:shred' }],
    ['it got less than it was refused', { scope: 'desk:write', granted: ['desk:read'] }],
  ])('A-22 when %s', async (_, changes) => {
    const old = await install()
    expect(await old.write()).toBe(403)
    const next = await askAgain({ ...old, ...changes })
    const tokens = await next.redeemed()
    await use(tokens.access_token)
    await expectAlive(old)
  })

  it('A-22 when the new grant lacks something that it has', async () => {
    const old = await install({ scope: 'desk:read desk:shred' })
    await stepUp(old, { scope: 'desk:write' })
    await expectAlive(old)
  })

  it('A-22 when consent was given in another browser: that may be another machine', async () => {
    const old = await install()
    const browser = openBrowser(site)
    const { tokens } = await connect(site, {
      module: 'vault',
      browser,
      person: { id: old.userId },
    })
    expect(tokens.access_token).toContain(old.userId)
    await stepUp(old, { browser })
    await expectAlive(old)
  })

  it('A-22 when another install was refused the same: nobody knows whose step-up it is', async () => {
    const old = await install()
    const other = await install({ client: old.client, browser: old.browser })
    expect(await other.write()).toBe(403)
    await stepUp(old)
    await expectAlive(old)
    await expectAlive(other)
  })

  it('A-22 when the call was refused long ago', async () => {
    const old = await install()
    expect(await old.write()).toBe(403)
    later(901)
    const tokens = await (await askAgain(old)).redeemed()
    expect(await use(tokens.access_token)).toBe(200)
    await expectAlive(old)
  })

  it('A-22 for another client and another module', async () => {
    const old = await install()
    expect(await old.write()).toBe(403)
    const client = await register(site, { client_name: 'Somebody else' })
    for (const changes of [{ client }, { resource: `${ORIGIN}/vault/mcp`, scope: 'vault:open' }]) {
      const tokens = await (await askAgain({ ...old, ...changes })).redeemed()
      await use(tokens.access_token)
      await callTool(startSite(), 'vault', 'open_vault', tokens.access_token)
    }
    await expectAlive(old)
  })

  it('A-22 when its refresh token was used after the consent: somebody lives on it', async () => {
    const old = await install()
    expect(await old.write()).toBe(403)
    const next = await askAgain(old)
    const kept = await tokensOf(await refresh(site, old.client, old.tokens.refresh_token))
    expect(await use((await next.redeemed()).access_token)).toBe(200)
    later(60)
    await runDurableObjectAlarm(grantsOf(old.userId))
    expect(await use(kept.access_token)).toBe(200)
    expect((await refresh(site, old.client, kept.refresh_token)).status).toBe(200)
  })

  it('A-22 when its refresh token was used within the half minute', async () => {
    const old = await install()
    later(0) // the clock stands still
    const { userId } = await stepUp(old)
    later(10)
    const kept = await tokensOf(await refresh(site, old.client, old.tokens.refresh_token))
    later(60)
    await runDurableObjectAlarm(grantsOf(userId))
    expect(await use(kept.access_token)).toBe(200)
    expect((await refresh(site, old.client, kept.refresh_token)).status).toBe(200)
  })
})

describe('the cookie that tells browsers apart', () => {
  const consented = async (cookies: Record<string, string> = {}) => {
    const browser = openBrowser(site)
    for (const [name, value] of Object.entries(cookies)) browser.cookies.set(name, value)
    const request = await authorizationRequest(await register(site), { resource: DESK })
    const decided = await decide(browser, await openConsent(browser, request))
    const sent = decided.headers.getSetCookie().filter((cookie) => cookie.startsWith(NAME))
    expect(sent).toHaveLength(1)
    return sent[0] ?? ''
  }
  const NAME = '__Host-quayside-browser'

  it('S-04 is bound to this host and out of reach of scripts, and random', async () => {
    const cookie = await consented()
    expect(cookie).toMatch(
      /^__Host-quayside-browser=[\w-]{22}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=34560000$/,
    )
    expect(await consented()).not.toBe(cookie)
  })

  it('is kept as it is, unless it is none of ours', async () => {
    const id = 'A'.repeat(22)
    expect(await consented({ [NAME]: id })).toContain(`=${id};`)
    for (const odd of ['', 'short', `${id}A`, 'A'.repeat(4000), '%0d%0aset-cookie: a=b']) {
      expect(await consented({ [NAME]: odd })).toMatch(/=[\w-]{22};/)
    }
  })

  it('S-09 is stored as a digest, beside the grant', async () => {
    const browser = openBrowser(site)
    const { userId } = await connect(site, { module: 'desk', browser })
    const [row] = await runInDurableObject(grantsOf(userId), (_, { storage }) =>
      storage.sql.exec<{ browser: string }>('SELECT browser FROM grants').toArray(),
    )
    expect(row?.browser).toMatch(/^[\w-]{22}$/)
    expect(row?.browser).not.toBe(browser.cookies.get(NAME))
  })
})

describe('a refused call', () => {
  const challenges = (userId: string) =>
    runInDurableObject(grantsOf(userId), (_, { storage }) =>
      storage.sql.exec<{ scope: string; at: number }>('SELECT scope, at FROM challenges').toArray(),
    )

  it('that is tried again and again is noted once a minute', async () => {
    const old = await install()
    const asked = vi.spyOn(console, 'warn')
    for (let time = 0; time < 3; time++) expect(await old.write()).toBe(403)
    const [first, ...more] = await challenges(old.userId)
    expect(first?.scope).toBe('desk:write')
    expect(more).toEqual([])
    const { at = 0 } = first ?? {}
    for (const seconds of [59, 60]) {
      await grantsOf(old.userId).challenge(old.grantId, ['desk:write'], at + seconds)
    }
    expect(await challenges(old.userId)).toEqual([{ scope: 'desk:write', at: at + 60 }])
    expect(asked).not.toHaveBeenCalled()
    asked.mockRestore()
  })

  it('is forgotten when it cannot lead to anything any more', async () => {
    const old = await install()
    expect(await old.write()).toBe(403)
    const [{ at } = { at: 0 }] = await challenges(old.userId)
    await grantsOf(old.userId).challenge(old.grantId, ['desk:shred'], at + 901)
    expect(await challenges(old.userId)).toEqual([{ scope: 'desk:shred', at: at + 901 }])
    await grantsOf(old.userId).end([old.grantId], { type: 'grant_revoked', detail: 'a test' })
    expect(await challenges(old.userId)).toEqual([])
  })

  it('of nobody is not noted', async () => {
    const old = await install()
    await grantsOf(old.userId).challenge('AAAAAAAAAAAAAAAA', ['desk:write'], 1)
    expect(await challenges(old.userId)).toEqual([])
    const empty = grantsOf('nobody')
    await empty.challenge('AAAAAAAAAAAAAAAA', ['desk:write'], 1)
    expect(await empty.list(0)).toEqual([])
  })

  it('is answered all the same when it cannot be noted', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const old = await install()
    const grants = env.USER_GRANTS
    const unreachable = {
      idFromName: (name: string) => grants.idFromName(name),
      get: (id: DurableObjectId) =>
        new Proxy(grants.get(id), {
          get: (stub, method) =>
            method === 'challenge'
              ? () => Promise.reject(new Error('unreachable'))
              : Reflect.get(stub, method),
        }),
    }
    const isolate = startSite({ bindings: { USER_GRANTS: unreachable } })
    const response = await callTool(isolate, 'desk', 'write_note', old.tokens.access_token)
    expect(response.status).toBe(403)
    await vi.waitFor(() =>
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('challenge_not_noted')),
    )
    warn.mockRestore()
  })
})
