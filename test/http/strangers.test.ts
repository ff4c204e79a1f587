import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { hasTable } from '../../src/store'
import { ask, askToPay, isolate, YES } from './asking'
import { answerOf, openSession } from './platform'

/** What the ledgers keep of calls, by the object it is in. */
async function kept(): Promise<Map<string, { onces: string[]; journals: number }>> {
  const ledgers = new Map<string, { onces: string[]; journals: number }>()
  for (const id of await listDurableObjectIds(env.CALL_LEDGER)) {
    await runInDurableObject(env.CALL_LEDGER.get(id), (_, { storage: { sql } }) => {
      const onces = hasTable(sql, 'once_keys')
        ? sql.exec<{ call_id: string }>('SELECT call_id FROM once_keys').toArray()
        : []
      const journals = hasTable(sql, 'journals')
        ? sql.exec('SELECT 1 FROM journals').toArray().length
        : 0
      if (onces.length + journals > 0) {
        ledgers.set(String(id), { onces: onces.map((row) => row.call_id), journals })
      }
    })
  }
  return ledgers
}

const MANY = 20

describe('of two who are not signed in, neither', () => {
  it('M-76 has its effects recorded where those of the other are, at 2026-07-28', async () => {
    const before = (await kept()).size
    const retries = await Promise.all(
      Array.from({ length: MANY }, (_, index) => askToPay(`stranger ${index}`)),
    )
    await Promise.all(retries.map((retry) => ask(retry)))
    const ledgers = [...(await kept()).values()]
    expect(ledgers).toHaveLength(before + MANY)
    // And an effect is found again by its own state.
    await Promise.all(retries.map((retry) => ask(retry)))
    for (const { onces } of await kept().then((now) => now.values())) expect(onces).toHaveLength(1)
  })

  it('has its journal kept where that of the other is, nor a way to it', async () => {
    const before = (await kept()).size
    const call = { name: 'long', arguments: {} }
    const [mine, theirs] = await Promise.all([ask(call), ask(call)])
    const ledgers = await kept()
    expect(ledgers.size).toBe(before + 2)
    const fresh = [...ledgers].filter(([, { journals }]) => journals > 0)
    expect(fresh.map(([, { journals }]) => journals)).toEqual([1, 1])
    // One of them loses all that is kept of them, and the other goes on.
    const [first, second] = fresh.map(([id]) => id)
    for (const id of await listDurableObjectIds(env.CALL_LEDGER)) {
      if (String(id) !== first) continue
      const object = env.CALL_LEDGER.get(id)
      await runInDurableObject(object, (_, { storage }) => storage.deleteAll())
    }
    const answers = await Promise.all(
      [mine, theirs].map(({ body }) => {
        const { requestState } = body.result
        return ask({ ...call, requestState, inputResponses: { sure: YES } })
      }),
    )
    expect(answers.map(({ body }) => Boolean(body.error))).toContain(true)
    expect(answers.map(({ body }) => body.result?.content[0].text)).toContain('20000 accept')
    expect(second).not.toBe(first)
  })

  it('M-76 has its effects recorded where those of the other are, in sessions', async () => {
    const before = (await kept()).size
    const platform = isolate()
    const pay = async (id: string) => {
      const opening = { platform, path: '/asking/mcp' }
      const session = await openSession('2025-11-25', {}, opening)
      const params = { name: 'settle', arguments: { id } }
      return { session, answer: await session.request('tools/call', params) }
    }
    const paid = await Promise.all(['one', 'other'].map(pay))
    for (const { answer } of paid) expect(answer.body.result.content[0].text).toBe('payment 1')
    expect((await kept()).size).toBe(before + 2)
    const again = { jsonrpc: '2.0', id: 2, method: 'tools/call' }
    const params = { name: 'settle', arguments: { id: 'one' } }
    await answerOf((await paid[0]?.session.post({ ...again, params })) ?? new Response())
    // The session's own: another call of it is another effect in the same place.
    const sizes = [...(await kept()).values()].map(({ onces }) => onces.length)
    expect((await kept()).size).toBe(before + 2)
    expect(sizes).toContain(2)
  })
})
