import { createHash, createPrivateKey, createPublicKey, verify } from 'node:crypto'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  pageHeaders,
  renderAccountPage,
  renderSetupPage,
  renderSignInPage,
} from '../../src/console/index.ts'
import {
  account,
  CREATION_OPTIONS,
  REQUEST_OPTIONS,
  setup,
  signIn,
} from '../console/oauth-fixture.ts'
import { CHROMIUM_DEADLINE_MS, launchChromium } from '../support/chromium.ts'
import { type PageServer, startPageServer } from './page-server.ts'

const headers = pageHeaders({ scripts: ['passkey'] })

let browser: Browser
let server: PageServer

beforeAll(async () => {
  ;[browser, server] = await Promise.all([
    launchChromium(),
    startPageServer({
      setup: { html: renderSetupPage(setup), headers },
      account: { html: renderAccountPage(account), headers },
      'sign-in': { html: renderSignInPage({ ...signIn, developer: undefined }), headers },
    }),
  ])
}, CHROMIUM_DEADLINE_MS)
afterAll(() => Promise.all([browser.close(), server.close()]))
afterEach(async () => {
  server.reset()
  await Promise.all(browser.contexts().map((context) => context.close()))
})

/** A page with a device that holds passkeys; what Chromium itself offers for tests. */
async function openWithDevice(options: { present: boolean }) {
  const context = await browser.newContext()
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: options.present,
      automaticPresenceSimulation: true,
    },
  })
  return { page, cdp, authenticatorId }
}

/** As in a browser without the JSON methods, or with a password manager in between. */
async function forgetJsonMethods(page: Page): Promise<void> {
  await page.addInitScript(() => {
    for (const holder of [PublicKeyCredential, PublicKeyCredential.prototype]) {
      for (const method of [
        'parseCreationOptionsFromJSON',
        'parseRequestOptionsFromJSON',
        'toJSON',
      ]) {
        Reflect.deleteProperty(holder, method)
      }
    }
  })
}

/** Goes through the form by keyboard and gives back what it posts. */
async function submit(page: Page, path: string, name?: string) {
  await page.goto(`${server.origin}/${path}`)
  if (name !== undefined) await page.getByLabel('Your name').pressSequentially(name)
  else await page.getByRole('button', { name: 'Sign in with a passkey' }).focus()
  await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.keyboard.press('Enter'),
  ])
  const post = server.posts.at(-1)
  const fields = Object.fromEntries(post?.fields ?? [])
  return { path: post?.path, fields, credential: JSON.parse(fields.credential ?? '') }
}

async function credentialsOf(cdp: CDPSession, authenticatorId: string) {
  return (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials
}

const bytesOf = (base64url: string): Buffer => Buffer.from(base64url, 'base64url')

describe.each([
  { browserHas: 'the JSON methods', prepare: () => Promise.resolve() },
  { browserHas: 'no JSON methods', prepare: forgetJsonMethods },
])('a passkey, where the browser has $browserHas', ({ prepare }) => {
  it('is made under the name that was typed, and signs in', async () => {
    const { page, cdp, authenticatorId } = await openWithDevice({ present: true })
    await prepare(page)

    const made = await submit(page, 'setup', ' Ada Lovelace ')
    expect(made).toMatchObject({
      path: '/setup/one-time',
      fields: { csrf: 'csrf-2', name: ' Ada Lovelace ' },
      credential: {
        type: 'public-key',
        authenticatorAttachment: 'platform',
        response: { transports: ['internal'] },
      },
    })
    expect(made.credential.rawId).toBe(made.credential.id)
    expect(JSON.parse(bytesOf(made.credential.response.clientDataJSON).toString())).toMatchObject({
      type: 'webauthn.create',
      challenge: CREATION_OPTIONS.challenge,
      origin: server.origin,
    })
    const [stored] = await credentialsOf(cdp, authenticatorId)
    expect(stored).toMatchObject({
      rpId: 'localhost',
      userName: 'Ada Lovelace',
      userDisplayName: 'Ada Lovelace',
      isResidentCredential: true,
    })
    expect(made.credential.response.attestationObject).toMatch(/^[\w-]+$/)

    const signedIn = await submit(page, 'sign-in')
    expect(signedIn).toMatchObject({
      path: '/sign-in',
      fields: { csrf: 'csrf-1', returnTo: '/authorize?handle=h-1' },
      credential: {
        id: made.credential.id,
        response: { userHandle: CREATION_OPTIONS.user.id },
      },
    })
    const { clientDataJSON, authenticatorData, signature } = signedIn.credential.response
    expect(JSON.parse(bytesOf(clientDataJSON).toString())).toMatchObject({
      type: 'webauthn.get',
      challenge: REQUEST_OPTIONS.challenge,
    })
    // The bytes came through whole: the signature over them holds.
    const signed = Buffer.concat([
      bytesOf(authenticatorData),
      createHash('sha256').update(bytesOf(clientDataJSON)).digest(),
    ])
    const key = createPrivateKey({
      key: Buffer.from(stored?.privateKey ?? '', 'base64'),
      format: 'der',
      type: 'pkcs8',
    })
    expect(verify('sha256', signed, createPublicKey(key), bytesOf(signature))).toBe(true)
  })
})

describe('a passkey of somebody who is known', () => {
  it('is made under the name of the account, and only listed under the one that was typed', async () => {
    const { page, cdp, authenticatorId } = await openWithDevice({ present: true })
    await page.goto(`${server.origin}/account`)
    await page.getByLabel('Name (optional)').pressSequentially('Work laptop')
    await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.keyboard.press('Enter'),
    ])
    const post = server.posts.at(-1)
    expect(post?.path).toBe('/account/passkeys')
    expect(Object.fromEntries(post?.fields ?? [])).toMatchObject({
      csrf: 'csrf-3',
      challenge: 'challenge-1',
      label: 'Work laptop',
      credential: expect.stringContaining('attestationObject'),
    })
    const [stored] = await credentialsOf(cdp, authenticatorId)
    const { name, displayName } = CREATION_OPTIONS.user
    expect(stored).toMatchObject({ userName: name, userDisplayName: displayName })
  })
})

describe('a passkey that does not come about', () => {
  it.each([
    { path: 'account', button: 'Add a passkey' },
    { path: 'sign-in', button: 'Sign in with a passkey' },
  ])('is not even asked for on a page $path that has been open for too long', async (asked) => {
    const { page, cdp, authenticatorId } = await openWithDevice({ present: true })
    await page.clock.install()
    await page.goto(`${server.origin}/${asked.path}`)
    await page.clock.setSystemTime(Date.now() + 600_500)
    await page.getByRole('button', { name: asked.button }).click()
    await page.getByRole('status').filter({ hasText: 'open for too long' }).waitFor()
    expect(server.posts).toEqual([])
    expect(await credentialsOf(cdp, authenticatorId)).toEqual([])
  })

  it('leaves the page as it was, says why, and can be tried again', async () => {
    const { page, cdp, authenticatorId } = await openWithDevice({ present: false })
    await page.goto(`${server.origin}/setup`)
    await page.getByLabel('Your name').fill('Ada Lovelace')
    const button = page.getByRole('button', { name: 'Make a passkey' })
    await button.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'You can try again.' }).waitFor()
    expect(server.posts).toEqual([])
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true)

    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
    await Promise.all([
      page.waitForRequest(`${server.origin}/setup/one-time`),
      button.press('Enter'),
    ])
  })

  it('says that an address without a name cannot have one', async () => {
    const { page } = await openWithDevice({ present: true })
    await page.goto(`http://127.0.0.1:${server.port}/sign-in`)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('status').filter({ hasText: 'on localhost instead of a number' }).waitFor()
    expect(server.posts).toEqual([])
  })

  it('needs a name first', async () => {
    const { page, cdp, authenticatorId } = await openWithDevice({ present: true })
    await page.goto(`${server.origin}/setup`)
    await page.getByRole('button', { name: 'Make a passkey' }).click()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('name')
    expect(await credentialsOf(cdp, authenticatorId)).toEqual([])
  })
})

describe.each([
  { path: 'setup', words: 'Making a passkey needs JavaScript.' },
  { path: 'sign-in', words: 'Signing in with a passkey needs JavaScript.' },
  { path: 'account', words: 'Adding a passkey needs JavaScript.' },
])('/$path without what a passkey needs', ({ path, words }) => {
  it('says so where there is no JavaScript, and posts nothing on Enter', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${server.origin}/${path}`)
    expect(await page.getByText(words).isVisible()).toBe(true)
    expect(await page.locator('form[data-passkey] button:visible').count()).toBe(0)
    if (path === 'setup') await page.getByLabel('Your name').fill('Ada')
    if (path === 'account') await page.getByLabel('Name (optional)').fill('Phone')
    await page.keyboard.press('Enter')
    await page.reload()
    expect(server.posts).toEqual([])
  })

  it('says so where the browser has no passkeys', async () => {
    const page = await (await browser.newContext()).newPage()
    await page.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'))
    await page.goto(`${server.origin}/${path}`)
    expect(await page.getByText('This browser cannot use passkeys here').isVisible()).toBe(true)
    expect(await page.locator('form[data-passkey] button:visible').count()).toBe(0)
  })
})
