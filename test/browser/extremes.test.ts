import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { pageHeaders, renderHomePage, renderModulePage } from '../../src/console/index.ts'
import { HOSTILE_TEXTS, moduleOf } from '../console/fixture.ts'
import { CHROMIUM_DEADLINE_MS } from '../support/chromium.ts'
import { faintTexts, openFolds, overflowOf, violationsOf } from './measures.ts'
import { openSite, type Site } from './site.ts'

/** What no shipped module has: text without an end, every effect, text that tries to be markup. */
const EXTREMES = {
  ...moduleOf('extreme'),
  title: `${'Endless'.repeat(20)} ${HOSTILE_TEXTS.join(' ')}`,
  connectorUrl: `https://${'a'.repeat(63)}.example.com/${'module-'.repeat(12)}/mcp`,
  tools: (['read', 'change', 'delete'] as const).flatMap((effect) =>
    ['x'.repeat(128), ...HOSTILE_TEXTS].flatMap((text) =>
      moduleOf(text).tools.map((tool) => ({ ...tool, effect })),
    ),
  ),
}
const PAGES = [
  { name: 'module', html: renderModulePage(EXTREMES) },
  { name: 'home', html: renderHomePage({ origin: 'https://example.com', modules: [EXTREMES] }) },
]

let site: Site

beforeAll(async () => {
  site = await openSite()
}, CHROMIUM_DEADLINE_MS)
afterAll(() => site.close())
afterEach(() => site.closePages())

/** Shows these pages in place of the platform's, under the same headers. */
async function show(page: Page, html: string): Promise<void> {
  await page.route(site.origin, (route) => route.fulfill({ headers: pageHeaders(), body: html }))
  await page.goto(site.origin)
  await openFolds(page)
}

it.each(PAGES)('the $name page fits a phone whatever a module calls itself', async ({ html }) => {
  const page = await site.open('about:blank', { viewport: { width: 320, height: 700 } })
  await show(page, html)
  expect(await overflowOf(page)).toEqual({ pixels: 0, elements: [] })
})

it.each(
  PAGES.flatMap((page) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ ...page, colorScheme })),
  ),
)('the $name page stays accessible with every kind of tool, in $colorScheme', async (view) => {
  const page = await site.open('about:blank', { colorScheme: view.colorScheme })
  await show(page, view.html)
  expect(await violationsOf(page)).toEqual([])
  expect(await faintTexts(page)).toEqual([])
})

it.each(PAGES)('the $name page runs nothing that a module says', async ({ html }) => {
  const page = await site.open('about:blank')
  const heard: string[] = []
  page.on('dialog', async (dialog) => {
    heard.push(dialog.message())
    await dialog.dismiss()
  })
  page.on('console', (message) => heard.push(message.text()))
  page.on('pageerror', (error) => heard.push(String(error)))
  await show(page, html)
  expect(heard).toEqual([])
  expect(await page.locator('svg[onload], img, main script').count()).toBe(0)
})
