import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_JOURNAL_CHARS } from '../../src/handler'

const ledger = (name: string) => env.CALL_LEDGER.get(env.CALL_LEDGER.idFromName(name))
const NOW = Date.now()
const DAY = 86_400_000
const claimOf = (key: string, callId = 'call') => ({
  callId,
  key,
  leaseUntil: NOW + 1000,
  keepUntil: NOW + DAY,
  maxBytes: 16 * 1024 ** 2,
})

describe('an effect in the ledger', () => {
  it('M-76 is whoever claims it first, and is settled by nobody else', async () => {
    const stub = ledger('first')
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => stub.claimOnce(claimOf('pay'), NOW)),
    )
    const winners = answers.filter(({ kind }) => kind === 'claimed')
    expect(winners).toHaveLength(1)
    expect(answers.filter(({ kind }) => kind === 'running')).toHaveLength(49)
    expect(await stub.settleOnce('call', 'pay', 'another-claim', '{}')).toBe(false)
    const [winner] = winners
    if (winner?.kind !== 'claimed') throw new Error('nobody won')
    expect(await stub.settleOnce('call', 'pay', winner.claim, '{"value":1}')).toBe(true)
    expect(await stub.settleOnce('call', 'pay', winner.claim, '{"value":2}')).toBe(false)
    const settled = { kind: 'settled', settled: '{"value":1}' }
    expect(await stub.claimOnce(claimOf('pay'), NOW)).toEqual(settled)
  })

  it('M-76 is given to a Worker of the version before, which names no bound', async () => {
    const { maxBytes: _, ...claim } = claimOf('pay')
    expect((await ledger('before').claimOnce(claim, NOW)).kind).toBe('claimed')
  })

  it('is another one in another call, and under another key', async () => {
    const stub = ledger('others')
    for (const claim of [claimOf('pay'), claimOf('mail'), claimOf('pay', 'other')]) {
      expect((await stub.claimOnce(claim, NOW)).kind).toBe('claimed')
    }
  })

  it('is never given out again, and may still become known, when its claim has run out', async () => {
    const stub = ledger('late')
    const claimed = await stub.claimOnce(claimOf('pay'), NOW)
    if (claimed.kind !== 'claimed') throw new Error('somebody else has it')
    expect(await stub.claimOnce(claimOf('pay'), NOW + 1000)).toEqual({ kind: 'unknown' })
    expect(await stub.settleOnce('call', 'pay', claimed.claim, '{}')).toBe(true)
    expect((await stub.claimOnce(claimOf('pay'), NOW + 1000)).kind).toBe('settled')
  })

  it('is remembered when the object is evicted', async () => {
    await ledger('evicted').claimOnce(claimOf('pay'), NOW)
    await evictDurableObject(ledger('evicted'))
    expect((await ledger('evicted').claimOnce(claimOf('pay'), NOW)).kind).toBe('running')
  })

  it('is forgotten once nobody can come back to its call', async () => {
    const stub = ledger('over')
    await stub.claimOnce({ ...claimOf('old'), keepUntil: NOW - 1 }, NOW - 5000)
    await stub.claimOnce(claimOf('new'), NOW)
    const keys = () =>
      runInDurableObject(stub, (_, state) =>
        state.storage.sql.exec('SELECT key FROM once_keys').toArray(),
      )
    await runDurableObjectAlarm(stub)
    expect(await keys()).toEqual([{ key: 'new' }])
    const alarm = await runInDurableObject(stub, (_, state) => state.storage.getAlarm())
    expect(alarm).toBe(NOW + DAY)
  })

  it('M-76 is not given out where there is no room, and what was goes on', async () => {
    const stub = ledger('full of effects')
    const claimed = await stub.claimOnce(claimOf('paid'), NOW)
    if (claimed.kind !== 'claimed') throw new Error('somebody else has it')
    const full = (key: string) => stub.claimOnce({ ...claimOf(key), maxBytes: 1 }, NOW)
    expect(await full('new')).toEqual({ kind: 'full' })
    expect(await full('paid')).toEqual({ kind: 'running' })
    await stub.settleOnce('call', 'paid', claimed.claim, '{"value":1}')
    expect(await full('paid')).toEqual({ kind: 'settled', settled: '{"value":1}' })
    expect((await stub.claimOnce(claimOf('new'), NOW)).kind).toBe('claimed')
  })

  it('M-76 takes the longest outcome that the engine keeps', async () => {
    const stub = ledger('long')
    const claimed = await stub.claimOnce(claimOf('pay'), NOW)
    if (claimed.kind !== 'claimed') throw new Error('somebody else has it')
    // Three bytes each.
    const settled = JSON.stringify({ value: '\u20ac'.repeat(MAX_JOURNAL_CHARS - 2) })
    expect(await stub.settleOnce('call', 'pay', claimed.claim, settled)).toBe(true)
    expect(await stub.claimOnce(claimOf('pay'), NOW)).toEqual({ kind: 'settled', settled })
  })

  it('makes room again once it is forgotten', async () => {
    const stub = ledger('emptied')
    const claimed = await stub.claimOnce({ ...claimOf('old'), keepUntil: NOW - 1 }, NOW - 5000)
    if (claimed.kind !== 'claimed') throw new Error('somebody else has it')
    await stub.settleOnce('call', 'old', claimed.claim, JSON.stringify('x'.repeat(500_000)))
    await stub.claimOnce(claimOf('new'), NOW)
    const next = { ...claimOf('next'), maxBytes: 100_000 }
    expect((await stub.claimOnce(next, NOW)).kind).toBe('full')
    await runDurableObjectAlarm(stub)
    expect((await stub.claimOnce(next, NOW)).kind).toBe('claimed')
  })

  it('does not keep audit events waiting for its own end', async () => {
    const stub = ledger('spooling')
    await stub.claimOnce(claimOf('pay'), NOW)
    await stub.spool({ entries: [{ id: 'one', body: '{}' }], overflow: '{}' }, NOW)
    const alarm = await runInDurableObject(stub, (_, state) => state.storage.getAlarm())
    expect(alarm).toBeLessThan(NOW + 60_000)
  })
})

describe('a journal in the ledger', () => {
  it('is read by its handle and its call alone, until its time is over', async () => {
    const stub = ledger('journals')
    const handle = await stub.keepJournal('call', '{"a":1}', NOW + 1000, NOW)
    if (handle === undefined) throw new Error('there was no room')
    expect(await stub.readJournal('call', handle)).toBe('{"a":1}')
    expect(await stub.readJournal('other', handle)).toBeUndefined()
    expect(await stub.readJournal('call', 'made-up')).toBeUndefined()
    await stub.keepJournal('call', '{}', NOW + 5000, NOW + 2000)
    expect(await stub.readJournal('call', handle)).toBeUndefined()
  })

  it('is not taken past what a ledger holds', async () => {
    const stub = ledger('full of journals')
    const long = JSON.stringify('x'.repeat(500_000))
    let kept = 0
    while ((await stub.keepJournal('call', long, NOW + DAY, NOW)) !== undefined) kept += 1
    expect(kept).toBe(134)
  })
})
