import { type PageScript, pageHeaders, renderNoticePage } from '../console'

export interface PageOptions {
  status?: number
  /** Cookies and the like, kept beside the page's own headers. */
  headers?: Headers
  /** See `pageHeaders()`. */
  scripts?: readonly PageScript[]
  formAction?: readonly string[]
}

/** An HTML answer with everything a page of ours is sent with. */
export function pageResponse(html: string, options: PageOptions = {}): Response {
  const { status = 200, scripts = [], formAction = [] } = options
  const headers = new Headers(options.headers)
  for (const [name, value] of Object.entries(pageHeaders({ scripts, formAction }))) {
    headers.set(name, value)
  }
  return new Response(html, { status, headers })
}

/** A page that says what went wrong and what to do. */
export const noticeResponse = (
  title: string,
  message: string,
  options: { status?: number; remedy?: string | undefined } = {},
): Response =>
  pageResponse(renderNoticePage({ title, message, remedy: options.remedy }), {
    status: options.status ?? 400,
  })

/** A redirect that no cache keeps. 303 turns a posted form into a page. */
export function redirectResponse(location: string, status = 303, extra?: Headers): Response {
  const headers = new Headers(extra)
  headers.set('location', location)
  headers.set('cache-control', 'no-store')
  return new Response(null, { status, headers })
}
