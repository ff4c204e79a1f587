import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { clients } from '../../src/store'

const NOW = 1_800_000_000
const WEEK = 7 * 86_400
const LIMITS = { windowSeconds: 60, own: 3, all: 5 }

let tenants = 0
/** Clients of a tenant of their own, and its clock. */
function store() {
  const tenant = `clients-${tenants++}`
  let now = NOW
  const count = async (table: string, where = '1'): Promise<number> =>
    (await env.DB.prepare(`SELECT count(*) AS rows FROM ${table} WHERE tenant = ? AND ${where}`)
      .bind(tenant)
      .first<number>('rows')) ?? 0
  return {
    rows: clients(env.DB, tenant, () => now),
    tenant,
    count,
    at: (seconds: number) => {
      now = NOW + seconds
    },
  }
}

describe('registrations', () => {
  it('A-11 are let through up to a number from one source, and from all together', async () => {
    const { rows } = store()
    const admit = (source: string) => rows.admitRegistration(source, LIMITS)
    const answers = []
    for (const source of ['a', 'a', 'a', 'a', 'b', 'b', 'b']) answers.push(await admit(source))
    expect(answers).toEqual([true, true, true, false, true, true, false])
    expect(await admit('c')).toBe(false)
  })

  it('A-11 are let through again when their minute is over, however many were not', async () => {
    const { rows, at } = store()
    const admit = () => rows.admitRegistration('a', LIMITS)
    for (let second = 0; second < 60; second++) {
      at(second)
      expect(await admit()).toBe(second < 3)
    }
    for (const second of [60, 61, 62, 63]) {
      at(second)
      expect(await admit()).toBe(second < 63)
    }
  })

  it('A-11 that are refused leave nothing behind, and the others a row for a minute', async () => {
    const { rows, at, count } = store()
    for (let source = 0; source < 50; source++) await rows.admitRegistration(`${source}`, LIMITS)
    for (let time = 0; time < 50; time++) await rows.admitRegistration('0', LIMITS)
    expect(await count('registration_counts')).toBe(5)
    at(60)
    await rows.admitRegistration('0', LIMITS)
    expect(await count('registration_counts')).toBe(1)
  })

  it('A-11 at the same moment are counted each', async () => {
    const { rows } = store()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => rows.admitRegistration('a', LIMITS)),
    )
    expect(answers.filter(Boolean)).toHaveLength(3)
  })

  it('A-11 of one tenant are no matter to another', async () => {
    const [one, other] = [store(), store()]
    for (let time = 0; time < 5; time++) await one.rows.admitRegistration(`${time}`, LIMITS)
    expect(await one.rows.admitRegistration('a', LIMITS)).toBe(false)
    expect(await other.rows.admitRegistration('a', LIMITS)).toBe(true)
  })
})

describe('clients that nobody needs', () => {
  const forget = (rows: ReturnType<typeof store>['rows']) => rows.admitRegistration('a', LIMITS)

  it('A-11 are deleted when they have expired', async () => {
    const { rows, at, count } = store()
    await rows.put('unused', '{}', NOW + 90 * 86_400)
    await rows.put('used', '{}', NOW + 90 * 86_400)
    await rows.keep('used', NOW + 90 * 86_400)
    await rows.put('for good', '{}', undefined)
    at(WEEK)
    await forget(rows)
    expect(await rows.get('unused')).toBeUndefined()
    expect(await count('clients')).toBe(2)
    at(90 * 86_400)
    await forget(rows)
    expect(await count('clients')).toBe(1)
    expect(await rows.get('for good')).toBe('{}')
  })

  it('A-11 are deleted past twenty thousand, the oldest first and never those let in', async () => {
    const { rows, tenant, at, count } = store()
    await rows.put('used', '{}', NOW + 90 * 86_400)
    await rows.keep('used', NOW + 90 * 86_400)
    await rows.put('for good', '{}', undefined)
    await env.DB.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20100)
        INSERT INTO clients (tenant, client_id, record, registered_at, expires_at)
        SELECT ?, 'flood ' || n, '{}', ?2 + n, ?2 + 604800 FROM numbers`,
    )
      .bind(tenant, NOW)
      .run()
    at(20_110)
    await forget(rows)
    expect(await count('clients', 'let_in = 0 AND expires_at IS NOT NULL')).toBe(20_000)
    expect(await rows.get('flood 100')).toBeUndefined()
    expect(await rows.get('flood 101')).toBe('{}')
    expect(await rows.get('used')).toBe('{}')
    expect(await rows.get('for good')).toBe('{}')
  })

  it('are looked for every ten seconds at most', async () => {
    const { rows, at, count } = store()
    await rows.put('unused', '{}', NOW + 90 * 86_400)
    at(WEEK + 1)
    await forget(rows)
    expect(await count('clients')).toBe(1)
    at(WEEK + 10)
    await forget(rows)
    expect(await count('clients')).toBe(0)
  })
})
