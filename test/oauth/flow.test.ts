import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { callTool, connect, refresh, type Site, tokensOf } from '../support/oauth-flow'
import { answer, site } from './driver'

describe('the way to a token', () => {
  it('A-13 ends with an access token for an hour and a refresh token', async () => {
    const { tokens } = await connect(site, { module: 'desk', scope: 'desk:read' })
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'desk:read' })
    const { status, body } = await answer(
      await callTool(site, 'desk', 'read_note', tokens.access_token),
    )
    expect(status).toBe(200)
    expect(body.result.content).toEqual([{ type: 'text', text: 'a note' }])
  })

  it('goes on with the refresh token', async () => {
    const { client, tokens } = await connect(site, { module: 'desk' })
    const next = await tokensOf(await refresh(site, client, tokens.refresh_token))
    expect(next.access_token).not.toBe(tokens.access_token)
    expect((await callTool(site, 'desk', 'read_note', next.access_token)).status).toBe(200)
  })

  it('is the same through the Worker that is deployed', async () => {
    const worker = (exports as unknown as { default: { fetch: typeof fetch } }).default
    const origin = 'http://localhost:8789'
    const deployed: Site = {
      origin,
      send: (url, init) => worker.fetch(new URL(url, origin).href, { redirect: 'manual', ...init }),
    }
    const { tokens } = await connect(deployed, { module: 'support' })
    expect(tokens.scope).toBe('support:read')
    const called = await callTool(deployed, 'support', 'search_tickets', tokens.access_token, {})
    expect((await answer(called)).body.result.isError ?? false).toBe(false)
  })
})
