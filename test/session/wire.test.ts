import { describe, expect, it } from 'vitest'
import { jsonRpcNotification, jsonRpcResult } from '../../src/protocol'
import { MAX_BEHIND_CHARS, openWire } from '../../src/session/wire'
import { readSse } from './sse-reader'

const idOf = (seq: number) => ({ kind: 'post', stream: 1, seq }) as const
const hint = (chars: number) =>
  jsonRpcNotification('notifications/message', { data: 'x'.repeat(chars) })
const ANSWER = jsonRpcResult(1, '{}')

const readerOf = (body: ReadableStream<Uint8Array>) =>
  readSse(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))

describe('a connection that shows a stream', () => {
  it.each([
    ['many', Array<number>(120).fill(100_000)],
    ['one long', [MAX_BEHIND_CHARS + 1]],
  ])(
    'H-52, H-60 to a reader that is behind leaves out hints, never a response: %s',
    async (_, sizes) => {
      const wire = openWire()
      for (const [index, chars] of sizes.entries()) wire.show(idOf(index + 1), hint(chars))
      wire.show(idOf(sizes.length + 1), ANSWER)
      expect(wire.isOpen).toBe(true)
      wire.end()
      const shown = await readerOf(wire.body).rest()
      expect(shown.at(-1)).toEqual({ id: `p1.${sizes.length + 1}`, data: ANSWER })
      expect(shown.length).toBeLessThan(sizes.length + 1)
      const chars = shown.reduce((sum, { data = '' }) => sum + data.length, 0)
      expect(chars).toBeLessThanOrEqual(MAX_BEHIND_CHARS + ANSWER.length)
    },
  )

  it('shows everything to a reader that keeps up', async () => {
    const wire = openWire()
    const reader = readerOf(wire.body)
    for (let seq = 1; seq <= 100; seq++) {
      wire.show(idOf(seq), hint(100_000))
      expect((await reader.next())?.id).toBe(`p1.${seq}`)
    }
    wire.end()
    expect(await reader.next()).toBeUndefined()
  })
})
