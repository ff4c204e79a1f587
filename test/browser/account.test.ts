/** `/account` on the built platform, without the developer sign-in, as a deployed copy has it. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { drawSetupCode } from '../../src/cli/setup-code.ts'
import { CHROMIUM_DEADLINE_MS } from '../support/chromium.ts'
import { connect, openBrowser, register, siteAt } from '../support/oauth-flow.ts'
import { openSite, type Site } from './site.ts'

let site: Site
/** By its name: a passkey belongs to one, and an address has none. */
let origin: string
let link: string

beforeAll(async () => {
  const drawn = drawSetupCode('http://localhost', Math.floor(Date.now() / 1000))
  site = await openSite({ vars: { QUAYSIDE_LOCAL: null, SETUP_CODE: drawn.setting } })
  origin = site.origin.replace('127.0.0.1', 'localhost')
  link = drawn.link.replace('http://localhost', origin)
}, CHROMIUM_DEADLINE_MS)
afterAll(() => site.close())

/** Plugs a device in that has no passkey yet; `unplug()` takes it and its passkeys away. */
async function plugIn(page: Page) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    passkeys: async () =>
      (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    unplug: () => cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId }),
  }
}

const told = (page: Page, words: string) => page.locator('.alert', { hasText: words }).waitFor()
const passkeysOn = (page: Page) =>
  page
    .locator('section', { has: page.locator('#passkeys') })
    .locator('h3 bdi')
    .allTextContents()

it('an operator looks after passkeys and connections', async () => {
  const page = await site.open('about:blank')
  const phone = await plugIn(page)
  await page.goto(link)
  await page.getByLabel('Your name').fill('Olga')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Go to your account' }).click()
  expect(await page.textContent('.signed-in')).toContain('Operator')
  expect(await passkeysOn(page)).toHaveLength(1)

  // The only one stays, and says why.
  await page.locator('summary', { hasText: 'Rename or remove' }).click()
  await page.getByText('It is your only way to sign in, so it cannot be removed.').waitFor()
  expect(await page.getByRole('button', { name: /^Remove/ }).count()).toBe(0)
  await page.getByLabel(/^Name of/).fill('Phone')
  await page.keyboard.press('Enter')
  await told(page, 'The passkey is called “Phone” now.')
  expect(await page.title()).toBe('Done · Your account · Quayside')

  // The same device makes no second one.
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText('This device already has a passkey for this account.').waitFor()
  await phone.unplug()
  const laptop = await plugIn(page)
  await page.getByLabel('Name (optional)').fill('Laptop')
  await page.keyboard.press('Enter')
  await told(page, 'The passkey “Laptop” is added.')
  expect(await passkeysOn(page)).toEqual(['Phone', 'Laptop'])
  expect(await laptop.passkeys()).toMatchObject([{ userName: 'Olga', rpId: 'localhost' }])

  // What is connected, until it is not.
  const platform = siteAt(origin)
  const cookies = openBrowser(platform)
  for (const { name, value } of await page.context().cookies()) cookies.cookies.set(name, value)
  const client = await register(platform, { client_name: 'Notes app' })
  await connect(platform, { module: 'support', scope: 'support:read', client, browser: cookies })
  await page.reload()
  await page.getByRole('button', { name: 'Disconnect Notes app from Support desk' }).click()
  await told(page, 'Notes app is disconnected from Support desk.')
  await page.getByText('Nothing is connected in your name.').waitFor()

  // Removing what this browser came in by ends it here as well.
  await page.locator('summary', { hasText: 'Rename or remove Phone' }).click()
  await page.getByText('whoever is signed in with it is signed out: you too').waitFor()
  await page.getByRole('button', { name: 'Remove Phone' }).click()
  await told(page, 'The passkey “Phone” is removed. You had signed in with it')
  await page.goto(`${origin}/`)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL(`${origin}/account`)
  expect(await passkeysOn(page)).toEqual(['Laptop'])
  await page.goto(`${origin}/time`)
  await page.getByRole('link', { name: 'Your account: Olga' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await told(page, 'You are signed out.')
})
