import { describe, expect, it } from 'vitest'
import { startUpRefusal } from '../../src/cli/start-up-refusal.ts'

const service = 'service core:user:quayside: '
const stack = '\n  at index.js:11224:34 in createRegistry\n  at index.js:11402:21'

describe('startUpRefusal', () => {
  it.each([
    ['the name of its class', 'Uncaught RegistryError: '],
    ['a name set on the instance', 'Uncaught Error: RegistryError: '],
  ])('prints the registry’s sentences, one a line, from an error with %s', (_, prefix) => {
    const problems = 'servers/a/index.ts: version is empty\nservers/a/index.ts: tools[0].name "" …'
    const { message } = startUpRefusal([`${service}${prefix}${problems}${stack}`], undefined)
    expect(message).toBe(`The Worker refused to start:\n${problems}`)
  })

  it('prints any other error without its stack and without the noise around it', () => {
    const { message } = startUpRefusal(
      ['hello from the module', `${service}Uncaught TypeError: x is not a function${stack}`],
      undefined,
    )
    expect(message).toBe('The Worker did not start:\nUncaught TypeError: x is not a function')
  })

  it('prints what workerd says when nothing was thrown', () => {
    const { message } = startUpRefusal([`${service}No such module "left-pad".`], undefined)
    expect(message).toBe('The Worker did not start:\nNo such module "left-pad".')
  })

  it('says so when there is nothing to print', () => {
    const { message } = startUpRefusal([], undefined)
    expect(message).toBe('The Worker did not start, and workerd said nothing about why.')
  })
})
