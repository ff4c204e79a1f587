/** What tools return, in the words ChatGPT's deep research and company knowledge look for. @module */
import * as z from 'zod'

export const config = {
  /** Where people read the same files: a link is this and the path of the document. */
  URL: z.url({ protocol: /^https?$/ }).optional(),
}

/** The address of something, for citations; empty where people cannot open it, as ChatGPT asks. */
const Url = z.union([z.url({ protocol: /^https?$/ }), z.literal('')])

export const Found = z.object({
  id: z.string().describe('For fetch'),
  title: z.string().describe('The headings above it and its own'),
  url: Url.describe('For citations; empty when people cannot open it'),
})

export const Fetched = Found.extend({
  text: z.string().describe('Markdown'),
  metadata: z.record(z.string(), z.string()).optional(),
})

/** A document, or one of its sections. */
export const idOf = (path: string, anchor: string): string =>
  anchor === '' ? path : `${path}#${anchor}`

/** Paths and anchors may hold what a URL writes otherwise. */
export const urlOf = (site: string | undefined, path: string, anchor: string): string =>
  site === undefined
    ? ''
    : site.replace(/\/?$/, '/') +
      path.split('/').map(encodeURIComponent).join('/') +
      (anchor === '' ? '' : `#${encodeURIComponent(anchor)}`)
