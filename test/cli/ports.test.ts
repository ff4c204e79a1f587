import { describe, expect, it } from 'vitest'
import { assertPortFree, parsePort } from '../../src/cli/ports.ts'
import { freePort, takenPort } from '../support/temporary.ts'

describe('parsePort', () => {
  it.each(['1', '80', '8484', '65535'])('takes %s', (text) => {
    expect(parsePort(text, '--port')).toBe(Number(text))
  })

  it.each([
    '',
    ' ',
    '0',
    '00',
    '65536',
    '99999',
    '-1',
    '+80',
    '8o80',
    '80 80',
    '1e3',
    '0x50',
    '80.5',
  ])('refuses %j and says where it came from', (text) => {
    expect(() => parsePort(text, 'PORT')).toThrow(
      `PORT must be a port number from 1 to 65535, not ${JSON.stringify(text)}.`,
    )
  })
})

describe('assertPortFree', () => {
  it('leaves a free port free', async () => {
    const port = await freePort()
    await assertPortFree(port, ['127.0.0.1'])
    await assertPortFree(port, ['127.0.0.1'])
  })

  it('suggests another port than the one that is taken', async () => {
    await using taken = await takenPort()
    await expect(assertPortFree(taken.port, ['127.0.0.1'])).rejects.toThrow(
      `Port ${taken.port} is already in use.`,
    )
  })
})
