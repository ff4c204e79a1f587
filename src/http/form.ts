import { readBody } from '../lib'

const MAX_FORM_BYTES = 64 * 1024

/** A posted form, or undefined when the body is none, too large or not UTF-8. */
export async function readForm(request: Request): Promise<URLSearchParams | undefined> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return undefined
  const body = await readBody(request, MAX_FORM_BYTES)
  return body.ok ? new URLSearchParams(body.text) : undefined
}
