import { describe, expect, it } from 'vitest'
import { type Call, openRequestState, sealRequestState } from '../../src/dispatch'
import { emptyJournal } from '../../src/handler'
import { createSealer, emptySealerCache, type MasterKey, type Ring } from '../../src/keys'
import type { Caller } from '../../src/sdk'
import { CALLER, circumstances, host } from './harness'

const NOW = 1_800_000_000
const PERSON: Caller = { ...CALLER, principal: { kind: 'person', id: 'ada' } }

const keyOf = (id: number): MasterKey => ({
  id,
  secret: crypto.getRandomValues(new Uint8Array(32)).buffer,
  createdAt: NOW,
  verifiesUntil: null,
})
const idSecret = crypto.getRandomValues(new Uint8Array(32)).buffer
const RING: Ring = { current: keyOf(1), older: [], idSecret }
const ROTATED: Ring = {
  current: keyOf(2),
  older: [{ ...RING.current, verifiesUntil: NOW + 86_400 }],
  idSecret,
}
const FORGOTTEN: Ring = { current: keyOf(2), older: [], idSecret }

/** An isolate of a tenant, and the ledgers it reaches. */
function isolate({ ring = RING, tenant = 'default', now = NOW } = {}) {
  const rows = new Map<string, string>()
  const sealer = createSealer(
    { tenant, readRing: async () => ring, now: () => now },
    emptySealerCache(),
  )
  const ledgerOf = (subject: string) => ({
    async keepJournal(callId: string, journal: string) {
      rows.set(`${subject} ${callId} handle`, journal)
      return 'handle'
    },
    readJournal: async (callId: string, handle: string) =>
      rows.get(`${subject} ${callId} ${handle}`),
  })
  // What a stub has beside its methods is of no use here.
  return { sealer, now: () => now, ledgerOf: ledgerOf as never }
}

const callOf = (changes: Record<string, unknown> = {}): Call =>
  ({
    ...circumstances(host({ version: '1.0.0' })),
    labels: { clientId: 'the-client' },
    method: 'tools/call',
    tool: 'close',
    args: { id: 12, why: { b: 1, a: [2] } },
    ...changes,
  }) as Call

const suspendedWith = (journal = emptyJournal(NOW * 1000)) => ({
  callId: 'a-call',
  fingerprint: 'as-it-was',
  journal,
  expiresAt: (NOW + 600) * 1000,
})

const seal = async (ports = isolate(), caller = PERSON) => {
  const state = await sealRequestState(suspendedWith(), callOf(), caller, ports)
  if (state === undefined) throw new Error('there was no room')
  return state
}

describe('a requestState', () => {
  it('M-72 opens in another isolate, for the same call of the same caller', async () => {
    const opened = await openRequestState(await seal(), callOf(), PERSON, isolate())
    expect(opened).toEqual({ suspended: suspendedWith(), principal: PERSON.principal })
  })

  it('M-72 opens when the fields of the arguments come in another order', async () => {
    const call = callOf({ args: { why: { a: [2], b: 1 }, id: 12 } })
    expect(await openRequestState(await seal(), call, PERSON, isolate())).toBeDefined()
  })

  it('M-72 opens for the longest address there may be, with the longest journal that is sealed', async () => {
    // Six characters of JSON each.
    const uri = 'lab://'.padEnd(2048, '\u0001')
    const call = callOf({ method: 'resources/read', uri })
    const value = 'x'.repeat(8 * 1024 - JSON.stringify(emptyJournal(NOW * 1000)).length - 25)
    const journal = { ...emptyJournal(NOW * 1000), settled: { step: { value } } }
    const kept = async () => Promise.reject(new Error('it was to be sealed'))
    const ports = { ...isolate(), ledgerOf: () => ({ keepJournal: kept }) as never }
    const state = await sealRequestState(suspendedWith(journal), call, PERSON, ports)
    const opened = await openRequestState(state ?? '', call, PERSON, isolate())
    expect(opened?.suspended.journal).toEqual(journal)
    const other = callOf({ method: 'resources/read', uri: uri.replace('\u0001', '\u0002') })
    expect(await openRequestState(state ?? '', other, PERSON, isolate())).toBeUndefined()
  })

  it('M-75 opens under a key that was retired since, and under no other', async () => {
    const state = await seal()
    expect(
      await openRequestState(state, callOf(), PERSON, isolate({ ring: ROTATED })),
    ).toBeDefined()
    const forgotten = isolate({ ring: FORGOTTEN })
    expect(await openRequestState(state, callOf(), PERSON, forgotten)).toBeUndefined()
  })

  it('M-74 opens with no single character changed', async () => {
    const state = await seal()
    const ports = isolate()
    for (let at = 0; at < state.length; at++) {
      const other = state[at] === 'A' ? 'B' : 'A'
      const changed = state.slice(0, at) + other + state.slice(at + 1)
      expect([at, await openRequestState(changed, callOf(), PERSON, ports)]).toEqual([
        at,
        undefined,
      ])
    }
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['no seal', 'x'.repeat(200)],
    ['more than any', 'A'.repeat(100_000)],
    ['text that is no base64url', '💥=/+'],
  ])('M-74 does not open when it is %s', async (_, state) => {
    expect(await openRequestState(state, callOf(), PERSON, isolate())).toBeUndefined()
  })

  it('M-74 does not open when it was cut or lengthened', async () => {
    const state = await seal()
    for (const changed of [state.slice(1), state.slice(0, -1), `${state}A`, `A${state}`]) {
      expect(await openRequestState(changed, callOf(), PERSON, isolate())).toBeUndefined()
    }
  })

  it.each<[string, { call?: Record<string, unknown>; caller?: Partial<Caller>; ports?: object }]>([
    ['another person', { caller: { principal: { kind: 'person', id: 'eve' } } }],
    ['a machine of that id', { caller: { principal: { kind: 'machine', id: 'ada' } } }],
    ['nobody who is known', { caller: { principal: { kind: 'anonymous', id: 'ada' } } }],
    ['another client', { call: { labels: { clientId: 'another' } } }],
    ['no client', { call: { labels: {} } }],
    ['another tool', { call: { tool: 'open' } }],
    ['a prompt of that name', { call: { method: 'prompts/get', prompt: 'close' } }],
    ['a resource of that name', { call: { method: 'resources/read', uri: 'close' } }],
    ['another module', { call: { server: host({ name: 'other' }) } }],
    ['other arguments', { call: { args: { id: 13, why: { b: 1, a: [2] } } } }],
    ['one argument more', { call: { args: { id: 12, why: { b: 1, a: [2] }, x: 1 } } }],
    ['no arguments', { call: { args: undefined } }],
    ['another tenant', { ports: { tenant: 'other' } }],
    ['somebody who comes too late', { ports: { now: NOW + 600 } }],
  ])('M-75 does not open for %s', async (_, { call, caller, ports }) => {
    const asked = [callOf(call), { ...PERSON, ...caller }, isolate(ports)] as const
    expect(await openRequestState(await seal(), ...asked)).toBeUndefined()
  })

  it('M-74 is no other handle, and no other handle is one', async () => {
    const ports = isolate()
    const cursor = await ports.sealer.seal('cursor', [1, 'lab', 'tools/call', 'close'])
    expect(await openRequestState(cursor, callOf(), PERSON, ports)).toBeUndefined()
    expect(await ports.sealer.open('cursor', await seal())).toBeUndefined()
  })

  it('says who an anonymous caller is, whom nothing else names', async () => {
    const state = await seal(isolate(), CALLER)
    const somebodyNew = { ...CALLER, principal: { kind: 'anonymous' as const, id: 'new' } }
    const opened = await openRequestState(state, callOf(), somebodyNew, isolate())
    expect(opened?.principal).toEqual(CALLER.principal)
  })

  it('M-76 shows nothing of what it carries', async () => {
    const journal = { ...emptyJournal(0), settled: { draft: { value: 'a private hotel' } } }
    const state = await sealRequestState(suspendedWith(journal), callOf(), PERSON, isolate())
    const raw = atob((state ?? '').replaceAll('-', '+').replaceAll('_', '/'))
    expect(raw).not.toContain('hotel')
    expect(raw).not.toContain('ada')
  })
})

describe('a long journal', () => {
  const journal = { ...emptyJournal(0), settled: { much: { value: 'ä'.repeat(5000) } } }

  it('stays in the ledger of the caller, and comes back from there', async () => {
    const ports = isolate()
    const state = await sealRequestState(suspendedWith(journal), callOf(), PERSON, ports)
    expect(state?.length).toBeLessThan(700)
    const opened = await openRequestState(state ?? '', callOf(), PERSON, ports)
    expect(opened?.suspended.journal).toEqual(journal)
  })

  /** An isolate whose ledger breaks so many stubs first. */
  const breaking = (ports: ReturnType<typeof isolate>, times: number) => {
    const { ledgerOf } = ports as unknown as { ledgerOf(subject: string): object }
    const broken = async () => {
      throw new Error('the object was restarted')
    }
    let left = times
    const next = (subject: string) =>
      left-- > 0 ? { keepJournal: broken, readJournal: broken } : ledgerOf(subject)
    return { ...ports, ledgerOf: next as never }
  }

  it('is kept and read by a fresh stub where an object was restarted', async () => {
    const ports = isolate()
    const call = [callOf(), PERSON] as const
    const state = await sealRequestState(suspendedWith(journal), ...call, breaking(ports, 1))
    const opened = await openRequestState(state ?? '', ...call, breaking(ports, 1))
    expect(opened?.suspended.journal).toEqual(journal)
  })

  it('that nobody can keep fails the call, as one that has begun', async () => {
    const sealing = sealRequestState(
      suspendedWith(journal),
      callOf(),
      PERSON,
      breaking(isolate(), 2),
    )
    await expect(sealing).rejects.toMatchObject({ kind: 'item_failed' })
  })

  it('that nobody can read right now is asked for again later, and is not unknown', async () => {
    const ports = isolate()
    const state = await sealRequestState(suspendedWith(journal), callOf(), PERSON, ports)
    const opening = openRequestState(state ?? '', callOf(), PERSON, breaking(ports, 2))
    await expect(opening).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('is gone with its row, and the call with it', async () => {
    const state = await sealRequestState(suspendedWith(journal), callOf(), PERSON, isolate())
    expect(await openRequestState(state ?? '', callOf(), PERSON, isolate())).toBeUndefined()
  })

  it('is not asked for where there is no room for it', async () => {
    const full = { ...isolate(), ledgerOf: () => ({ keepJournal: async () => undefined }) as never }
    expect(await sealRequestState(suspendedWith(journal), callOf(), PERSON, full)).toBeUndefined()
  })
})
