import { describe, expect, it } from 'vitest'
import { checkStandardHeaders, type JsonRpcRequest, readMcpHeaders } from '../../src/protocol'
import { decodeSentinel, trimmed } from '../../src/protocol/headers'

const request = (method: string, params: Record<string, unknown>): JsonRpcRequest => ({
  kind: 'request',
  id: 1,
  method,
  params,
})

const codeOf = (check: () => void): number | undefined => {
  try {
    check()
    return undefined
  } catch (error) {
    return (error as { code: number }).code
  }
}

describe('a header value', () => {
  it.each([
    ['plain text', 'us-west1', 'us-west1'],
    ['non-ASCII text', '=?base64?SGVsbG8sIOS4lueVjA==?=', 'Hello, 世界'],
    ['text with blanks around it', '=?base64?IHBhZGRlZCA=?=', ' padded '],
    ['text of two lines', '=?base64?bGluZTEKbGluZTI=?=', 'line1\nline2'],
    ['text that looks encoded', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=', '=?base64?literal?='],
    ['empty text', '=?base64??=', ''],
    ['a blank and a tab inside', 'a b\tc', 'a b\tc'],
    ['a marker in upper case, which is plain text', '=?BASE64?YQ==?=', '=?BASE64?YQ==?='],
    ['a marker without an end', '=?base64?YQ==', '=?base64?YQ=='],
    ['a marker without a start', 'YQ==?=', 'YQ==?='],
    ['a byte order mark, which is text too', '=?base64?77u/YQ==?=', '\uFEFFa'],
  ])('M-13 means %s', (_, value, text) => {
    expect(decodeSentinel(value)).toBe(text)
  })

  it.each([
    ['base64 without padding', '=?base64?YQ?='],
    ['too much padding', '=?base64?YQ===?='],
    ['bits nobody reads', '=?base64?YR==?='],
    ['base64url', '=?base64?-_-_?='],
    ['blanks in base64', '=?base64?Y Q==?='],
    ['no base64 at all', '=?base64?!!!!?='],
    ['base64 of what is not UTF-8', '=?base64?/w==?='],
    ['base64 of a lone surrogate', '=?base64?7aCA?='],
    ['base64 twice', '=?base64?=?base64?YQ==?=?='],
    ['a control character', 'a\u0001b'],
    ['a delete character', 'a\u007fb'],
    ['a C1 control character', 'a\u0085b'],
    ['raw non-ASCII text', 'wëather'],
    ['raw text beyond Latin-1', '世界'],
    ['what is left of broken UTF-8', 'a\ufffd'],
  ])('M-13 is refused for %s', (_, value) => {
    expect(decodeSentinel(value)).toBeUndefined()
  })

  it('M-12 is read whatever the case of its name, without the blanks around it', () => {
    const headers = new Headers({
      'MCP-PROTOCOL-VERSION': ' 2026-07-28\t',
      'mcp-METHOD': '\ttools/call',
      'Mcp-name': 'echo ',
      'mcp-session-id': 'abc',
    })
    expect(readMcpHeaders(headers)).toEqual({
      protocolVersion: '2026-07-28',
      method: 'tools/call',
      name: 'echo',
      sessionId: 'abc',
    })
  })
})

describe('a header of a hundred thousand blanks', () => {
  it('M-12 costs no more than reading it', () => {
    const value = `a${' '.repeat(200_000)}b`
    const startedAt = performance.now()
    expect(trimmed(value)).toBe(value)
    expect(trimmed(` ${value}\t`)).toBe(value)
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })

  it.each([
    ['', ''],
    [' \t ', ''],
    ['\u00a0a', '\u00a0a'],
  ])('M-12 takes only blanks and tabs from %j', (value, expected) => {
    expect(trimmed(value)).toBe(expected)
  })
})

describe('the standard headers', () => {
  const version = '2026-07-28'
  const named = (method: string, params: Record<string, unknown>, name?: string) => () =>
    checkStandardHeaders(
      { protocolVersion: version, method, name, sessionId: undefined },
      request(method, params),
    )

  it.each([
    ['tools/call', 'name'],
    ['prompts/get', 'name'],
    ['resources/read', 'uri'],
    ['tasks/get', 'taskId'],
    ['tasks/update', 'taskId'],
    ['tasks/cancel', 'taskId'],
  ])('M-11 repeat what %s names in params.%s', (method, parameter) => {
    expect(codeOf(named(method, { [parameter]: 'it' }, 'it'))).toBeUndefined()
    expect(codeOf(named(method, { [parameter]: 'it' }, '=?base64?aXQ=?='))).toBeUndefined()
    expect(codeOf(named(method, { [parameter]: 'it' }, 'It'))).toBe(-32020)
    expect(codeOf(named(method, { [parameter]: 'it' }))).toBe(-32020)
    expect(codeOf(named(method, { [parameter]: 'it' }, ''))).toBe(-32020)
    expect(codeOf(named(method, {}, 'it'))).toBe(-32020)
    // The method itself refuses a body that names nothing.
    expect(codeOf(named(method, {}))).toBeUndefined()
  })

  it.each(['server/discover', 'tools/list', 'initialize', 'constructor', '__proto__'])(
    'M-11 leave Mcp-Name alone for %s',
    (method) => {
      expect(codeOf(named(method, { name: 'a' }, 'b'))).toBeUndefined()
      expect(codeOf(named(method, {}))).toBeUndefined()
    },
  )

  it.each([
    ['M-08 the version', { protocolVersion: undefined, method: 'tools/list' }],
    ['M-10 the method', { protocolVersion: version, method: undefined }],
  ])('%s is required', (_, headers) => {
    const all = { ...headers, name: undefined, sessionId: undefined }
    expect(codeOf(() => checkStandardHeaders(all, request('tools/list', {})))).toBe(-32020)
  })
})
