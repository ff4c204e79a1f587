import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type ConsentView,
  formActionFor,
  pageHeaders,
  renderAccountPage,
  renderConsentPage,
  renderNoticePage,
  renderReturnPage,
  renderSetupPage,
  renderSignInPage,
} from '../../src/console/index.ts'
import { HOSTILE_TEXTS } from '../console/fixture.ts'
import {
  account,
  consent,
  goBack,
  localConsent,
  setup,
  signIn,
  unconfirmedAccount,
} from '../console/oauth-fixture.ts'
import { CHROMIUM_DEADLINE_MS, launchChromium } from '../support/chromium.ts'
import { controlsOf, faintTexts, focusOf, openFolds, overflowOf, violationsOf } from './measures.ts'
import { type PageServer, type ServedPage, startPageServer } from './page-server.ts'

const LONG = 'endless'.repeat(30)
const plain = (html: string): ServedPage => ({ html, headers: pageHeaders() })
const withPasskey = (html: string): ServedPage => ({
  html,
  headers: pageHeaders({ scripts: ['passkey'] }),
})
/** What no honest client sends, and modules that never end. */
const EXTREME: ConsentView = {
  ...localConsent,
  person: { name: LONG, email: `${LONG}@example.com` },
  client: {
    name: `Claude\u202E${LONG}`,
    redirectHost: `${LONG}.example.com`,
    loopback: true,
    domain: `${LONG}.example`,
    uri: HOSTILE_TEXTS.join(' '),
  },
  module: { title: LONG, name: LONG, description: HOSTILE_TEXTS.join('\n\n') },
  scopes: [LONG, ...HOSTILE_TEXTS].map((text) => ({
    name: text,
    description: text,
    checked: true,
    alreadyGranted: true,
    tools: (['read', 'change', 'delete'] as const).map((effect) => ({
      title: text,
      description: text,
      effect,
      openWorld: true,
    })),
    resources: [{ title: text, description: text }],
    prompts: [{ title: text, description: text }],
  })),
}
const ERROR = {
  title: 'This request does not fit',
  message: 'The client asked to send you to an address that it has not registered.',
  remedy: 'Connect again from the client.',
  action: { label: 'All modules', href: '/' },
  details: [{ term: 'redirect_uri', value: `https://client.example/${LONG}` }],
}
const PAGES: Record<string, ServedPage> = {
  'sign-in': withPasskey(renderSignInPage({ ...signIn, error: 'This passkey is not known here.' })),
  'sign-in-nothing': plain(
    renderSignInPage({ ...signIn, developer: undefined, passkey: undefined }),
  ),
  setup: withPasskey(renderSetupPage({ ...setup, error: 'The request was too old. Try again.' })),
  'setup-done': plain(renderSetupPage({ done: true, host: 'mcp.example.com' })),
  consent: plain(renderConsentPage(consent)),
  'consent-local': plain(renderConsentPage(localConsent)),
  'consent-extreme': plain(renderConsentPage(EXTREME)),
  'sign-in-confirm': withPasskey(
    renderSignInPage({
      ...signIn,
      clientName: undefined,
      signedInAs: signIn.developer?.people[0],
      outcome: { text: 'You are signed out.' },
    }),
  ),
  account: withPasskey(renderAccountPage(account)),
  'account-unconfirmed': withPasskey(renderAccountPage(unconfirmedAccount)),
  'account-empty': withPasskey(renderAccountPage({ ...account, connections: [], passkeys: [] })),
  'account-extreme': withPasskey(
    renderAccountPage({
      ...account,
      person: { name: LONG, email: `${LONG}@example.com`, role: 'operator' },
      connections: account.connections.map((one) => ({
        ...one,
        clientName: LONG,
        clientDomain: `${LONG}.example`,
        resource: `https://example.com/${LONG}/mcp`,
        scopes: [{ name: LONG, description: LONG }],
      })),
      passkeys: account.passkeys.map((one) => ({ ...one, name: LONG })),
      newPasskey: { kind: 'full', max: 20 },
      outcome: { failed: true, text: `${LONG} is your only way to sign in.` },
    }),
  ),
  error: plain(renderNoticePage(ERROR)),
  // Without what would pull it away while it is looked at; where it leads is tested below.
  return: plain(renderReturnPage(goBack).replace(/<meta http-equiv="refresh"[^>]*>/, '')),
}
const VIEWS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [360, 1280].map((width) => ({ colorScheme, width })),
)

let browser: Browser
let server: PageServer

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchChromium(), startPageServer({ ...PAGES })])
}, CHROMIUM_DEADLINE_MS)
afterAll(() => Promise.all([browser.close(), server.close()]))
afterEach(async () => {
  server.reset()
  await Promise.all(browser.contexts().map((context) => context.close()))
})

async function open(name: string, options?: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  await page.goto(`${server.origin}/${name}`)
  return page
}

/** Presses Tab until a control has the focus. @throws when it is never reached */
async function tabTo(page: Page, label: string | RegExp): Promise<void> {
  const target = page
    .getByLabel(label)
    .or(page.getByRole('button', { name: label }))
    .or(page.locator('summary').filter({ hasText: label }))
    .first()
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab')
    if (await target.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error(`the keyboard does not reach ${label}`)
}

/** What a page is told to post, once it has been. */
async function nextPost(page: Page, act: () => Promise<void>) {
  await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    act(),
  ])
  const post = server.posts.at(-1)
  if (!post) throw new Error('nothing was posted')
  return post
}

describe.each(Object.keys(PAGES))('the page %s', (name) => {
  it.each(VIEWS)('is accessible in $colorScheme at $width px', async ({ colorScheme, width }) => {
    const page = await open(name, { colorScheme, viewport: { width, height: 800 } })
    await openFolds(page)
    expect(await violationsOf(page)).toEqual([])
    expect(await faintTexts(page)).toEqual([])
  })

  it('fits every window', async () => {
    const page = await open(name)
    await openFolds(page)
    for (const width of [320, 360, 768, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      expect({ width, ...(await overflowOf(page)) }).toEqual({ width, pixels: 0, elements: [] })
    }
  })

  it.each([360, 1280])(
    'leads the keyboard through all of it and shows where it is, at %i px',
    async (width) => {
      const page = await open(name, { viewport: { width, height: 800 } })
      await openFolds(page)
      let lastTop = Number.NEGATIVE_INFINITY
      for (const control of await controlsOf(page)) {
        await page.keyboard.press('Tab')
        const focus = await focusOf(page)
        expect(focus).toMatchObject({ text: control, inView: true })
        expect(focus?.outline).toBeGreaterThanOrEqual(3)
        // On a phone there is one column, so that the order is that of the page.
        if (width === 360) expect(focus?.pageTop).toBeGreaterThan(lastTop - 24)
        lastTop = focus?.pageTop ?? lastTop
      }
    },
  )

  it('starts with the focus nowhere and complains of nothing', async () => {
    const page = await open('none')
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('dialog', async (dialog) => {
      complaints.push(dialog.message())
      await dialog.dismiss()
    })
    await page.goto(`${server.origin}/${name}`)
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BODY')
    expect(complaints).toEqual([])
  })
})

describe.each([true, false])('by keyboard alone, JavaScript: %s', (javaScriptEnabled) => {
  it('someone known signs in as a developer', async () => {
    const page = await open('sign-in', { javaScriptEnabled })
    await tabTo(page, /Sign in as Grace Hopper/)
    const post = await nextPost(page, () => page.keyboard.press('Enter'))
    expect(post).toEqual({
      path: '/sign-in',
      fields: [
        ['csrf', 'csrf-1'],
        ['returnTo', '/authorize?handle=h-1'],
        ['person', 'p-grace'],
      ],
    })
  })

  it('someone new signs in as a developer', async () => {
    const page = await open('sign-in', { javaScriptEnabled })
    await tabTo(page, 'Name')
    await page.keyboard.type('Katherine Johnson')
    const post = await nextPost(page, () => page.keyboard.press('Enter'))
    expect(post.fields.slice(2)).toEqual([
      ['name', 'Katherine Johnson'],
      ['email', ''],
    ])
  })

  it('a person gives less than was asked, and allows it', async () => {
    const page = await open('consent', { javaScriptEnabled })
    await tabTo(page, 'Create, answer and close tickets')
    await page.keyboard.press('Space')
    await tabTo(page, 'Be told when a ticket changes')
    await page.keyboard.press('Space')
    await tabTo(page, 'Allow')
    const post = await nextPost(page, () => page.keyboard.press('Enter'))
    expect(post).toEqual({
      path: '/authorize/decision',
      fields: [
        ['handle', 'handle-1'],
        ['scope', 'tickets:read'],
        ['scope', 'tickets:watch'],
        ['decision', 'allow'],
      ],
    })
  })

  it('a person denies', async () => {
    const page = await open('consent', { javaScriptEnabled })
    await tabTo(page, 'Deny')
    const post = await nextPost(page, () => page.keyboard.press('Space'))
    expect(post.fields.at(-1)).toEqual(['decision', 'deny'])
  })

  it('Enter on a permission decides nothing', async () => {
    const page = await open('consent', { javaScriptEnabled })
    await tabTo(page, 'Be told when a ticket changes')
    await page.keyboard.press('Enter')
    // The next key is handled after it, and so would a submission have been.
    await page.keyboard.press('Space')
    expect(await page.getByLabel('Be told when a ticket changes').isChecked()).toBe(true)
    expect(server.posts).toEqual([])
  })

  it('a person switches the account', async () => {
    const page = await open('consent', { javaScriptEnabled })
    await tabTo(page, 'Use another account')
    const post = await nextPost(page, () => page.keyboard.press('Enter'))
    expect(post).toEqual({
      path: '/authorize/switch-account',
      fields: [
        ['handle', 'handle-1'],
        ['returnTo', '/authorize?client_id=c-1'],
      ],
    })
  })

  it('a person disconnects a client and signs out', async () => {
    const page = await open('account', { javaScriptEnabled })
    await tabTo(page, 'Disconnect Visual Studio Code from Time')
    expect(await nextPost(page, () => page.keyboard.press('Enter'))).toEqual({
      path: '/account/disconnect',
      fields: [
        ['csrf', 'csrf-3'],
        ['grant', 'g-2'],
      ],
    })
    await tabTo(page, 'Sign out')
    expect(await nextPost(page, () => page.keyboard.press('Enter'))).toEqual({
      path: '/sign-out',
      fields: [['csrf', 'csrf-3']],
    })
  })
})

describe.each([true, false])('the passkeys of an account, JavaScript: %s', (javaScriptEnabled) => {
  it('are renamed by keyboard alone', async () => {
    const page = await open('account', { javaScriptEnabled })
    await tabTo(page, 'Rename or remove Phone')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Name of Phone')
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type('Old phone')
    const post = await nextPost(page, () => page.keyboard.press('Enter'))
    expect(post).toEqual({
      path: '/account/passkeys/rename',
      fields: [
        ['csrf', 'csrf-3'],
        ['passkey', 'k-1'],
        ['label', 'Old phone'],
      ],
    })
  })

  it('are removed by keyboard alone, and not before they are unfolded', async () => {
    const page = await open('account', { javaScriptEnabled })
    const remove = page.getByRole('button', { name: 'Remove Passkey of 20 November 2026' })
    expect(await remove.isVisible()).toBe(false)
    await tabTo(page, 'Rename or remove Passkey of 20 November 2026')
    await page.keyboard.press('Space')
    await tabTo(page, /^Remove Passkey of 20 November 2026$/)
    const post = await nextPost(page, () => page.keyboard.press('Enter'))
    expect(post).toEqual({
      path: '/account/passkeys/remove',
      fields: [
        ['csrf', 'csrf-3'],
        ['passkey', 'k-2'],
      ],
    })
  })
})

describe('what has just been done', () => {
  it.each([
    { name: 'account', words: 'Claude is disconnected from Notes.' },
    { name: 'account-unconfirmed', words: 'Nothing was removed.' },
    { name: 'sign-in-confirm', words: 'You are signed out.' },
    { name: 'sign-in', words: 'You are not signed in. This passkey is not known here.' },
  ])('is announced once the page $name is there', async ({ name, words }) => {
    const page = await open(name)
    const announcer = page.locator('#announcer').filter({ hasText: words })
    await announcer.waitFor({ state: 'attached' })
  })
})

describe('what a browser says of where it comes from', () => {
  it('is our origin to ourselves, which the edge asks of every post, and nothing to others', async () => {
    server.pages.decide = plain(renderConsentPage(consent))
    const client = `http://127.0.0.1:${server.port}/callback`
    server.answer = (response) =>
      response
        .writeHead(200, pageHeaders())
        .end(renderReturnPage({ ...goBack, href: `${client}?code=1` }))
    const page = await open('decide')
    await Promise.all([
      page.waitForURL(`${client}?code=1`),
      page.getByRole('button', { name: 'Deny' }).click(),
    ])
    expect(server.requests.slice(1, 3)).toEqual([
      {
        method: 'POST',
        path: '/authorize/decision',
        origin: server.origin,
        referer: `${server.origin}/decide`,
      },
      { method: 'GET', path: '/callback', origin: undefined, referer: undefined },
    ])
  })
})

describe('the Allow button', () => {
  it('does not take the second half of a double click that began in another window', async () => {
    const page = await open('consent')
    const allow = page.getByRole('button', { name: 'Allow' })
    await allow.evaluate((button) => button.scrollIntoView({ block: 'center' }))
    const box = await allow.boundingBox()
    if (!box) throw new Error('no button')
    // The mouse arrives on the page with this very click.
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    expect(server.posts).toEqual([])

    await page.waitForFunction(
      (button) => button && getComputedStyle(button).pointerEvents === 'auto',
      await allow.elementHandle(),
    )
    const post = await nextPost(page, () =>
      page.mouse.click(box.x + box.width / 2, box.y + box.height / 2),
    )
    expect(post.fields.at(-1)).toEqual(['decision', 'allow'])
  })

  it('is ready for a finger at once, and Deny for anything', async () => {
    const phone = await open('consent', { hasTouch: true, isMobile: true })
    expect(
      await phone
        .getByRole('button', { name: 'Allow' })
        .evaluate((button) => getComputedStyle(button).pointerEvents),
    ).toBe('auto')
    const page = await open('consent')
    const deny = await page.getByRole('button', { name: 'Deny' }).evaluate((button) => {
      button.scrollIntoView({ block: 'center' })
      const { x, y } = button.getBoundingClientRect()
      return { x: x + 10, y: y + 10 }
    })
    const post = await nextPost(page, () => page.mouse.click(deny.x, deny.y))
    expect(post.fields.at(-1)).toEqual(['decision', 'deny'])
  })
})

describe('the way back to the client in Chromium', () => {
  /** The requests that leave the consent page after Deny, and what Chromium refuses. */
  async function decide(served: ServedPage, answer: PageServer['answer'], until: string) {
    server.pages.decide = served
    server.answer = answer
    const page = await open('decide')
    const requested: string[] = []
    page.on('request', (request) => requested.push(request.url()))
    const refused = page
      .waitForEvent('console', (message) => message.text().includes('form-action'))
      .then(() => 'refused')
    const arrived = page
      .waitForEvent('request', (request) => request.url().startsWith(until))
      .then(() => 'arrived')
    // Whichever does not happen ends with the page, and nobody waits for it then.
    refused.catch(() => undefined)
    arrived.catch(() => undefined)
    await page.getByRole('button', { name: 'Deny' }).click()
    return { outcome: await Promise.race([refused, arrived]), requested }
  }
  const redirectTo =
    (location: string): PageServer['answer'] =>
    (response) =>
      response.writeHead(303, { location }).end()
  const page = (redirectUri?: string): ServedPage => ({
    html: renderConsentPage(consent),
    headers: pageHeaders({ ...(redirectUri && { formAction: formActionFor(redirectUri) }) }),
  })
  const callbacks = () => [
    `http://localhost:${server.port}/callback`,
    `http://127.0.0.1:${server.port}/callback`,
    `http://[::1]:${server.port}/callback`,
    'https://assistant.invalid/callback',
    'cursor://anysphere.cursor-mcp/oauth/callback',
  ]
  const KINDS = ['localhost', '127.0.0.1', '[::1]', 'https', 'an app scheme'].map(
    (kind, index) => ({
      kind,
      index,
    }),
  )

  it.each(KINDS)('takes a redirect to $kind under form-action for it', async ({ index }) => {
    const callback = callbacks()[index] ?? ''
    const { outcome } = await decide(page(callback), redirectTo(`${callback}?code=1`), callback)
    expect(outcome).toBe('arrived')
  })

  it.each(KINDS.slice(1))(
    'refuses a redirect to $kind under form-action of any other page',
    async ({ index }) => {
      const callback = callbacks()[index] ?? ''
      const { outcome } = await decide(page(), redirectTo(`${callback}?code=1`), callback)
      expect(outcome).toBe('refused')
    },
  )

  it('follows the client from its callback to a site of its own', async () => {
    const callback = `http://127.0.0.1:${server.port}/callback`
    const done = 'https://assistant.invalid/done'
    const onward = `${callback}?onward=${encodeURIComponent(done)}`
    expect((await decide(page(callback), redirectTo(onward), done)).outcome).toBe('arrived')
  })

  it('stops where a callback goes on to an app, unless a page leads back', async () => {
    const app = 'vscode://callback/done'
    const callback = `http://127.0.0.1:${server.port}/callback`
    const onward = `${callback}?onward=${encodeURIComponent(app)}`
    expect((await decide(page(callback), redirectTo(onward), app)).outcome).toBe('refused')

    server.reset()
    const back = renderReturnPage({ ...goBack, href: onward })
    const { outcome, requested } = await decide(
      page(),
      (response) => response.writeHead(200, pageHeaders()).end(back),
      app,
    )
    expect(outcome).toBe('arrived')
    expect(requested).toContain(onward)
  })

  it.each(KINDS)('is led to $kind by a page, under the common policy', async ({ index }) => {
    const callback = callbacks()[index] ?? ''
    const back = renderReturnPage({ ...goBack, href: `${callback}?code=1&state=a%26b` })
    const { outcome, requested } = await decide(
      page(),
      (response) => response.writeHead(200, pageHeaders()).end(back),
      callback,
    )
    expect(outcome).toBe('arrived')
    expect(requested).toContain(`${callback}?code=1&state=a%26b`)
  })
})
