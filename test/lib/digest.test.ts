import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { digestUuid, shortDigest } from '../../src/lib'

describe('digestUuid()', () => {
  it('makes a valid UUID, the same of the same text and of no other', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `text ${index}`)
    const ids = await Promise.all(texts.map(digestUuid))
    for (const id of ids) {
      expect(z.uuid().safeParse(id).success).toBe(true)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }
    expect(new Set(ids).size).toBe(50)
    expect(await digestUuid('text 0')).toBe(ids[0])
  })
})

describe('shortDigest()', () => {
  it('is 128 bits of SHA-256', async () => {
    expect(await shortDigest('')).toBe('47DEQpj8HBSa-_TImW-5JA')
  })
})
