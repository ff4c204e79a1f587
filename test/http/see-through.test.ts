import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { createApp } from '../../src/app'
import { grantsOf, ORIGIN, startSite } from '../oauth/driver'
import { desk } from '../oauth/modules'
import { connect, postedForm } from '../support/oauth-flow'

/** Sends a request and goes away. What was given to `waitUntil` by then is all that still runs. */
async function abandon(path: string, init: RequestInit): Promise<void> {
  const kept: Promise<unknown>[] = []
  const context = { waitUntil: (work: Promise<unknown>) => void kept.push(work) }
  const app = createApp([desk])
  void Promise.resolve(app.fetch(new Request(`${ORIGIN}${path}`, init), env, context)).catch(
    () => undefined,
  )
  // More is added by what runs.
  for (let done = 0; done < kept.length; done = kept.length) await Promise.all(kept)
}

const form = (fields: Record<string, string>) => ({
  ...postedForm(fields),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})

it('A-22 a revocation is seen through although its client goes away', async () => {
  const { client, tokens, userId } = await connect(startSite(), { module: 'desk' })
  await abandon('/token', form({ client_id: client.clientId, token: tokens.refresh_token }))
  expect(await grantsOf(userId).list(0)).toEqual([])
})

it('A-14 a stolen refresh token is acted upon although the thief goes away', async () => {
  const { client, tokens, userId } = await connect(startSite(), { module: 'desk' })
  const refresh = form({
    client_id: client.clientId,
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  })
  await abandon('/token', refresh)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
  await abandon('/token', refresh)
  vi.useRealTimers()
  expect(await grantsOf(userId).list(0)).toEqual([])
})

it('nothing is kept running for who only reads', async () => {
  const kept: unknown[] = []
  const context = { waitUntil: (work: Promise<unknown>) => void kept.push(work) }
  const app = createApp([desk])
  for (const path of ['/', '/.well-known/oauth-authorization-server', '/sign-in']) {
    await (await app.fetch(new Request(`${ORIGIN}${path}`), env, context)).text()
  }
  expect(kept).toEqual([])
})
