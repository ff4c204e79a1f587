/** `/<module>/try` on the built platform: a person uses a module by hand. */
import { join } from 'node:path'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM_DEADLINE_MS } from '../support/chromium.ts'
import { faintTexts, openFolds, overflowOf, violationsOf } from './measures.ts'
import { openSite, type Site } from './site.ts'

const REVISIONS = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'] as const
const VIEWS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [360, 1280].map((width) => ({ colorScheme, width })),
)

let site: Site
beforeAll(async () => {
  site = await openSite({ entry: join(import.meta.dirname, '../console/playground-entry.ts') })
}, CHROMIUM_DEADLINE_MS)
afterAll(() => site.close())
afterEach(() => site.closePages())

/** Opens the playground of the closed module as somebody new. */
async function enter(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await site.open('/kit/try', options)
  await signInAs(page, 'Ada')
  await page.waitForURL('**/kit/try')
  return page
}

async function signInAs(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Name').press('Enter')
}

/** Presses a button that opens the consent window and decides there; returns what was on offer. */
async function decide(page: Page, button: string, decision = 'Allow'): Promise<string[]> {
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name: button, exact: true }).click(),
  ])
  await popup.waitForLoadState()
  const offered = await popup.locator('.scope .facts > code').allTextContents()
  await popup.getByRole('button', { name: decision }).focus()
  await Promise.all([popup.waitForEvent('close'), popup.keyboard.press('Enter')])
  return offered
}

/** As it is seen. */
const wordsIn = async (part: Locator) => (await part.allInnerTexts()).join('\n')
const stateOf = (page: Page) => page.locator('[data-part="state"]')
const answerOf = (page: Page) => page.locator('[data-part="output"]')
const connected = (page: Page, revision: string) =>
  stateOf(page)
    .filter({ hasText: `Connected as a client of ${revision}.` })
    .waitFor()

async function connect(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await enter(options)
  await decide(page, 'Connect')
  await connected(page, REVISIONS[0])
  return page
}

const pick = (page: Page, label: string) => page.getByLabel('What to use').selectOption({ label })

/** Sends the form and waits for the answer, which ends with the status. */
async function send(page: Page, button = 'Call the tool'): Promise<string> {
  await page.getByRole('button', { name: button, exact: true }).click()
  await answerOf(page)
    .getByText(/^HTTP \d+, after/)
    .waitFor()
  return wordsIn(answerOf(page))
}

/** The newest message: its request and its response as they are shown. */
const newest = (page: Page) => page.locator('[data-part="log"] > li').first()

async function fillOrder(page: Page): Promise<void> {
  await pick(page, 'Order')
  await page.getByLabel(/^product/).fill('tea')
  await page.getByLabel(/^count/).fill('2')
  await page.getByLabel(/^city/).fill('Ulm')
}

describe('as a client of each revision', () => {
  it('connects, calls a tool and shows what went over the wire', async () => {
    const page = await connect()
    for (const revision of REVISIONS) {
      await page.getByLabel('Revision of the protocol').selectOption(revision)
      await page.getByRole('button', { name: 'Connect again' }).click()
      await connected(page, revision)
      await fillOrder(page)
      await page.getByLabel(/^region/).fill('Süd')
      expect(await send(page)).toContain('"product": "tea"')
      const wire = await wordsIn(newest(page))
      expect(wire).toContain('POST /kit/mcp')
      expect(wire).toContain('"method": "tools/call"')
      expect(wire).toContain('authorization: Bearer (kept by this page, not shown)')
      expect(wire).toContain('HTTP 200')
      const isStateless = revision === '2026-07-28'
      expect(wire.includes('mcp-name: order')).toBe(isStateless)
      expect(wire.includes('mcp-param-Region: =?base64?U8O8ZA==?=')).toBe(isStateless)
      expect(wire.includes('mcp-session-id: ')).toBe(!isStateless)
      expect(wire.includes(`mcp-protocol-version: ${revision}`)).toBe(revision !== '2025-03-26')
      const facts = await wordsIn(page.locator('[data-part="facts"]'))
      expect(facts).toMatch(isStateless ? /none: every request stands/ : /Session\s+[\w-]{80}/)
    }
    const log = await page.locator('[data-part="log"] > li').allInnerTexts()
    expect(log.filter((line) => line.startsWith('initialize 200'))).toHaveLength(3)
    expect(log.filter((line) => line.startsWith('DELETE 204'))).toHaveLength(2)
  })

  it.each(['2026-07-28', '2025-11-25'])('shows events of %s as they come', async (revision) => {
    const page = await connect()
    await page.getByLabel('Revision of the protocol').selectOption(revision)
    await page.getByRole('button', { name: 'Connect again' }).click()
    await connected(page, revision)
    await pick(page, 'Steps')
    const answer = await send(page)
    expect(answer).toContain('Progress: 1 of 2, half of it')
    expect(answer).toContain('There.')
    const events = newest(page).getByRole('list', { name: 'Events, as they came' })
    expect(await wordsIn(events)).toContain('"method": "notifications/progress"')
    expect(await wordsIn(newest(page).locator('summary').first())).toMatch(
      /200, \d+ ms, \d events$/,
    )
  })
})

it.each(['2026-07-28', '2025-11-25'])('stops a call of %s', async (revision) => {
  const page = await connect()
  await page.getByLabel('Revision of the protocol').selectOption(revision)
  await page.getByRole('button', { name: 'Connect again' }).click()
  await connected(page, revision)
  await pick(page, 'Wait')
  await page.getByRole('button', { name: 'Call the tool' }).click()
  await answerOf(page).getByText('Progress: 0 of 1, waiting').waitFor()
  await page.getByRole('button', { name: 'Stop' }).click()
  await answerOf(page)
    .getByText(/^Stopped\./)
    .waitFor()
  const cancelled = page.locator('[data-part="log"] summary', {
    hasText: 'notifications/cancelled',
  })
  if (revision === '2025-11-25') await cancelled.filter({ hasText: '202' }).waitFor()
  else expect(await cancelled.count()).toBe(0)
})

describe('the form of a tool', () => {
  it('makes arguments of every type, and leaves out what is left empty', async () => {
    const page = await connect()
    await fillOrder(page)
    expect(await page.getByText('Left out, it is false.').isVisible()).toBe(true)
    await page.getByLabel(/^weight/).fill('1.5')
    await page.getByLabel(/^gift/).selectOption('yes')
    await page.getByLabel(/^colour/).selectOption('blue')
    await page.getByRole('button', { name: 'Add an entry to labels' }).click()
    await page.keyboard.type('fragile')
    await page.getByRole('button', { name: 'Add an entry to labels' }).click()
    await page.getByRole('button', { name: 'Remove entry 2 of labels' }).click()
    await page.getByLabel(/^payment/).fill('{"cash": true}')
    await send(page)
    const shown = await wordsIn(answerOf(page).locator('pre').first())
    expect(JSON.parse(shown)).toEqual({
      product: 'tea',
      count: 2,
      weight: 1.5,
      gift: true,
      colour: 'blue',
      labels: ['fragile'],
      address: { city: 'Ulm' },
      payment: { cash: true },
    })
  })

  it('says what is wrong before anything is sent, and leads there', async () => {
    const page = await connect()
    const before = await page.locator('[data-part="log"] > li').count()
    await pick(page, 'Order')
    await page.getByLabel(/^product/).fill('t')
    await page.getByLabel(/^count/).fill('2.5')
    await page.getByLabel(/^payment/).fill('{cash}')
    await page.getByRole('button', { name: 'Call the tool' }).click()
    await page.getByText('Nothing was sent: 4 fields need another look.').waitFor()
    for (const words of [
      'It needs at least 2 characters; this has 1.',
      'This has to be a whole number.',
      'This is required.',
      'This is not JSON:',
    ]) {
      expect(await page.locator('.field-error:visible', { hasText: words }).count()).toBe(1)
    }
    const focused = page.locator(':focus')
    expect(await focused.getAttribute('aria-invalid')).toBe('true')
    expect(await focused.inputValue()).toBe('t')
    expect(await violationsOf(page)).toEqual([])
    expect(await page.locator('[data-part="log"] > li').count()).toBe(before)
  })

  it('says in words what the platform refuses and how a tool failed', async () => {
    const page = await connect()
    await pick(page, 'Order')
    await page.getByLabel('Write the arguments as JSON').check()
    await page.getByRole('textbox', { name: 'Arguments' }).fill('{"product": "tea", "count": 9}')
    const refused = await send(page)
    expect(refused).toContain('The tool says that it failed')
    expect(refused).toMatch(/count/)
    await pick(page, 'Fail')
    expect(await send(page)).toContain('There is no paper left.')
    // Where it is an error of the protocol, there is more to say.
    await page.getByLabel('Revision of the protocol').selectOption('2025-03-26')
    await page.getByRole('button', { name: 'Connect again' }).click()
    await connected(page, '2025-03-26')
    await pick(page, 'Order')
    await page.getByLabel('Write the arguments as JSON').check()
    await page.getByRole('textbox', { name: 'Arguments' }).fill('{}')
    const error = await send(page)
    expect(error).toContain('Something in the request is wrong or does not exist')
    expect(error).toContain('Error -32602')
  })

  it('folds what is too long to show at once', async () => {
    const page = await connect()
    await pick(page, 'Flood')
    await send(page)
    const shown = () => wordsIn(answerOf(page).locator('pre').first())
    expect((await shown()).length).toBeLessThan(2_100)
    await answerOf(page)
      .getByRole('button', { name: /^Show 100,000 more of 600,000/ })
      .click()
    expect((await shown()).length).toBeGreaterThan(100_000)
    expect((await page.content()).length).toBeLessThan(400_000)
  })
})

describe('a tool that asks', () => {
  /** Connects as a client of the revision and calls the tool as far as its first question. */
  async function askedBy(tool: string, revision: string): Promise<Page> {
    const page = await connect()
    await page.getByLabel('Revision of the protocol').selectOption(revision)
    await page.getByRole('button', { name: 'Connect again' }).click()
    await connected(page, revision)
    await pick(page, tool)
    if (tool === 'Wrap') await page.getByLabel(/^paper/).selectOption('silk')
    await page.getByRole('button', { name: 'Call the tool' }).click()
    await questionIn(page).waitFor()
    return page
  }
  const questionIn = (page: Page) => page.getByRole('form', { name: 'The module asks' })

  it.each(REVISIONS.slice(0, 3))('gets the answers of a person, in %s', async (revision) => {
    const page = await askedBy('Wrap', revision)
    const question = questionIn(page)
    await question.getByText('How, in silk?').waitFor()
    expect(await wordsIn(page.locator(':focus'))).toBe('The module asks')
    await question.getByLabel(/^ribbons/).fill('10')
    await question.getByRole('button', { name: 'Send the answer' }).click()
    await question.getByText('The most is 9.').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await question.getByLabel(/^colour/).selectOption('Red as a rose')
    await question.getByLabel(/^ribbons/).fill('2')
    await page.keyboard.press('Enter')
    await question.getByText('Really?').waitFor()
    await question.getByRole('button', { name: 'Decline' }).click()
    await answerOf(page)
      .getByText(/^HTTP \d+, after/)
      .waitFor()
    expect(JSON.parse(await wordsIn(answerOf(page).locator('pre').first()))).toEqual([
      { action: 'accept', content: { colour: 'r', ribbons: 2 } },
      { action: 'decline' },
    ])
  })

  it.each(REVISIONS.slice(0, 2))('has a page opened, in %s', async (revision) => {
    const page = await askedBy('Visit', revision)
    const link = questionIn(page).getByRole('link')
    expect(await link.getAttribute('href')).toContain(`${site.origin}/account/open?`)
    await questionIn(page).getByRole('button', { name: 'Accept' }).click()
    await answerOf(page).getByText('accept', { exact: true }).waitFor()
  })

  it.each(REVISIONS.slice(0, 2))(
    'is stopped while its question is open, in %s',
    async (revision) => {
      const page = await askedBy('Wrap', revision)
      await page.getByRole('button', { name: 'Stop' }).click()
      await answerOf(page)
        .getByText(/^Stopped\./)
        .waitFor()
      expect(await questionIn(page).count()).toBe(0)
    },
  )

  it.each(REVISIONS.slice(0, 2))(
    'is over with the connection, which can be made again, in %s',
    async (revision) => {
      const page = await askedBy('Wrap', revision)
      await page.getByRole('button', { name: 'Disconnect' }).click()
      await stateOf(page).filter({ hasText: 'Disconnected.' }).waitFor()
      expect(await questionIn(page).count()).toBe(0)
      await decide(page, 'Connect')
      await connected(page, revision)
    },
  )

  it('is over for a page that comes back after it was left', async () => {
    const page = await askedBy('Wrap', REVISIONS[0])
    await page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
    })
    await stateOf(page).filter({ hasText: 'Connect again: you had left' }).waitFor()
    await decide(page, 'Connect')
    await connected(page, REVISIONS[0])
  })

  it('is told by a client of 2025-03-26 that it cannot be asked', async () => {
    const page = await connect()
    await page.getByLabel('Revision of the protocol').selectOption('2025-03-26')
    await page.getByRole('button', { name: 'Connect again' }).click()
    await connected(page, '2025-03-26')
    await pick(page, 'Wrap')
    await page.getByLabel(/^paper/).selectOption('plain')
    expect(await send(page)).toContain('elicitation')
  })
})

describe('resources and prompts', () => {
  it('reads a resource and shows markup as the text that it is', async () => {
    const page = await connect()
    await pick(page, 'Manual')
    expect(await send(page, 'Read it')).toContain('<script>document.title = 1</script>')
    expect(await page.title()).toContain('Try Kit')
    expect(await page.locator('#playground img').count()).toBe(0)
  })

  it('fills in a template, with suggestions', async () => {
    const page = await connect()
    await pick(page, 'Page')
    await page.getByLabel(/^page/).pressSequentially('a')
    await page.getByRole('button', { name: 'a/b ü' }).click()
    await page.getByText('Reads kit://pages/a%2Fb%20%C3%BC').waitFor()
    expect(await send(page, 'Read it')).toContain('The page called a/b ü')
  })

  it.each(['2026-07-28', '2025-11-25'])(
    'fills in a prompt of %s, with suggestions that know its other arguments',
    async (revision) => {
      const page = await connect()
      await page.getByLabel('Revision of the protocol').selectOption(revision)
      await page.getByRole('button', { name: 'Connect again' }).click()
      await connected(page, revision)
      await pick(page, 'Letter')
      await page.getByLabel(/^to/).fill('Grace')
      await page.getByLabel(/^place/).press('ArrowDown')
      await page.getByRole('button', { name: 'where Grace lives' }).click()
      expect(await send(page, 'Fill in the prompt')).toContain('Write to Grace, where Grace lives.')
    },
  )
})

describe('a tool that may destroy', () => {
  it('asks first, then for the permission that is missing, and runs with it', async () => {
    const page = await connect()
    await pick(page, 'Wipe')
    expect(await wordsIn(page.locator('[data-part="item"]'))).toContain('Can delete')
    const call = page.getByRole('button', { name: 'Call the tool' })
    const before = await page.locator('[data-part="log"] > li').count()

    await call.click()
    const question = page.getByRole('dialog', { name: 'Call “Wipe”?' })
    expect(await violationsOf(page)).toEqual([])
    // What Enter presses is the harmless one.
    await page.keyboard.press('Enter')
    await question.waitFor({ state: 'hidden' })
    expect(await page.locator('[data-part="log"] > li').count()).toBe(before)

    await call.click()
    await question.getByRole('button', { name: 'Send it' }).click()
    await answerOf(page).getByText('This needs a permission you have not given').waitFor()
    expect(await decide(page, 'Ask for it')).toEqual(['kit:use', 'kit:wipe'])
    await stateOf(page).filter({ hasText: 'You can send it again now.' }).waitFor()
    expect(await wordsIn(page.locator('[data-part="facts"]'))).toContain('kit:use kit:wipe')
    await call.click()
    await question.getByRole('button', { name: 'Send it' }).click()
    await answerOf(page).getByText('Wiped.').waitFor()
  })
})

describe('access', () => {
  it('is not given by who says no, and can be asked for again', async () => {
    const page = await enter()
    await decide(page, 'Connect', 'Deny')
    await stateOf(page).filter({ hasText: 'You said no, so nothing was given.' }).waitFor()
    expect(await page.locator('[data-part="bench"]').isVisible()).toBe(false)
    await decide(page, 'Connect')
    await connected(page, REVISIONS[0])
  })

  it('is asked for by a link where the browser lets no window open', async () => {
    const page = await enter()
    await page.evaluate(() => {
      window.open = () => null
    })
    await page.getByRole('button', { name: 'Connect' }).click()
    const [consent] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('link', { name: 'Open the consent page (new tab)' }).click(),
    ])
    // Given up and asked again, the former window is nobody's any more.
    await page.getByRole('button', { name: 'Connect' }).click()
    await stateOf(page).filter({ hasText: 'Given up.' }).waitFor()
    await consent.close()
    await page.getByRole('button', { name: 'Connect' }).click()
    const [again] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('link', { name: 'Open the consent page (new tab)' }).click(),
    ])
    await again.getByRole('button', { name: 'Allow' }).focus()
    await again.keyboard.press('Enter')
    await connected(page, REVISIONS[0])
  })

  it('is asked for again when it was taken away', async () => {
    const page = await connect()
    const account = await page.context().newPage()
    await account.goto(`${site.origin}/account`)
    await account.getByRole('button', { name: /^Disconnect/ }).click()
    await account.locator('main, #main').getByText('is disconnected from Kit.').first().waitFor()
    await pick(page, 'Steps')
    await page.getByRole('button', { name: 'Call the tool' }).click()
    await answerOf(page).getByText('The access has ended').waitFor()
    await decide(page, 'Ask for it again')
    await stateOf(page).filter({ hasText: 'You can send it again now.' }).waitFor()
    expect(await send(page)).toContain('There.')
  })

  it('is for whoever opened the page, not for who has signed in since', async () => {
    const page = await enter()
    const other = await page.context().newPage()
    await other.goto(`${site.origin}/sign-in`)
    await signInAs(other, 'Grace')
    await other.waitForURL('**/account')
    await decide(page, 'Connect')
    await stateOf(page).filter({ hasText: 'Somebody else has signed in' }).waitFor()
    expect(await page.locator('[data-part="bench"]').isVisible()).toBe(false)
    await other.reload()
    await other.getByText('Nothing is connected in your name.').waitFor()
  })

  it('is in no address, storage or markup, goes out with no cookie, and ends with the page', async () => {
    const page = await enter()
    const requests: { url: string; cookie: string | undefined; token: string | undefined }[] = []
    page.context().on('request', async (request) => {
      const { cookie, authorization } = await request.allHeaders()
      requests.push({ url: request.url(), cookie, token: authorization?.replace('Bearer ', '') })
    })
    await decide(page, 'Connect')
    await connected(page, REVISIONS[0])
    await pick(page, 'Steps')
    await send(page)
    await openFolds(page)
    const calls = requests.filter(({ url }) => url.endsWith('/kit/mcp'))
    const token = calls.at(-1)?.token ?? ''
    expect(token.length).toBeGreaterThan(40)
    expect(calls.filter(({ cookie }) => cookie !== undefined)).toEqual([])
    expect(requests.filter(({ url }) => url.includes(token))).toEqual([])
    const kept = await page.evaluate(() => [
      document.documentElement.outerHTML,
      location.href,
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
      document.cookie,
      JSON.stringify(Object.keys(window)),
    ])
    expect(kept.join()).not.toContain(token.split(':')[2])
    expect(kept.slice(2, 5)).toEqual(['{}', '{}', ''])

    const call = () =>
      fetch(`${site.origin}/kit/mcp`, { headers: { authorization: `Bearer ${token}` } })
    expect((await call()).status).toBe(405)
    await page.goto(`${site.origin}/`)
    await expect.poll(async () => (await call()).status, { timeout: 20_000 }).toBe(401)
    await page.goto(`${site.origin}/account`)
    await page.getByText('Nothing is connected in your name.').waitFor()
  })
})

describe('an open module', () => {
  it('is used by somebody who has not signed in', async () => {
    const page = await site.open('/open')
    await page.getByRole('link', { name: 'Try Open here' }).click()
    await page.getByRole('button', { name: 'Connect' }).click()
    await connected(page, REVISIONS[0])
    expect(await send(page)).toContain('Hello.')
    expect(await wordsIn(newest(page))).not.toContain('authorization')
  })
})

describe('the page', () => {
  it.each(VIEWS)('is accessible and fits in $colorScheme at $width px', async (view) => {
    const { colorScheme, width } = view
    const page = await enter({ colorScheme, viewport: { width, height: 800 } })
    const check = async () => {
      await openFolds(page)
      expect(await violationsOf(page)).toEqual([])
      expect(await faintTexts(page)).toEqual([])
      expect(await overflowOf(page)).toEqual({ pixels: 0, elements: [] })
    }
    await check()
    await decide(page, 'Connect')
    await connected(page, REVISIONS[0])
    await fillOrder(page)
    await page.getByRole('button', { name: 'Add an entry to labels' }).click()
    await page.keyboard.type('x')
    await send(page)
    await check()
    const [form, answer] = await Promise.all(
      ['Request', 'Answer'].map((name) =>
        page.getByRole('heading', { name, exact: true, level: 2 }).boundingBox(),
      ),
    )
    // Beside each other where there is room, below each other where there is none.
    expect(Math.abs((form?.y ?? 0) - (answer?.y ?? 0)) < 2).toBe(width === 1280)
    await pick(page, 'Letter')
    await page.getByLabel(/^place/).press('ArrowDown')
    await page.getByRole('button', { name: 'where nobody lives' }).waitFor()
    await check()
  })

  it('runs under its own policy and calls nobody else', async () => {
    const page = await site.open('about:blank')
    const complaints: string[] = []
    const requested: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => requested.push(request.url()))
    await page.goto(`${site.origin}/open/try`)
    await page.getByRole('button', { name: 'Connect' }).click()
    await connected(page, REVISIONS[0])
    await send(page)
    expect(
      requested.every((url) => url.startsWith(`${site.origin}/open/`) || url.startsWith('data:')),
    ).toBe(true)
    expect(complaints).toEqual([])
    const refused = await page.evaluate(() =>
      fetch('https://example.com/').then(
        () => false,
        () => true,
      ),
    )
    expect(refused).toBe(true)
    expect(complaints.join()).toContain("connect-src 'self'")
  })

  it('says what it needs where there is no JavaScript', async () => {
    const page = await site.open('/open/try', { javaScriptEnabled: false })
    expect(await page.getByText('This page needs JavaScript').isVisible()).toBe(true)
    expect(await page.locator('button:visible').count()).toBe(0)
  })
})
