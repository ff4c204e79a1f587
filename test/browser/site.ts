import type { BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { type PlatformOptions, start } from '../support/platform.ts'

/** The built platform and a browser on it. */
export interface Site {
  origin: string
  /** A page of its own context, so that nothing is shared with another. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>
  closePages(): Promise<void>
  close(): Promise<void>
}

export async function openSite(options: PlatformOptions = {}): Promise<Site> {
  const [browser, platform] = await Promise.all([launchChromium(), start(options)])
  return {
    origin: platform.origin,
    async open(path, options) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        reducedMotion: 'reduce', // what moves has arrived when it is measured
        ...options,
      })
      const page = await context.newPage()
      await page.goto(new URL(path, platform.origin).href)
      return page
    },
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()))
    },
    async close() {
      await Promise.all([browser.close(), platform.stop()])
    },
  }
}
