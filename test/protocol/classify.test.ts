import { describe, expect, it } from 'vitest'
import { classify } from '../../src/protocol'
import { initialize, META_2026 } from '../http/platform'

const VERSION = 'io.modelcontextprotocol/protocolVersion'
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'

interface Headers {
  protocolVersion?: string
  method?: string
}

const decide = (body: unknown, headers: Headers = {}) =>
  classify(body, {
    protocolVersion: undefined,
    method: undefined,
    name: undefined,
    sessionId: undefined,
    ...headers,
  })

const request = (method: string, params: Record<string, unknown> = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params,
})
const claiming = (method: string, meta: Record<string, unknown> = META_2026) =>
  request(method, { _meta: meta })
const notification = (method: string, meta?: Record<string, unknown>) => ({
  jsonrpc: '2.0',
  method,
  ...(meta && { params: { _meta: meta } }),
})

const IN_2026 = { protocolVersion: '2026-07-28' }
const LIST = { protocolVersion: '2026-07-28', method: 'tools/list' }

describe('the era of a body', () => {
  it.each<[string, unknown, Headers, '2025' | '2026']>([
    ['an envelope with its headers', claiming('tools/list'), LIST, '2026'],
    ['an envelope whose headers a proxy dropped', claiming('tools/list'), {}, '2026'],
    ['a request without a claim', request('tools/list'), {}, '2025'],
    [
      'a request with a 2025 header',
      request('tools/list'),
      { protocolVersion: '2025-06-18' },
      '2025',
    ],
    [
      'a request with an unknown header',
      request('tools/list'),
      { protocolVersion: '1999-01-01' },
      '2025',
    ],
    [
      'a request with a header that is no date',
      request('tools/list'),
      { protocolVersion: 'v9' },
      '2025',
    ],
    ['other keys in _meta', request('tools/list', { _meta: { progressToken: 1 } }), {}, '2025'],
    ['initialize', initialize('2025-11-25'), {}, '2025'],
    ['initialize that asks for 2026', initialize('2026-07-28'), {}, '2025'],
    [
      'initialize with a part of an envelope',
      initialize('2025-11-25', { _meta: { [VERSION]: '2026-07-28' } }),
      {},
      '2025',
    ],
    [
      'initialize with an envelope of 2025',
      initialize('2025-11-25', { _meta: { ...META_2026, [VERSION]: '2025-11-25' } }),
      {},
      '2025',
    ],
    ['initialize with a whole envelope', claiming('initialize'), {}, '2026'],
    ['a notification', notification('notifications/initialized'), {}, '2025'],
    ['a notification under a 2026 header', notification('x/y'), IN_2026, '2026'],
    ['a notification with a claim', notification('x/y', { [VERSION]: '2026-07-28' }), {}, '2026'],
    ['a response', { jsonrpc: '2.0', id: 1, result: {} }, IN_2026, '2025'],
    ['an array of 2025', [request('ping'), notification('x/y')], {}, '2025'],
    ['an array of responses', [{ jsonrpc: '2.0', id: 1, result: {} }], {}, '2025'],
  ])('is decided for %s', (_, body, headers, era) => {
    expect(decide(body, headers).era).toBe(era)
  })

  it.each<[string, unknown, Headers, number]>([
    ['D-07 a 2026 header without an envelope', request('tools/list'), LIST, -32602],
    ['D-08 initialize under a 2026 header', initialize('2025-11-25'), IN_2026, -32020],
    [
      'D-08 initialize under a later header',
      initialize('x'),
      { protocolVersion: '2027-01-01' },
      -32020,
    ],
    [
      'M-08 a header that disagrees with the claim',
      claiming('tools/list'),
      { protocolVersion: '2025-11-25' },
      -32020,
    ],
    [
      'M-08 a header of another case',
      claiming('tools/list', { ...META_2026, [VERSION]: 'DRAFT' }),
      { protocolVersion: 'draft' },
      -32020,
    ],
    [
      'M-10 a method header that disagrees',
      claiming('tools/list'),
      { method: 'tools/call' },
      -32020,
    ],
    [
      'M-10 a method header of another case',
      claiming('tools/list'),
      { method: 'Tools/List' },
      -32020,
    ],
    [
      'M-09 a claim of a version not served',
      claiming('tools/list', { ...META_2026, [VERSION]: '1900-01-01' }),
      {},
      -32022,
    ],
    [
      'D-10 a claim of a 2025 version',
      claiming('tools/list', { ...META_2026, [VERSION]: '2025-11-25' }),
      {},
      -32022,
    ],
    [
      'M-09 a notification of a version not served',
      notification('x/y', { [VERSION]: '2031-01-01' }),
      {},
      -32022,
    ],
    [
      'M-08 a notification whose header disagrees',
      notification('x/y', { [VERSION]: '2026-07-28' }),
      { protocolVersion: '2025-11-25' },
      -32020,
    ],
    [
      'M-10 a notification whose method header disagrees',
      notification('x/y'),
      { ...IN_2026, method: 'x/z' },
      -32020,
    ],
    ['M-05 a notification with a claim of 5', notification('x/y', { [VERSION]: 5 }), {}, -32602],
    ['M-05 no capabilities', claiming('tools/list', { [VERSION]: '2026-07-28' }), IN_2026, -32602],
    ['M-05 a claim of null', claiming('tools/list', { ...META_2026, [VERSION]: null }), {}, -32602],
    ['D-09 an empty array', [], {}, -32600],
    ['D-09 an array with an envelope', [request('ping'), claiming('tools/list')], {}, -32600],
    ['D-09 an array with a claim of nonsense', [claiming('ping', { [VERSION]: 5 })], {}, -32600],
    [
      'D-09 an array with a notification of 2026',
      [notification('x/y', { [VERSION]: '2026-07-28' })],
      {},
      -32600,
    ],
    ['D-09 an array under the header of 2026', [request('ping')], IN_2026, -32600],
    ['D-09 an array with null', [request('ping'), null], {}, -32600],
    ['D-09 an array in an array', [[request('ping')]], {}, -32600],
    ['D-09 an array with an id of null', [{ ...request('ping'), id: null }], {}, -32600],
  ])('%s is refused', (_, body, headers, code) => {
    const classified = decide(body, headers)
    expect(classified.era).toBe('unknown')
    if (classified.era !== 'unknown') return
    expect(classified.error.code).toBe(code)
    expect(classified.error.status).toBe(400)
    const single = !Array.isArray(body) && typeof body === 'object' && body !== null
    expect(classified.id).toBe(single && 'id' in body ? body.id : null)
  })

  it('M-05 names every missing key of the envelope', () => {
    const classified = decide(request('tools/list'), LIST)
    expect(classified).toMatchObject({ error: { data: { keys: [VERSION, CAPABILITIES] } } })
  })

  it('M-05 checks the envelope before the headers, and the headers before the version', () => {
    const bad = { [VERSION]: '1900-01-01' }
    expect(decide(claiming('a', bad), IN_2026)).toMatchObject({ error: { code: -32602 } })
    const whole = { ...META_2026, ...bad }
    expect(decide(claiming('a', whole), IN_2026)).toMatchObject({ error: { code: -32020 } })
    expect(decide(claiming('a', whole), { method: 'b' })).toMatchObject({ error: { code: -32020 } })
    expect(decide(claiming('a', whole))).toMatchObject({ error: { code: -32022 } })
  })
})
