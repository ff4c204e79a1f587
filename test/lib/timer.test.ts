import { describe, expect, it } from 'vitest'
import { startTimer, within } from '../../src/lib'

describe('a deadline', () => {
  it('lets through what is done in time, whatever it comes to', async () => {
    expect(await within(1000, Promise.resolve(7))).toBe(7)
    await expect(within(1000, Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  })

  it('ends waiting, not the work', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    await expect(within(1, promise)).rejects.toThrow('no answer within 1 ms')
    resolve(7)
    expect(await promise).toBe(7)
  })

  it('lets work fail unnoticed that nobody waits for any more', async () => {
    const { promise, reject } = Promise.withResolvers<number>()
    await expect(within(1, promise)).rejects.toThrow('no answer within 1 ms')
    reject(new Error('too late to matter'))
    await startTimer(1).over
  })
})
