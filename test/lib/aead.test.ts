import { describe, expect, it } from 'vitest'
import { aeadOpen, aeadSeal, deriveAeadKey, utf8 } from '../../src/lib'

const secret = Uint8Array.from({ length: 32 }, (_, index) => index)
const [plain, associated] = [utf8('plain text'), utf8('associated')]

describe('a sealed text', () => {
  it('opens with the same key and associated data', async () => {
    const key = await deriveAeadKey(secret, 'purpose')
    const sealed = await aeadSeal(key, plain, associated)
    expect(await aeadOpen(key, sealed, associated)).toEqual(plain)
    // The same key comes from the same secret, in any isolate.
    expect(await aeadOpen(await deriveAeadKey(secret, 'purpose'), sealed, associated)).toEqual(
      plain,
    )
  })

  it('never looks the same twice', async () => {
    const key = await deriveAeadKey(secret, 'purpose')
    expect(await aeadSeal(key, plain, associated)).not.toEqual(
      await aeadSeal(key, plain, associated),
    )
  })

  it('stays shut for another purpose, secret or associated data', async () => {
    const key = await deriveAeadKey(secret, 'purpose')
    const sealed = await aeadSeal(key, plain, associated)
    const others = [
      await deriveAeadKey(secret, 'purpose 2'),
      await deriveAeadKey(
        secret.map((byte) => byte ^ 1),
        'purpose',
      ),
    ]
    for (const other of others) expect(await aeadOpen(other, sealed, associated)).toBeUndefined()
    expect(await aeadOpen(key, sealed, utf8('associated.'))).toBeUndefined()
  })

  it('stays shut when any byte of it is changed or missing', async () => {
    const key = await deriveAeadKey(secret, 'purpose')
    const sealed = await aeadSeal(key, plain, associated)
    for (let index = 0; index < sealed.length; index++) {
      const changed = sealed.slice()
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(await aeadOpen(key, changed, associated)).toBeUndefined()
      expect(await aeadOpen(key, sealed.slice(0, index), associated)).toBeUndefined()
    }
  })

  it('comes from a key nobody can read', async () => {
    const key = await deriveAeadKey(secret, 'purpose')
    expect(key.extractable).toBe(false)
  })
})
