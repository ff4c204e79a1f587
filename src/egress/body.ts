import type { Mask } from './mask'

/** All of a stream, or `too_large` as soon as more than `maxBytes` have come. */
export async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array | 'too_large'> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    // Leaving the loop cancels the rest.
    if (size > maxBytes) return 'too_large'
    chunks.push(chunk)
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}

/** The stream with what the mask knows taken out; it fails once more than `maxBytes` have come. */
export function restrictBody(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  tooLarge: () => Error,
  mask: Mask,
): ReadableStream<Uint8Array> {
  const masking = mask.bytes()
  const reader = stream.getReader()
  let size = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) {
          const rest = masking?.rest()
          if (rest && rest.length > 0) controller.enqueue(rest)
          controller.close()
          return
        }
        size += value.byteLength
        if (size > maxBytes) {
          const error = tooLarge()
          await reader.cancel(error)
          throw error
        }
        const passed = masking ? masking.next(value) : value
        if (passed.length > 0) {
          controller.enqueue(passed)
          return
        }
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
