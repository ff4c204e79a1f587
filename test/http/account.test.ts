import { describe, expect, it } from 'vitest'
import { site, startSite } from '../oauth/driver'
import { bell, desk, vault } from '../oauth/modules'
import {
  type Browser,
  callTool,
  connect,
  formWith,
  openBrowser,
  register,
  type Site,
  signIn,
} from '../support/oauth-flow'

/** The same person at a platform that hosts something else. */
function at(to: Site, { cookies }: Browser): Browser {
  const browser = openBrowser(to)
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  return browser
}

const accountOf = async (browser: Browser): Promise<string> =>
  await (await browser.open('/account')).text()

async function disconnect(browser: Browser, grant: string) {
  const { csrf } = formWith(await accountOf(browser), 'csrf').hidden
  const response = await browser.submit('/account/disconnect', { csrf, grant })
  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toBe('/account')
  return await accountOf(browser)
}

describe('the account page', () => {
  it('says who is signed in, and what they are here', async () => {
    const browser = openBrowser(site)
    await (await signIn(browser, 'The first')).text()
    const first = await accountOf(browser)
    expect(first).toContain('<bdi>The first</bdi>')
    expect(first).toContain('>Operator</span>')
    await (await signIn(browser, 'The second')).text()
    const second = await accountOf(browser)
    expect(second).toContain('<bdi>The second</bdi>')
    expect(second).toContain('>Member</span>')
  })

  it('tells a client that has called from one that has not', async () => {
    const { browser, tokens } = await connect(site, { module: 'desk' })
    expect(await accountOf(browser)).toContain('Not used yet')
    expect((await callTool(site, 'desk', 'read_note', tokens.access_token)).status).toBe(200)
    const page = await accountOf(browser)
    expect(page).toContain('<dt>Last used</dt>')
    expect(page).not.toContain('Not used yet')
  })

  it('lists with a broad permission all that it covers', async () => {
    const { browser } = await connect(site, { module: 'desk', scope: 'desk:write' })
    const page = await accountOf(browser)
    expect(page).toContain('Write notes <code class="quiet">desk:write</code>')
    expect(page).toContain('Read notes <code class="quiet">desk:read</code>')
    expect(page).not.toContain('desk:shred')
  })

  it('shows what a module was when it is no longer hosted, and still ends it', async () => {
    const { browser, grantId } = await connect(site, { module: 'desk' })
    const elsewhere = at(startSite({ servers: [vault, bell] }), browser)
    const page = await accountOf(elsewhere)
    expect(page).toContain('No longer hosted')
    expect(page).toContain(`<code>${site.origin}/desk/mcp</code>`)
    expect(page).toContain('<code class="quiet">desk:read</code>')
    expect(page).not.toContain('href="/desk"')
    expect(await disconnect(elsewhere, grantId)).toContain(
      `is disconnected from ${site.origin}/desk/mcp.`,
    )
    expect(await accountOf(browser)).toContain('Nothing is connected in your name.')
  })

  it('says so when a module needs no sign-in by now', async () => {
    const { browser } = await connect(site, { module: 'desk' })
    const none = { resources: [], resourceTemplates: [], prompts: [] }
    const open = { ...desk, ...none, access: 'public' as const, scopes: {}, tools: bell.tools }
    const page = await accountOf(at(startSite({ servers: [open] }), browser))
    expect(page).toContain('<a href="/desk">Desk</a>, which is open to anyone by now.')
  })

  it('says what was disconnected, by a page that can be loaded again', async () => {
    const client = await register(site, { client_name: 'Notes\u202E app' })
    const { browser, grantId } = await connect(site, { module: 'desk', client })
    expect(await disconnect(browser, grantId)).toContain(
      '<p>Notes app is disconnected from Desk. It can take up to five seconds',
    )
    expect(await accountOf(browser)).not.toContain('is disconnected')
    expect(await disconnect(browser, grantId)).toContain('was not connected any more')
  })

  it('says that somebody is signed out', async () => {
    const browser = openBrowser(site)
    await (await signIn(browser, 'Ada')).text()
    const { csrf } = formWith(await accountOf(browser), 'csrf').hidden
    const response = await browser.submit('/sign-out', { csrf })
    const page = await (await browser.open(response.headers.get('location') ?? '')).text()
    expect(page).toContain('<p>You are signed out.</p>')
    expect((await browser.open('/account')).status).toBe(303)
  })
})
