import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { askForToken, postJson, REDIRECT_URI } from '../support/oauth-flow'
import { answer, startSite } from './driver'

/** A platform whose database does not answer. */
const site = startSite({
  bindings: {
    DB: new Proxy(env.DB, {
      get: () => () => {
        throw new Error('D1_ERROR: secret detail of a table')
      },
    }),
  },
})

describe('while the database does not answer', () => {
  const asking: [string, () => Promise<Response>][] = [
    [
      'token',
      () =>
        askForToken(
          site,
          { clientId: 'x', redirectUri: '' },
          { grant_type: 'refresh_token', refresh_token: 'a:b:c' },
        ),
    ],
    ['registration', () => postJson(site, '/register', { redirect_uris: [REDIRECT_URI] })],
  ]

  it.each(asking)('A-17 the %s endpoint says so in JSON, and no more', async (_, ask) => {
    const { status, headers, body } = await answer(await ask())
    expect(status).toBe(500)
    expect(headers.get('cache-control')).toContain('no-store')
    expect(body.error).toBe('server_error')
    expect(JSON.stringify(body)).not.toContain('table')
  })
})
