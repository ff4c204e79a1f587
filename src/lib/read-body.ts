/** `broken`: the sender went away, or said something else than it sent. */
export type ReadBody =
  | { ok: true; text: string }
  | { ok: false; reason: 'too_large' | 'not_utf8' | 'broken' }

/**
 * The body of a request as text, or `too_large` as soon as more than `maxBytes` have arrived.
 * A body of known length is refused or read at once; any other is counted while it streams, so
 * that a sender who lies about the size costs at most `maxBytes` of memory.
 */
export async function readBody(request: Request, maxBytes: number): Promise<ReadBody> {
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > maxBytes) {
    return { ok: false, reason: 'too_large' }
  }
  // HTTP framing holds a sender to its Content-Length, so the fast native read is safe with one.
  if (declared !== null) {
    let text: string
    try {
      text = await request.text()
    } catch {
      return { ok: false, reason: 'broken' }
    }
    return isWhole(text, Number(declared)) ? { ok: true, text } : { ok: false, reason: 'not_utf8' }
  }
  const bytes = await collect(request, maxBytes).catch(() => 'broken' as const)
  if (bytes === 'broken') return { ok: false, reason: 'broken' }
  if (bytes === undefined) return { ok: false, reason: 'too_large' }
  try {
    return {
      ok: true,
      text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes),
    }
  } catch {
    return { ok: false, reason: 'not_utf8' }
  }
}

/**
 * Whether the bytes of a text were UTF-8. Decoding puts U+FFFD where they were not, and that is
 * three bytes long, unlike what it stands for. The one exception is a character of four bytes that
 * lacks its last: that is indistinguishable from a U+FFFD that was sent, and taken for one.
 */
function isWhole(text: string, byteLength: number): boolean {
  if (!text.includes('\ufffd')) return true
  const length = new TextEncoder().encode(text).byteLength
  // A byte order mark is no part of the text.
  return length === byteLength || length + 3 === byteLength
}

async function collect(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    // Leaving the loop cancels the rest of the body.
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}
