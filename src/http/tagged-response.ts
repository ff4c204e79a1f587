import { shortDigest } from '../lib'

/**
 * A 200 under an entity tag, or a 304 to whoever has it already (RFC 9110 §13.1.2).
 *
 * @param seal What the tag is made of, where that is more than the body: a cache keeps the headers
 *   too, and one of them may change under the same text.
 */
export async function taggedResponse(
  request: Request,
  body: string,
  headers: Headers,
  seal = body,
): Promise<Response> {
  const etag = `"${await shortDigest(seal)}"`
  headers.set('etag', etag)
  const known = (request.headers.get('if-none-match') ?? '').split(',')
  // Weak comparison: a cache on the way may have compressed the body.
  const isKnown = known.some((tag) => tag.trim().replace(/^W\//, '') === etag)
  return isKnown ? new Response(null, { status: 304, headers }) : new Response(body, { headers })
}
