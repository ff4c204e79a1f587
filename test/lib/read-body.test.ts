import { describe, expect, it } from 'vitest'
import { readBody, utf8 } from '../../src/lib'

const MAX = 8
const URL = 'http://127.0.0.1/'

/** A body of unknown length, and how much of it was asked for. */
function streamed(chunks: Uint8Array[]) {
  const seen = { pulled: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.pulled++]
        if (chunk) controller.enqueue(chunk)
        else controller.close()
      },
      cancel() {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { request: new Request(URL, { method: 'POST', body }), seen }
}

const whole = (text: string, headers: Record<string, string> = {}) =>
  new Request(URL, { method: 'POST', body: text, headers })

describe('readBody()', () => {
  it.each([
    ['a whole body', () => whole('12345678')],
    ['a declared length', () => whole('12345678', { 'content-length': '8' })],
    ['a stream', () => streamed([utf8('1234'), utf8('5678')]).request],
  ])('reads %s up to the limit', async (_, make) => {
    expect(await readBody(make(), MAX)).toEqual({ ok: true, text: '12345678' })
  })

  it.each([
    ['a whole body', () => whole('123456789')],
    ['a declared length', () => whole('123456789', { 'content-length': '9' })],
    ['a stream', () => streamed([utf8('12345'), utf8('6789')]).request],
  ])('refuses %s of one byte more', async (_, make) => {
    expect(await readBody(make(), MAX)).toEqual({ ok: false, reason: 'too_large' })
  })

  it('stops reading a stream as soon as it is too long', async () => {
    const { request, seen } = streamed(Array.from({ length: 1000 }, () => utf8('1234')))
    expect(await readBody(request, MAX)).toEqual({ ok: false, reason: 'too_large' })
    expect(seen.pulled).toBeLessThan(10)
    expect(seen.cancelled).toBe(true)
  })

  it('counts bytes, not characters', async () => {
    expect(await readBody(whole('äöüäö'), MAX)).toEqual({ ok: false, reason: 'too_large' })
    expect(await readBody(streamed([utf8('äöüäö')]).request, MAX)).toMatchObject({ ok: false })
  })

  it('puts a character together that two chunks share', async () => {
    const [first, second] = [utf8('ä').slice(0, 1), utf8('ä').slice(1)]
    expect(await readBody(streamed([first, second]).request, MAX)).toEqual({ ok: true, text: 'ä' })
  })

  it('reads no body at all as empty text', async () => {
    expect(await readBody(new Request(URL), MAX)).toEqual({ ok: true, text: '' })
  })

  it('leaves out a byte order mark', async () => {
    expect(await readBody(whole('\ufeff{}'), MAX)).toEqual({ ok: true, text: '{}' })
  })

  it.each([
    ['a lone byte', [0xff]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['half a character', [0xc3]],
  ])('refuses %s that is not UTF-8', async (_, values) => {
    const { request } = streamed([Uint8Array.from(values)])
    expect(await readBody(request, MAX)).toEqual({ ok: false, reason: 'not_utf8' })
  })
})
