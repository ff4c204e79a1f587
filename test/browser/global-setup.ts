import { ensureChromium } from '../support/chromium.ts'

/** Finds or installs the browser once, before the files of this suite start in parallel. */
export default async function setup(): Promise<void> {
  process.env.CHROMIUM_PATH = await ensureChromium()
}
