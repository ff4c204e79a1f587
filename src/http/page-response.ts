import { type NoticeView, type PageScript, pageHeaders, renderNoticePage } from '../console'
import { taggedResponse } from './tagged-response'

export interface PageOptions {
  status?: number
  /** Cookies and the like, kept beside the page's own headers. */
  headers?: Headers | undefined
  /** See `pageHeaders()`. */
  scripts?: readonly PageScript[]
  formAction?: readonly string[]
  connects?: boolean
}

/** An HTML answer with everything a page of ours is sent with. */
export function pageResponse(html: string, options: PageOptions = {}): Response {
  const { status = 200, scripts = [], formAction = [], connects } = options
  const headers = new Headers(options.headers)
  for (const [name, value] of Object.entries(pageHeaders({ scripts, formAction, connects }))) {
    headers.set(name, value)
  }
  return new Response(html, { status, headers })
}

/**
 * A page that is the same for everybody who is not signed in. Caches may keep it but have to ask
 * each time whether it still is what is deployed, which costs a digest and no body; and a page with
 * somebody's name on it is kept by none.
 */
export async function publicPageResponse(
  request: Request,
  html: string,
  options: { personal: boolean },
): Promise<Response> {
  const response = pageResponse(html)
  const { headers } = response
  headers.set('vary', 'Cookie')
  if (options.personal) return response
  headers.set('cache-control', 'public, no-cache')
  return taggedResponse(
    request,
    html,
    headers,
    `${headers.get('content-security-policy')}\n${html}`,
  )
}

/** A page that says what went wrong and what to do. */
export const noticeResponse = (
  title: string,
  message: string,
  { status = 400, headers, ...more }: NoticeOptions = {},
): Response => pageResponse(renderNoticePage({ title, message, ...more }), { status, headers })

type NoticeOptions = Pick<PageOptions, 'status' | 'headers'> &
  Partial<Pick<NoticeView, 'remedy' | 'action' | 'details'>>

/** A redirect that no cache keeps. 303 turns a posted form into a page. */
export function redirectResponse(location: string, status = 303, extra?: Headers): Response {
  const headers = new Headers(extra)
  headers.set('location', location)
  headers.set('cache-control', 'no-store')
  return new Response(null, { status, headers })
}
