import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM_DEADLINE_MS } from '../support/chromium.ts'
import { controlsOf, faintTexts, focusOf, openFolds, overflowOf, violationsOf } from './measures.ts'
import { openSite, type Site } from './site.ts'

const PAGES = [
  { name: 'the home page', path: '/', status: 200 },
  { name: 'a module page', path: '/time', status: 200 },
  { name: 'a notice page', path: '/no-such-page', status: 404 },
]
const VIEWS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [360, 1280].map((width) => ({ colorScheme, width })),
)

let site: Site
const open = (path: string, options?: BrowserContextOptions): Promise<Page> =>
  site.open(path, options)

beforeAll(async () => {
  site = await openSite()
}, CHROMIUM_DEADLINE_MS)
afterAll(() => site.close())
afterEach(() => site.closePages())

describe.each(PAGES)('$name', ({ path, status }) => {
  it.each(VIEWS)('is accessible in $colorScheme at $width px', async ({ colorScheme, width }) => {
    const page = await open(path, { colorScheme, viewport: { width, height: 800 } })
    await openFolds(page)
    expect(await violationsOf(page)).toEqual([])
    expect(await faintTexts(page)).toEqual([])
  })

  it.each([320, 360, 768, 1280, 1920])('fits a window of %i px', async (width) => {
    const page = await open(path, { viewport: { width, height: 800 } })
    await openFolds(page)
    expect(await overflowOf(page)).toEqual({ pixels: 0, elements: [] })
  })

  it.each(VIEWS)(
    'leads the keyboard from top to bottom and shows where it is, in $colorScheme at $width px',
    async ({ colorScheme, width }) => {
      const page = await open(path, { colorScheme, viewport: { width, height: 800 } })
      await openFolds(page)
      const controls = await controlsOf(page)
      expect(controls[0]).toBe('Skip to content')

      let lastTop = Number.NEGATIVE_INFINITY
      for (const control of controls) {
        await page.keyboard.press('Tab')
        const focus = await focusOf(page)
        expect(focus).toMatchObject({ text: control, inView: true })
        expect(focus?.outline).toBeGreaterThanOrEqual(3)
        // Controls beside each other may differ by a few pixels.
        expect(focus?.pageTop).toBeGreaterThan(lastTop - 24)
        lastTop = focus?.pageTop ?? lastTop
      }
    },
  )

  it('lets the keyboard skip what repeats on every page', async () => {
    const page = await open(path)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  })

  it('runs under its own policy and loads nothing from elsewhere', async () => {
    const page = await open('about:blank')
    const complaints: string[] = []
    const requested: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => requested.push(request.url()))
    const response = await page.goto(site.origin + path)

    expect(response?.status()).toBe(status)
    const policy = response?.headers()['content-security-policy']
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(requested.filter((url) => !url.startsWith('data:'))).toEqual([site.origin + path])
    // Chromium itself reports the status of a page that is not found.
    expect(complaints.filter((text) => !text.includes('status of 404'))).toEqual([])
    expect(await page.evaluate(() => getComputedStyle(document.body).margin)).toBe('0px')
  })

  it('runs no script or style that gets into its markup', async () => {
    const page = await open(path)
    await page.evaluate(async () => {
      const script = document.createElement('script')
      script.textContent = 'document.title = "injected"'
      const markup = document.createElement('div')
      markup.innerHTML = `<img src="x" onerror="document.title = 'injected'"><p style="color: red">text</p>`
      const image = markup.querySelector('img')
      const refused = new Promise((resolve) => image?.addEventListener('error', resolve))
      document.body.append(script, markup)
      await refused // the handler in the markup would have run before this one
    })
    expect(await page.title()).not.toBe('injected')
    const color = await page.locator('p[style]').evaluate((p) => getComputedStyle(p).color)
    expect(color).not.toBe('rgb(255, 0, 0)')
  })

  it('reads the same without JavaScript, with no button that does nothing', async () => {
    const [plain, scripted] = await Promise.all(
      [false, true].map((javaScriptEnabled) => open(path, { javaScriptEnabled })),
    )
    const words = (page: Page | undefined) => page?.locator('main h1, main p, pre').allInnerTexts()
    expect(await words(plain)).toEqual(await words(scripted))
    expect(await plain?.locator('button:visible').count()).toBe(0)
  })
})

describe('a module page without JavaScript', () => {
  it('unfolds how to connect a client', async () => {
    const page = await open('/time', { javaScriptEnabled: false })
    const fold = page.locator('details', { hasText: 'MCP Inspector' })
    expect(await fold.locator('pre').isVisible()).toBe(false)
    await fold.locator('summary').click()
    expect(await fold.locator('pre').textContent()).toContain(
      `--server-url ${site.origin}/time/mcp`,
    )
  })
})

describe('a module page on paper', () => {
  it('has every client unfolded and nothing to press', async () => {
    const page = await open('/time')
    await page.emulateMedia({ media: 'print' })
    const snippets = page.locator('pre')
    for (const snippet of await snippets.all()) {
      expect((await snippet.boundingBox())?.height).toBeGreaterThan(0)
    }
    expect(await page.locator('button:visible').count()).toBe(0)
  })
})

describe.each(['/', '/time'])('a copy button on %s', (path) => {
  it('copies the connector URL, says so aloud and in sight, and can be used again', async () => {
    const page = await open(path, { permissions: ['clipboard-read', 'clipboard-write'] })
    const button = page.getByRole('button', { name: 'Copy connector URL of Time' }).first()
    const announced = page.getByRole('status').filter({ hasText: /^Copied$/ })

    await button.focus()
    await page.keyboard.press('Enter')
    await announced.waitFor({ state: 'attached' })
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      `${site.origin}/time/mcp`,
    )
    expect(await page.locator('[data-done]').textContent()).toContain('Copied')
    await button.waitFor() // under its first name again
  })

  it('selects the text and says so where the browser refuses to copy', async () => {
    const page = await open(path)
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))
    })
    await page.getByRole('button', { name: 'Copy connector URL of Time' }).first().click()
    await page.getByRole('status').filter({ hasText: 'Not copied' }).waitFor({ state: 'attached' })
    expect(await page.evaluate(() => getSelection()?.toString())).toBe(`${site.origin}/time/mcp`)
  })
})
