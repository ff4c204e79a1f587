/** The way from a client's request to its code, on the built platform, with the keyboard alone. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM_DEADLINE_MS } from '../support/chromium.ts'
import {
  type AuthorizationRequest,
  authorizationRequest,
  redeem,
  register,
  siteAt,
  tokensOf,
} from '../support/oauth-flow.ts'
import { focusOf } from './measures.ts'
import { openSite, type Site } from './site.ts'

let site: Site

beforeAll(async () => {
  site = await openSite()
}, CHROMIUM_DEADLINE_MS)
afterAll(() => site.close())
afterEach(() => site.closePages())

const MAX_STOPS = 40

/** Presses Tab until the focus is where `label` says. @throws when it never gets there */
async function tabTo(page: Page, label: string): Promise<void> {
  const target = page
    .getByLabel(label, { exact: true })
    .or(page.getByRole('button', { name: label }))
  for (let stop = 0; stop < MAX_STOPS; stop += 1) {
    await page.keyboard.press('Tab')
    const focus = await focusOf(page)
    expect(focus, 'the focus shows and is in view').toMatchObject({ inView: true })
    expect(focus?.outline).toBeGreaterThanOrEqual(3)
    if (await target.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error(`the keyboard does not reach ${label}`)
}

/** Presses Enter and waits for the page it leads to. */
async function enter(page: Page, path: string): Promise<void> {
  await Promise.all([
    page.waitForURL(({ pathname }) => pathname === path),
    page.keyboard.press('Enter'),
  ])
}

async function ask(client: Record<string, unknown>, scope: string): Promise<AuthorizationRequest> {
  const platform = siteAt(site.origin)
  const resource = `${site.origin}/support/mcp`
  return await authorizationRequest(await register(platform, client), { resource, scope })
}

const CALLBACK = 'http://localhost:9999/callback'

/** Presses Enter; what the browser brings to the client then, where nobody listens. */
async function enterToClient(page: Page, callback = CALLBACK): Promise<URLSearchParams> {
  const [sent] = await Promise.all([
    page.waitForEvent('request', (request) => request.url().startsWith(`${callback}?`)),
    page.keyboard.press('Enter'),
  ])
  return new URL(sent.url()).searchParams
}

describe.each([true, false])('a person with a keyboard, JavaScript: %s', (javaScriptEnabled) => {
  it.each([360, 1280])(
    'signs in, gives less than was asked and lets in, at %i px',
    async (width) => {
      const request = await ask({ redirect_uris: [CALLBACK] }, 'support:read support:write')
      const page = await site.open('about:blank', {
        javaScriptEnabled,
        viewport: { width, height: 800 },
      })
      await page.goto(site.origin + request.path)
      expect(new URL(page.url()).pathname).toBe('/sign-in')
      await tabTo(page, 'Name')
      await page.keyboard.type('Keyla')
      await enter(page, '/authorize')

      expect(await page.textContent('main')).toContain('Keyla')
      await tabTo(page, 'Open tickets and comment on them in your name')
      await page.keyboard.press('Space')
      await tabTo(page, 'Allow')
      const answer = await enterToClient(page)
      expect(answer.get('state')).toBe(request.state)
      const { scope } = await tokensOf(
        await redeem(siteAt(site.origin), request, answer.get('code') ?? ''),
      )
      expect(scope).toBe('support:read')
    },
  )

  it('says no', async () => {
    const request = await ask({ redirect_uris: [CALLBACK] }, 'support:read')
    const page = await site.open('about:blank', { javaScriptEnabled })
    await page.goto(site.origin + request.path)
    await tabTo(page, 'Name')
    await page.keyboard.type('Nona')
    await enter(page, '/authorize')
    await tabTo(page, 'Deny')
    expect((await enterToClient(page)).get('error')).toBe('access_denied')
  })

  it('decides as somebody else', async () => {
    const request = await ask({ redirect_uris: [CALLBACK] }, 'support:read')
    const page = await site.open('about:blank', { javaScriptEnabled })
    await page.goto(site.origin + request.path)
    await tabTo(page, 'Name')
    await page.keyboard.type('Wrong')
    await enter(page, '/authorize')
    await tabTo(page, 'Use another account')
    await enter(page, '/sign-in')
    await tabTo(page, 'Name')
    await page.keyboard.type('Right')
    await enter(page, '/authorize')
    expect(await page.textContent('h1 ~ .signed-in')).toContain('Right')
  })

  it('lets in an app by its own scheme, and is told so', async () => {
    const app = 'com.example.app:/callback'
    const request = await ask({ redirect_uris: [app], application_type: 'native' }, 'support:read')
    const page = await site.open('about:blank', { javaScriptEnabled })
    await page.goto(site.origin + request.path)
    await tabTo(page, 'Name')
    await page.keyboard.type('Appia')
    await enter(page, '/authorize')
    expect(await page.textContent('.alert-warning')).toContain('com.example.app:/callback')
    await tabTo(page, 'Allow')
    expect((await enterToClient(page, app)).get('code')).toBeTruthy()
    await page.getByRole('heading', { name: 'Connected' }).waitFor()
  })
})
