import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { aeadOpen, deriveAeadKey, utf8 } from '../../src/lib'
import { NotToldError, type RevokePorts } from '../../src/oauth'
import { operatorModule } from '../../src/oauth/operator-module'
import { REFRESH_GRACE_SECONDS } from '../../src/oauth/user-grants'
import { TestQueue } from '../audit/journey'
import {
  authorizationRequest,
  broughtBack,
  callTool,
  connect,
  decide,
  openBrowser,
  openConsent,
  redeem,
  refresh,
  register,
  tokensOf,
} from '../support/oauth-flow'
import { answer, grantsOf, ORIGIN, site, startSite } from './driver'

const NOW = 1_800_000_000

/** The provider's record, as far as the object reads it. */
const record = (client = 'client', resource = 'https://host/desk/mcp', redeemed = true) =>
  JSON.stringify({
    clientId: client,
    resource,
    scope: ['desk:read'],
    ...(!redeemed && { authCodeWrappedKey: 'key' }),
  })

let users = 0
/** The object of a user nobody has used yet. */
const object = () => grantsOf(`user-${users++}`)

const grant = (grantId: string, version = 0, value = record()) => ({
  owner: { tenant: 'default', userId: 'ada' },
  grantId,
  version,
  record: { value, expiresAt: NOW + 86_400 },
  tokens: [] as { id: string; value: string; expiresAt: number }[],
  deletedTokens: [] as string[],
})

const token = (id: string, expiresAt = NOW + 3600) => ({ id, value: `record of ${id}`, expiresAt })

/** What a refresh commits. */
const used = (hash: string) => ({ hash, replay: utf8(`replay of ${hash}`).buffer })

const count = (stub: ReturnType<typeof object>, table: string): Promise<number> =>
  runInDurableObject(
    stub,
    (_, { storage }) =>
      storage.sql.exec<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`).one().rows,
  )

const REQUEST = {
  tenant: 'default',
  correlationId: 'correlation',
  sourceAddress: '203.0.113.7',
  userAgent: 'tests/1.0',
}

const open = (
  stub: ReturnType<typeof object>,
  grantId: string,
  presented: string | undefined,
  now: number,
) => stub.open(grantId, presented, now, REQUEST)

const end = (stub: ReturnType<typeof object>, ...grantIds: string[]) =>
  stub.end(grantIds, { type: 'grant_revoked', detail: 'a test', origin: REQUEST })

const alarmOf = (stub: ReturnType<typeof object>): Promise<number | null> =>
  runInDurableObject(stub, (_, { storage }) => storage.getAlarm())

/** Gives the object other bindings. Returns what gives it back its own. */
async function bind(
  stub: ReturnType<typeof object>,
  bindings: Record<string, unknown>,
): Promise<() => Promise<void>> {
  const set = (all: object) =>
    runInDurableObject(stub, (instance) => {
      Reflect.set(instance, 'env', all)
    })
  const own = await runInDurableObject(stub, (instance) => ({ all: Reflect.get(instance, 'env') }))
  await set({ ...own.all, ...bindings })
  return () => set(own.all)
}

/** What the object records from now on. */
async function recordOf(stub: ReturnType<typeof object>): Promise<TestQueue> {
  const queue = new TestQueue()
  await bind(stub, { AUDIT_QUEUE: queue })
  return queue
}

/** A binding that fails whatever it is asked. */
const unreachable = new Proxy(
  {},
  {
    get: () => () => {
      throw new Error('unreachable')
    },
  },
)

/** Waits until nothing is left to be done about grants that have ended. */
const settled = (stub: ReturnType<typeof object>) =>
  vi.waitFor(async () => expect(await count(stub, 'endings')).toBe(0))

const indexed = async (grantId: string): Promise<boolean> =>
  (await env.DB.prepare('SELECT 1 FROM client_grants WHERE grant_id = ?').bind(grantId).first()) !==
  null

afterEach(() => {
  vi.useRealTimers()
})

describe('a commit', () => {
  it('A-14 counts only for the version that was opened', async () => {
    const grants = object()
    expect(await grants.commit(grant('a'), NOW)).toBe(true)
    expect(await open(grants, 'a', undefined, NOW)).toMatchObject({ kind: 'found', version: 1 })
    expect(await grants.commit(grant('a', 1), NOW)).toBe(true)
    for (const version of [0, 1, 3, -1, 99]) {
      expect(await grants.commit(grant('a', version), NOW)).toBe(false)
    }
    expect(await open(grants, 'a', undefined, NOW)).toMatchObject({ version: 2 })
  })

  it('A-14 of one version is one of a hundred', async () => {
    const grants = object()
    await grants.commit(grant('a'), NOW)
    const commits = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        grants.commit({ ...grant('a', 1), tokens: [token(`t${index}`)], used: used('same') }, NOW),
      ),
    )
    expect(commits.filter(Boolean)).toHaveLength(1)
    expect(await count(grants, 'access_tokens')).toBe(1)
    expect(await count(grants, 'used_refresh_tokens')).toBe(1)
  })

  it('writes all of it or nothing', async () => {
    const grants = object()
    await grants.commit({ ...grant('a'), tokens: [token('t1')] }, NOW)
    // The same access token twice breaks off after the grant was written.
    const broken = { ...grant('a', 1), tokens: [token('t2'), token('t1')], used: used('h') }
    await runInDurableObject(grants, async (instance) => {
      await expect(instance.commit(broken, NOW)).rejects.toThrow()
    })
    expect(await open(grants, 'a', undefined, NOW)).toMatchObject({ version: 1 })
    expect(await grants.token('t2', NOW)).toBeUndefined()
    expect(await open(grants, 'a', 'h', NOW)).toMatchObject({ kind: 'found' })
  })

  it('does not bring back what was revoked meanwhile', async () => {
    const grants = object()
    await grants.commit(grant('a'), NOW)
    expect(await end(grants, 'a')).toEqual({ ended: ['a'], told: true })
    expect(await grants.commit({ ...grant('a', 1), tokens: [token('t')] }, NOW)).toBe(false)
    expect(await open(grants, 'a', undefined, NOW)).toEqual({ kind: 'none' })
    expect(await grants.token('t', NOW)).toBeUndefined()
  })
})

describe('an opening', () => {
  it('finds nothing and writes nothing where nobody is', async () => {
    const grants = object()
    expect(await open(grants, 'a', 'h', NOW)).toEqual({ kind: 'none' })
    expect(await grants.token('t', NOW)).toBeUndefined()
    expect(await grants.list(NOW)).toEqual([])
    expect(await end(grants, 'a')).toEqual({ ended: [], told: true })
    const tables = await runInDurableObject(grants, (_, { storage }) =>
      storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\'")
        .toArray(),
    )
    expect(tables).toEqual([])
  })

  it('A-14 replays a used token to the end of its grace, and is a trap from then on', async () => {
    const grants = object()
    await grants.commit(grant('a'), NOW)
    await grants.commit({ ...grant('a', 1), tokens: [token('t')], used: used('h') }, NOW)
    const end = NOW + REFRESH_GRACE_SECONDS
    expect(await open(grants, 'a', 'h', end)).toMatchObject({ kind: 'replay', clientId: 'client' })
    expect(await open(grants, 'a', 'h', end + 1)).toEqual({
      kind: 'reused',
      clientId: 'client',
      resource: 'https://host/desk/mcp',
    })
    expect(await open(grants, 'a', undefined, end + 1)).toEqual({ kind: 'none' })
    expect(await grants.token('t', end + 1)).toBeUndefined()
  })

  it('A-14 of one grant is no trap for another', async () => {
    const grants = object()
    await grants.commit(grant('a'), NOW)
    await grants.commit(grant('b'), NOW)
    await grants.commit({ ...grant('a', 1), used: used('h') }, NOW)
    expect(await open(grants, 'b', 'h', NOW + 60)).toMatchObject({ kind: 'found' })
    expect(await open(grants, 'a', undefined, NOW + 60)).toMatchObject({ kind: 'found' })
  })

  it('A-14 keeps used hashes until the family ends, and their replays for the grace only', async () => {
    const grants = object()
    await grants.commit(grant('a'), NOW)
    for (let version = 1; version <= 20; version++) {
      const commit = { ...grant('a', version), used: used(`h${version}`) }
      await grants.commit(commit, NOW + version * 60)
    }
    expect(await count(grants, 'used_refresh_tokens')).toBe(20)
    expect(await count(grants, 'used_refresh_tokens WHERE replay IS NOT NULL')).toBe(1)
    await end(grants, 'a')
    expect(await count(grants, 'used_refresh_tokens')).toBe(0)
  })

  it('A-16 finds no code and no grant after its time', async () => {
    const grants = object()
    await grants.commit(grant('a'), NOW)
    expect(await open(grants, 'a', undefined, NOW + 86_399)).toMatchObject({ kind: 'found' })
    expect(await open(grants, 'a', undefined, NOW + 86_400)).toEqual({ kind: 'none' })
  })
})

describe('a person with many grants', () => {
  it('keeps ten of one client and module, and retires the one idle longest', async () => {
    const grants = object()
    for (let number = 0; number < 10; number++) {
      await grants.commit({ ...grant(`g${number}`), tokens: [token(`t${number}`)] }, NOW + number)
    }
    // The oldest is in use.
    await grants.commit({ ...grant('g0', 1), tokens: [token('t')], used: used('h') }, NOW + 3999)
    const queue = await recordOf(grants)
    await grants.commit(grant('one more'), NOW + 4000)
    const left = (await grants.list(NOW + 4000)).map(({ grantId }) => grantId)
    expect(left).toHaveLength(10)
    expect(left).toContain('one more')
    expect(left).not.toContain('g1')
    expect(await grants.token('t1', NOW + 100)).toBeUndefined()
    await vi.waitFor(() => expect(queue.events).toHaveLength(1))
    expect(queue.one('grant_revoked')).toMatchObject({
      tenant: 'default',
      subject: 'person:ada',
      actor: 'platform',
      clientId: 'client',
      grantId: 'g1',
      module: 'desk',
      scopes: ['desk:read'],
      outcome: 'ok',
      detail: 'made room for a newer one of the same client',
    })
  })

  it('ends none for a code that nobody redeems', async () => {
    const grants = object()
    for (let number = 0; number < 10; number++) await grants.commit(grant(`g${number}`), NOW)
    const code = record('client', 'https://host/desk/mcp', false)
    for (let number = 0; number < 15; number++) {
      await grants.commit(grant(`code${number}`, 0, code), NOW + number)
    }
    expect(await grants.list(NOW + 60)).toHaveLength(10)
    expect(await count(grants, 'grants WHERE redeemed = 0')).toBe(10)
    // The one that is redeemed makes room for itself.
    await grants.commit(grant('code14', 1), NOW + 60)
    const left = (await grants.list(NOW + 60)).map(({ grantId }) => grantId)
    expect(left).toHaveLength(10)
    expect(left).toContain('code14')
  })

  it('counts other clients and modules apart', async () => {
    const grants = object()
    for (let number = 0; number < 10; number++) {
      await grants.commit(grant(`a${number}`, 0, record('a')), NOW)
      await grants.commit(grant(`b${number}`, 0, record('b')), NOW)
      await grants.commit(grant(`c${number}`, 0, record('a', 'https://host/vault/mcp')), NOW)
    }
    expect(await grants.list(NOW)).toHaveLength(30)
  })

  it('retires none for a grant that is only used', async () => {
    const grants = object()
    for (let number = 0; number < 10; number++) await grants.commit(grant(`g${number}`), NOW)
    await grants.commit({ ...grant('g3', 1), used: used('h') }, NOW + 60)
    expect(await grants.list(NOW)).toHaveLength(10)
  })

  it('A-22 lists what was redeemed, newest first', async () => {
    const grants = object()
    await grants.commit(grant('first'), NOW)
    await grants.commit(grant('second'), NOW + 1)
    await grants.commit(grant('a code', 0, record('client', 'https://host/desk/mcp', false)), NOW)
    expect(await grants.list(NOW)).toMatchObject([
      { grantId: 'second', clientId: 'client', scope: ['desk:read'] },
      { grantId: 'first', createdAt: NOW, lastUsedAt: NOW, expiresAt: NOW + 86_400 },
    ])
  })

  it('A-22 retires the eleventh install everywhere, also where its token was just used', {
    timeout: 30_000,
  }, async () => {
    const client = await register(site, { client_name: 'Installed often' })
    const first = await connect(site, { module: 'desk', client })
    const { browser } = first
    expect((await callTool(site, 'desk', 'read_note', first.tokens.access_token)).status).toBe(200)
    await runInDurableObject(grantsOf(first.userId), (_, { storage }) => {
      storage.sql.exec('UPDATE grants SET last_used_at = last_used_at - 100')
    })
    for (let number = 0; number < 10; number++) {
      await connect(site, { module: 'desk', client, browser })
    }
    await settled(grantsOf(first.userId))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2000 })
    for (const to of [site, startSite()]) {
      const response = await callTool(to, 'desk', 'read_note', first.tokens.access_token)
      expect(response.status).toBe(401)
    }
    expect(await indexed(first.grantId)).toBe(false)
  })
})

describe('the alarm', () => {
  it('ends what has expired, may fire twice, and keeps the rest', async () => {
    const grants = object()
    const now = Math.floor(Date.now() / 1000)
    const old = { ...grant('old'), record: { value: record(), expiresAt: now - 10 } }
    const young = { ...grant('young'), record: { value: record(), expiresAt: now + 1000 } }
    await grants.commit({ ...old, tokens: [token('t1', now - 10)] }, now - 100)
    await grants.commit({ ...young, tokens: [token('t2', now - 10), token('t3', now + 10)] }, now)
    await grants.commit({ ...young, version: 1, used: used('h') }, now)
    expect(await runDurableObjectAlarm(grants)).toBe(true)
    await runInDurableObject(grants, (instance) => instance.alarm())
    expect(await count(grants, 'grants')).toBe(1)
    expect(await count(grants, 'access_tokens')).toBe(1)
    expect(await count(grants, 'used_refresh_tokens')).toBe(1)
    expect(await grants.token('t3', now)).toBe('record of t3')
    // And is set again for what is left.
    expect(await alarmOf(grants)).toBe((now + 1000) * 1000)
  })

  it('is set to the next expiry, and to no later one by what comes after', async () => {
    const grants = object()
    const until = (expiresAt: number) => ({ record: { value: record(), expiresAt } })
    await grants.commit({ ...grant('a'), ...until(NOW + 500) }, NOW)
    expect(await alarmOf(grants)).toBe((NOW + 500) * 1000)
    await grants.commit({ ...grant('b'), ...until(NOW + 900) }, NOW)
    expect(await alarmOf(grants)).toBe((NOW + 500) * 1000)
    await grants.commit({ ...grant('c'), ...until(NOW + 100) }, NOW)
    expect(await alarmOf(grants)).toBe((NOW + 100) * 1000)
  })

  it('is not set again once nothing is left', async () => {
    const grants = object()
    await grants.commit(grant('a'), NOW)
    await end(grants, 'a')
    expect(await runDurableObjectAlarm(grants)).toBe(true)
    expect(await alarmOf(grants)).toBeNull()
  })

  it.each<[string, boolean, string]>([
    ['a grant that was not used for a month', true, 'it was not used for 30 days'],
    ['a code that nobody redeemed', false, 'its code was not used'],
  ])('A-22 leaves an event of %s, and no row in the index', async (_, redeemed, detail) => {
    const client = await register(site)
    const browser = openBrowser(site)
    const request = await authorizationRequest(client, { resource: `${ORIGIN}/desk/mcp` })
    const decided = await decide(browser, await openConsent(browser, request))
    const { code = '' } = broughtBack(decided)
    const [userId = '', grantId = ''] = code.split(':')
    if (redeemed) await tokensOf(await redeem(site, request, code))
    expect(await indexed(grantId)).toBe(true)

    const grants = grantsOf(userId)
    const queue = await recordOf(grants)
    const seconds = redeemed ? 30 * 86_400 : 600
    const at = Date.now() + seconds * 1000
    vi.useFakeTimers({ toFake: ['Date'], now: at + 60_000 })
    expect(await runDurableObjectAlarm(grants)).toBe(true)
    expect(await count(grants, 'grants')).toBe(0)
    expect(await indexed(grantId)).toBe(false)
    const event = queue.one('grant_expired')
    expect(event).toMatchObject({
      tenant: 'default',
      subject: `person:${userId}`,
      actor: 'platform',
      clientId: client.clientId,
      grantId,
      module: 'desk',
      scopes: ['desk:read'],
      outcome: 'ok',
      detail,
    })
    // When it expired, not when that was noticed.
    expect(Math.abs(event.at - at)).toBeLessThan(10_000)
  })
})

describe('what follows from an ending', () => {
  /** An object that ends a grant as soon as it has its alarm, and cannot reach one binding. */
  const broken = async (binding: 'CONTROL_STATE' | 'DB' | 'AUDIT_QUEUE') => {
    const grants = object()
    const now = Math.floor(Date.now() / 1000)
    const ended = { ...grant('a'), record: { value: record(), expiresAt: now - 10 } }
    await grants.commit(ended, now - 100)
    const queue = await recordOf(grants)
    const mend = await bind(grants, { [binding]: unreachable })
    return { grants, queue, mend }
  }

  it.each(['CONTROL_STATE', 'DB'] as const)(
    'stays to be done while %s cannot be reached, and is done once it can',
    async (binding) => {
      const warn = vi.spyOn(console, 'warn').mockReturnValue()
      const { grants, queue, mend } = await broken(binding)
      expect(await runDurableObjectAlarm(grants)).toBe(true)
      // The grant has ended all the same.
      expect(await count(grants, 'grants')).toBe(0)
      expect(await count(grants, 'endings')).toBe(1)
      expect(queue.events).toEqual([])
      expect(await alarmOf(grants)).toBeLessThanOrEqual(Date.now() + 61_000)
      await mend()
      await evictDurableObject(grants)
      const after = await recordOf(grants)
      expect(await runDurableObjectAlarm(grants)).toBe(true)
      expect(await count(grants, 'endings')).toBe(0)
      expect(after.ofType('grant_expired')).toHaveLength(1)
      warn.mockRestore()
    },
  )

  it('A-22 is said when not everybody could be told, and made up for by asking again', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const grants = object()
    await grants.commit({ ...grant('a'), tokens: [token('t')] }, NOW)
    const queue = await recordOf(grants)
    const mend = await bind(grants, { AUDIT_QUEUE: queue, CONTROL_STATE: unreachable })
    expect(await end(grants, 'a')).toEqual({ ended: ['a'], told: false })
    expect(await grants.token('t', NOW)).toBeUndefined()
    expect(queue.events).toEqual([])
    await mend()
    await bind(grants, { AUDIT_QUEUE: queue })
    expect(await end(grants, 'a')).toEqual({ ended: [], told: true })
    expect(queue.one('grant_revoked')).toMatchObject({
      grantId: 'a',
      detail: 'a test',
      correlationId: REQUEST.correlationId,
      sourceAddress: REQUEST.sourceAddress,
      userAgent: REQUEST.userAgent,
    })
    warn.mockRestore()
  })

  it('A-22 is said to who disconnects a client, and to operators', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const { browser, userId, grantId } = await connect(site, { module: 'desk' })
    const grants = grantsOf(userId)
    const mend = await bind(grants, { CONTROL_STATE: unreachable })
    const page = await (await browser.open('/account')).text()
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1]
    const failed = await browser.submit('/account/disconnect', { csrf, grant: grantId })
    expect(failed.status).toBe(500)
    const ports: RevokePorts = {
      people: { find: async () => undefined },
      clientGrants: {
        find: async () => ({ grantId, userId, clientId: 'c', resource: 'r', createdAt: 0 }),
        ofClient: async () => [],
        ofPerson: async () => [],
        removeAll: async () => undefined,
      },
      isClient: async () => false,
      end: () => Promise.reject(new NotToldError()),
    }
    const [tool] = operatorModule(() => ports).tools
    const caller = { principal: { kind: 'person', id: userId } }
    const run = tool?.run({ kind: 'grant', id: grantId }, { caller } as never)
    await expect(run).rejects.toThrow('not every part of the platform could be told')
    await mend()
    warn.mockRestore()
  })

  it('waits with its event while the queue takes none', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const { grants, mend } = await broken('AUDIT_QUEUE')
    expect(await runDurableObjectAlarm(grants)).toBe(true)
    expect(await count(grants, 'spool')).toBe(1)
    await mend()
    const queue = await recordOf(grants)
    expect(await runDurableObjectAlarm(grants)).toBe(true)
    expect(await count(grants, 'spool')).toBe(0)
    expect(queue.ofType('grant_expired')).toHaveLength(1)
    warn.mockRestore()
  })

  it('is one event, however often it is done', async () => {
    const grants = object()
    const now = Math.floor(Date.now() / 1000)
    const ended = { ...grant('a'), record: { value: record(), expiresAt: now - 10 } }
    const ids: string[] = []
    for (let time = 0; time < 2; time++) {
      await grants.commit(ended, now - 100)
      const queue = await recordOf(grants)
      expect(await runDurableObjectAlarm(grants)).toBe(true)
      ids.push(queue.one('grant_expired').id)
    }
    expect(ids[0]).toBe(ids[1])
  })
})

describe('an eviction', () => {
  it('loses nothing between any two steps', async () => {
    const client = await register(site)
    const first = await connect(site, { module: 'desk', client })
    const { browser, userId } = first
    const evict = () => evictDurableObject(grantsOf(userId))
    const request = await authorizationRequest(client, { resource: `${ORIGIN}/desk/mcp` })
    const decided = await decide(browser, await openConsent(browser, request))
    await evict()
    let tokens = await tokensOf(await redeem(site, request, broughtBack(decided).code))
    for (let round = 0; round < 3; round++) {
      await evict()
      expect((await callTool(startSite(), 'desk', 'read_note', tokens.access_token)).status).toBe(
        200,
      )
      await evict()
      const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
      await evict()
      expect(await tokensOf(await refresh(site, client, tokens.refresh_token))).toEqual(next)
      tokens = next
    }
    await evict()
    expect((await grantsOf(userId).list(0)).length).toBe(2)
  })
})

describe('a replay record', () => {
  it('A-14 opens with the token that was used and for its client, and with nothing else', async () => {
    const { client, tokens, userId, grantId } = await connect(site, { module: 'desk' })
    const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
    const replay = await runInDurableObject(grantsOf(userId), (_, { storage }) =>
      storage.sql
        .exec<{ replay: ArrayBuffer }>(
          'SELECT replay FROM used_refresh_tokens WHERE grant_id = ?',
          grantId,
        )
        .one(),
    )
    const sealed = new Uint8Array(replay.replay)
    const open = async (secret: string, clientId: string) => {
      const key = await deriveAeadKey(utf8(secret), 'quayside/1/refresh-replay')
      return await aeadOpen(key, sealed, utf8(clientId))
    }
    const opened = await open(tokens.refresh_token, client.clientId)
    expect(JSON.parse(new TextDecoder().decode(opened))).toEqual(
      expect.objectContaining({ refresh_token: next.refresh_token }),
    )
    expect(await open(tokens.refresh_token, 'another')).toBeUndefined()
    expect(await open(next.refresh_token, client.clientId)).toBeUndefined()
    expect(await open(tokens.access_token, client.clientId)).toBeUndefined()
    expect(await open('', client.clientId)).toBeUndefined()
  })
})

/** Set by vitest.config.ts; no binding of the Worker itself. */
const RACES = Number(Reflect.get(env, 'SOAK_RACES'))

describe('parallel refreshes', () => {
  it(`A-14 leave no dead token in ${RACES} races`, { timeout: RACES * 500 }, async () => {
    const client = await register(site)
    const sites = [startSite(), startSite()]
    const { tokens: first } = await connect(site, { module: 'desk', client })
    let tokens = first
    const dead: string[] = []
    for (let race = 0; race < RACES; race++) {
      const answers = await Promise.all(
        Array.from({ length: 2 + (race % 3) }, async (_, runner) => {
          const to = sites[runner % sites.length] ?? site
          return answer(await refresh(to, client, tokens.refresh_token))
        }),
      )
      const successors = new Set(answers.map(({ body }) => body.refresh_token))
      if (answers.some(({ status }) => status !== 200) || successors.size !== 1) {
        dead.push(`race ${race}: ${answers.map(({ status }) => status)}, ${successors.size}`)
      }
      tokens = answers[0]?.body
      // No timer fires while one answer follows the other, and the record of each answer waits for
      // one; the test's own context holds ten thousand.
      if (race % 100 === 99) await scheduler.wait(0)
    }
    expect(dead).toEqual([])
    expect((await callTool(startSite(), 'desk', 'read_note', tokens.access_token)).status).toBe(200)
  })
})
