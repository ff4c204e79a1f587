import { describe, expect, it } from 'vitest'
import { META } from '../../src/protocol'
import { readRequestMeta } from '../../src/protocol/meta'
import { META_2026 } from '../http/platform'

const read = (changes: Record<string, unknown>) =>
  readRequestMeta({ _meta: { ...META_2026, ...changes } })

describe('the envelope', () => {
  it('M-05 needs a version and capabilities, and nothing else', () => {
    expect(read({})).toEqual({
      protocolVersion: '2026-07-28',
      clientCapabilities: {},
      clientInfo: undefined,
      logLevel: undefined,
      progressToken: undefined,
    })
  })

  it('M-41, M-54 takes what a request may add', () => {
    const whole = {
      [META.clientInfo]: { name: 'c', version: '1', title: 'C', icons: [] },
      [META.logLevel]: 'notice',
      progressToken: 0,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'com.example/own': true,
    }
    expect(read(whole)).toMatchObject({
      clientInfo: { name: 'c', version: '1' },
      logLevel: 'notice',
      progressToken: 0,
    })
  })

  it.each([
    ['no _meta', {}],
    ['a _meta of null', { _meta: null }],
    ['a _meta that is an array', { _meta: [] }],
    ['a _meta that is text', { _meta: 'all of it' }],
    ['an empty _meta', { _meta: {} }],
  ])('M-05 names both keys when there is %s', (_, params) => {
    const keys = [META.protocolVersion, META.clientCapabilities]
    expect(() => readRequestMeta(params)).toThrow(
      expect.objectContaining({ code: -32602, status: 400, data: { keys } }),
    )
  })

  it.each([
    ['a version that is a number', META.protocolVersion, 20260728],
    ['a version of null', META.protocolVersion, null],
    ['capabilities of null', META.clientCapabilities, null],
    ['capabilities that are a list', META.clientCapabilities, ['sampling']],
    ['capabilities that are true', META.clientCapabilities, true],
    ['client info that is text', META.clientInfo, 'curl'],
    ['client info of null', META.clientInfo, null],
    ['client info without a version', META.clientInfo, { name: 'c' }],
    ['client info whose name is a number', META.clientInfo, { name: 1, version: '1' }],
    ['a log level nobody knows', META.logLevel, 'verbose'],
    ['a log level of another case', META.logLevel, 'Info'],
    ['a log level of null', META.logLevel, null],
    ['a log level of Object', META.logLevel, 'constructor'],
    ['a progress token of null', 'progressToken', null],
    ['a progress token that is true', 'progressToken', true],
    ['a fractional progress token', 'progressToken', 0.5],
    ['a progress token that is an object', 'progressToken', {}],
  ])('M-05, M-54 is refused for %s', (_, key, value) => {
    expect(() => read({ [key]: value })).toThrow(
      expect.objectContaining({ code: -32602, status: 400, data: { keys: [key] } }),
    )
  })
})
