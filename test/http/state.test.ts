/** What a module keeps for its caller, through the whole platform, in both eras. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createApp } from '../../src/app'
import { defineServer, defineState, defineTool } from '../../src/sdk'
import { call2026, ORIGIN, openSession, type Platform } from './platform'

const basket = defineState({
  name: 'basket',
  schema: z.object({ items: z.array(z.string()) }),
  initial: { items: [] },
})
const add = defineTool({
  name: 'add',
  description: 'Puts an item into a basket.',
  uses: { state: { basket } },
  input: z.object({ item: z.string(), basket: z.string().optional() }),
  output: z.object({ items: z.array(z.string()), basket: z.string() }),
  async run({ item, basket: handle }, { state }) {
    const open = await state.basket.open(handle)
    await open.update(({ items }) => ({ items: [...items, item] }))
    return { items: open.value.items, basket: open.handle }
  },
})
const shop = defineServer({ name: 'shop', version: '1.0.0', access: 'public', tools: [add] })

/** Another isolate, or the next deploy. */
function startShop(vars: Record<string, unknown> = {}): Platform {
  const app = createApp([shop])
  const bindings = { ...env, ...vars } as Cloudflare.Env
  return {
    origin: ORIGIN,
    fetch: async (path, init) =>
      app.fetch(new Request(`${ORIGIN}${path}`, init), bindings, createExecutionContext()),
  }
}
const at = (platform: Platform) => ({ platform, path: '/shop/mcp' })

interface Result {
  isError?: true
  content: [{ text: string }]
  structuredContent: { items: string[]; basket: string }
}
async function put(item: string, handle?: string, platform = startShop()): Promise<Result> {
  const response = await call2026('add', { item, ...(handle && { basket: handle }) }, at(platform))
  return (await response.json<{ result: Result }>()).result
}

describe('what a module keeps for its caller', () => {
  it('M-23 of 2026 is found by its handle alone, from any isolate', async () => {
    const first = await put('apple')
    const { basket: handle, items } = first.structuredContent
    expect(items).toEqual(['apple'])
    expect((await put('pear', handle)).structuredContent).toEqual({
      items: ['apple', 'pear'],
      basket: handle,
    })
    expect((await put('plum')).structuredContent.items).toEqual(['plum'])
  })

  it('of 2025 is found by the session, and by its handle from another revision', async () => {
    const session = await openSession('2025-06-18', {}, at(startShop()))
    const call = async (item: string) => {
      const params = { name: 'add', arguments: { item } }
      const { body } = await session.request('tools/call', params, at(startShop()))
      return body.result.structuredContent
    }
    expect((await call('apple')).items).toEqual(['apple'])
    const { items, basket: handle } = await call('pear')
    expect(items).toEqual(['apple', 'pear'])
    expect((await put('plum', handle)).structuredContent.items).toEqual(['apple', 'pear', 'plum'])
    const other = await openSession('2025-06-18', {}, at(startShop()))
    const params = { name: 'add', arguments: { item: 'fig' } }
    const { body } = await other.request('tools/call', params)
    expect(body.result.structuredContent.items).toEqual(['fig'])
  })

  it('S-09 is unknown to another tenant, in the words for a handle that never was', async () => {
    const { basket: handle } = (await put('apple')).structuredContent
    const elsewhere = () => startShop({ TENANT: 'second-tenant' })
    const refused = await put('pear', handle, elsewhere())
    expect(refused.isError).toBe(true)
    expect(refused).toEqual(await put('pear', 'made-up', elsewhere()))
  })
})
