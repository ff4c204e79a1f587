/**
 * What a test asks of a rendered page. What is given to `evaluate` runs inside the page, so each
 * function is whole by itself and returns plain data.
 * @module
 */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

/** All of a page at once: what a person may unfold counts as much as what is open. */
export const openFolds = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true
  })

/** What axe finds, of any impact: rule and elements. */
export async function violationsOf(page: Page): Promise<{ rule: string; elements: string[] }[]> {
  const { violations } = await new AxeBuilder({ page })
    .options({ rules: { 'color-contrast-enhanced': { enabled: true } } })
    .analyze()
  return violations.map(({ id, nodes }) => ({ rule: id, elements: nodes.map(({ html }) => html) }))
}

/** Elements that reach beyond the right edge of the window, and by how much the page scrolls. */
export const overflowOf = (page: Page) =>
  page.evaluate(() => ({
    pixels: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    elements: [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 0.5)
      .map((element) => element.outerHTML.slice(0, 120)),
  }))

/**
 * Text with less contrast than 7:1 to the surface behind it, or than 4.5:1 to decoration on that
 * surface (WCAG 2.2 §1.4.6 and §1.4.3). axe measures no text that has decoration behind it, such
 * as the contour lines of the title band.
 */
export const faintTexts = (page: Page) =>
  page.evaluate(() => {
    const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number)
    const luminance = (color: string) => {
      const [red = 0, green = 0, blue = 0] = channels(color).map((channel) => {
        const share = channel / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const contrast = (one: string, other: string) => {
      const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
      return (high + 0.05) / (low + 0.05)
    }
    const isOpaque = (color: string) => (channels(color)[3] ?? 1) === 1
    const behind = (element: Element) => {
      const decorations: string[] = []
      for (let at: Element | null = element; at; at = at.parentElement) {
        const before = getComputedStyle(at, '::before')
        if (before.content !== 'none' && before.display !== 'none') {
          decorations.push(before.backgroundColor)
        }
        const { backgroundColor } = getComputedStyle(at)
        if (isOpaque(backgroundColor)) return { surface: backgroundColor, decorations }
      }
      throw new Error('no opaque surface behind the text')
    }
    const found: string[] = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement
      if (!text.nodeValue?.trim() || !element?.checkVisibility()) continue
      if (element.closest('.visually-hidden')) continue
      const { color } = getComputedStyle(element)
      const { surface, decorations } = behind(element)
      const surfaceRatio = contrast(color, surface)
      const worstDecoration = Math.min(...decorations.map((other) => contrast(color, other)))
      if (surfaceRatio < 7 || worstDecoration < 4.5) {
        found.push(`${surfaceRatio.toFixed(2)}, ${worstDecoration.toFixed(2)}: ${text.nodeValue}`)
      }
    }
    return found
  })

/** The controls a person can reach, in the order of the document. */
export const controlsOf = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('a[href], button, summary, input, select, textarea')]
      .filter((element) => element.checkVisibility() && !element.matches(':disabled'))
      .map((element) => element.textContent?.trim() ?? ''),
  )

/** The element that has the focus: its text, its place, and how its focus shows. */
export const focusOf = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body) return undefined
    const { top, bottom, left, right } = element.getBoundingClientRect()
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    return {
      text: element.textContent?.trim() ?? '',
      pageTop: top + window.scrollY,
      inView: top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth,
      outline: outlineStyle === 'none' ? 0 : Number.parseFloat(outlineWidth),
    }
  })
