import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { ORIGIN, site, startSite } from '../oauth/driver'
import { openBrowser, signIn } from '../support/oauth-flow'

const PAGES = ['/', '/desk']

describe.each(PAGES)('%s', (path) => {
  it('asks nobody anything for somebody who is not signed in', async () => {
    const broken = () => {
      throw new Error('a page for everybody asked for somebody')
    }
    const KEY_RING = new Proxy(env.KEY_RING, { get: broken })
    const DB = new Proxy(env.DB, { get: broken })
    const response = await startSite({ bindings: { KEY_RING, DB } }).send(path)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('href="/account">Sign in</a>')
  })

  it('may be kept, and is sent again only when it has changed', async () => {
    const first = await site.send(path)
    await first.text()
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'cache-control': 'public, no-cache',
      vary: 'Cookie',
    })
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await site.send(path, { headers: { 'if-none-match': known } })
      expect(again.status).toBe(304)
      expect(await again.text()).toBe('')
      expect(again.headers.get('etag')).toBe(etag)
      expect(again.headers.get('content-security-policy')).toBe(
        first.headers.get('content-security-policy'),
      )
    }
    const other = await site.send(path, { headers: { 'if-none-match': '"other"' } })
    expect(other.status).toBe(200)
    await other.text()
  })

  it('names whoever is signed in, and is kept nowhere then', async () => {
    const anonymous = await site.send(path)
    await anonymous.text()
    const browser = openBrowser(site)
    await (await signIn(browser, 'Ada <b>')).text()
    const etag = anonymous.headers.get('etag') ?? ''
    const response = await browser.open(path, { headers: { 'if-none-match': etag } })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('vary')).toBe('Cookie')
    expect(response.headers.has('etag')).toBe(false)
    expect(await response.text()).toContain('</span><bdi>Ada &lt;b&gt;</bdi></a>')
  })

  it.each(['nonsense', ''])('knows nobody by the cookie "%s"', async (value) => {
    const headers = { cookie: `__Host-quayside-login=${value}` }
    const response = await site.send(path, { headers })
    expect(await response.text()).toContain('href="/account">Sign in</a>')
  })

  it('varies by origin too where one is answered', async () => {
    const response = await site.send(path, { headers: { origin: ORIGIN } })
    await response.text()
    expect(response.headers.get('vary')).toBe('Cookie, Origin')
  })
})

describe('an address that is nearly one', () => {
  it('leads to the page of a module without the slash at its end', async () => {
    const response = await site.send('/desk/', { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([308, '/desk'])
  })

  it.each(['/nowhere/', '/%2Fnowhere.example/', '/desk//', '/account/'])(
    'leads nowhere when it is %s',
    async (path) => {
      const response = await site.send(path, { redirect: 'manual' })
      expect([response.status, response.headers.get('location')]).toEqual([404, null])
    },
  )

  it('names the endpoint to who posts to the page of a module, and no endpoint that is none', async () => {
    const said = async (path: string) => (await site.send(path, { method: 'PUT' })).text()
    expect(await said('/desk')).toContain(`MCP messages go to ${ORIGIN}/desk/mcp.`)
    expect(await said('/account')).not.toContain('/account/mcp')
  })
})
