/**
 * What both servers are asked, as it goes over the wire: every method in every revision, and the
 * ladder of what can be wrong with a request.
 *
 * @module
 */
import { REVISIONS_2025, type Revision2025 } from '../../../src/protocol'
import { type Exchange as Asked, EXCHANGES } from '../traces/exchanges'

export interface RawExchange {
  /** Unique; opens with the revision, or with `raw` for what belongs to none. */
  name: string
  module: 'gauge' | 'shelf'
  /** The session it is sent in: one of that revision, one that has ended, or a made-up id. */
  session?: Revision2025 | 'ended' | 'forged'
  verb: string
  /** Over the usual ones; null takes one away. */
  headers: Readonly<Record<string, string | null>>
  body?: string
}

type Headers = RawExchange['headers']
type Params = Record<string, unknown>

const META_2026 = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

const tool = (name: string, args?: Params, more: Params = {}): Asked => ({
  method: 'tools/call',
  params: { name, ...(args && { arguments: args }), ...more },
})

/** In every revision. */
const CALLS: readonly (Asked & { name: string; module?: 'shelf' })[] = [
  ...EXCHANGES.map((asked, index) => ({ ...asked, name: `${asked.method} ${index + 1}` })),
  { name: 'a tool that refuses', ...tool('refuse') },
  { name: 'a tool that does not find', ...tool('lose') },
  { name: 'a tool with a bug', ...tool('crash') },
  { name: 'a tool that breaks its schema', ...tool('lie') },
  { name: 'progress that nobody asked for', ...tool('measure') },
  { name: 'progress', ...tool('measure', {}, { _meta: { progressToken: 'p-1' } }) },
  { name: 'progress by a number', ...tool('measure', {}, { _meta: { progressToken: 7 } }) },
  { name: 'arguments of every kind', ...tool('any', { count: 2, sort: 'far', tags: ['a'] }) },
  { name: 'arguments by default', ...tool('any', {}) },
  { name: 'no arguments at all', ...tool('any') },
  { name: 'null for an argument that may be', ...tool('any', { note: null }) },
  { name: 'null for one that may not', ...tool('any', { tags: null }) },
  { name: 'a number too large', ...tool('any', { count: 11 }) },
  { name: 'a fraction for an integer', ...tool('any', { count: 1.5 }) },
  { name: 'a choice that is none', ...tool('any', { sort: 'up' }) },
  { name: 'too many of a list', ...tool('any', { tags: ['a', 'b', 'c', 'd'] }) },
  { name: 'a field missing deep inside', ...tool('any', { where: { north: 1 } }) },
  { name: 'arguments as a list', ...tool('any', [] as unknown as Params) },
  { name: 'arguments as a text', ...tool('any', 'x' as unknown as Params) },
  { name: 'no name of a tool', method: 'tools/call', params: {} },
  { name: 'a number for the name of a tool', method: 'tools/call', params: { name: 7 } },
  { name: 'the prototype for a tool', ...tool('__proto__') },
  { name: 'a tool by another case', ...tool('Locate', { town: 'Ulm' }) },
  { name: 'no address', method: 'resources/read', params: {} },
  { name: 'a number for an address', method: 'resources/read', params: { uri: 7 } },
  { name: 'an address that is none', method: 'resources/read', params: { uri: 'not an address' } },
  {
    name: 'an address with spaces encoded',
    method: 'resources/read',
    params: { uri: 'atlas://maps/1%20' },
  },
  {
    name: 'an address that goes up',
    method: 'resources/read',
    params: { uri: 'atlas://maps/../1' },
  },
  { name: 'no name of a prompt', method: 'prompts/get', params: {} },
  { name: 'a prompt without arguments', method: 'prompts/get', params: { name: 'plain' } },
  {
    name: 'a prompt with its default',
    method: 'prompts/get',
    params: { name: 'tour', arguments: { from: 'Passau' } },
  },
  {
    name: 'a number for a text of a prompt',
    method: 'prompts/get',
    params: { name: 'tour', arguments: { from: 7 } },
  },
  { name: 'completion of nothing', method: 'completion/complete', params: {} },
  {
    name: 'completion of an unknown prompt',
    method: 'completion/complete',
    params: { ref: { type: 'ref/prompt', name: 'none' }, argument: { name: 'by', value: '' } },
  },
  {
    name: 'completion of an unknown template',
    method: 'completion/complete',
    params: { ref: { type: 'ref/resource', uri: 'no://{x}' }, argument: { name: 'x', value: '' } },
  },
  {
    name: 'completion of a third kind',
    method: 'completion/complete',
    params: { ref: { type: 'ref/tool', name: 'any' }, argument: { name: 'x', value: '' } },
  },
  {
    name: 'completion that knows no values',
    method: 'completion/complete',
    params: { ref: { type: 'ref/prompt', name: 'tour' }, argument: { name: 'from', value: 'P' } },
  },
  { name: 'a cursor for tools', method: 'tools/list', params: { cursor: 'made-up' } },
  { name: 'a cursor for prompts', method: 'prompts/list', params: { cursor: 'made-up' } },
  { name: 'a cursor for templates', method: 'resources/templates/list', params: { cursor: 'x' } },
  { name: 'a number for a cursor', method: 'tools/list', params: { cursor: 7 } },
  { name: 'more than a page', method: 'prompts/list', module: 'shelf' },
  { name: 'a list of what there is not', method: 'tools/list', module: 'shelf' },
  { name: 'a call of what there is not', ...tool('any', {}), module: 'shelf' },
  { name: 'a resource of what has none', method: 'resources/list', module: 'shelf' },
  { name: 'a log level', method: 'logging/setLevel', params: { level: 'error' } },
  { name: 'a log level that is none', method: 'logging/setLevel', params: { level: 'loud' } },
  { name: 'unsubscribing', method: 'resources/unsubscribe', params: { uri: 'atlas://legend' } },
  { name: 'a method of clients', method: 'roots/list' },
  { name: 'an empty method', method: '' },
  { name: 'the prototype for a method', method: '__proto__' },
  { name: 'a task that is none', method: 'tasks/get', params: { taskId: 'none' } },
  { name: 'discovery', method: 'server/discover' },
]

interface Sent2026 {
  id?: unknown
  meta?: Params
  headers?: Headers
  module?: 'shelf'
}

/** A request of 2026-07-28 with the headers that go with it. */
function at2026(
  name: string,
  { method, params = {} }: Asked,
  { id = 1, meta, headers, module }: Sent2026 = {},
): RawExchange {
  const source = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' }[method]
  const named = source === undefined ? undefined : params[source]
  const own = typeof params._meta === 'object' ? params._meta : {}
  return {
    name: `2026-07-28 ${name}`,
    module: module ?? 'gauge',
    verb: 'POST',
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof named === 'string' && { 'mcp-name': named }),
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id,
      method,
      params: { ...params, _meta: { ...META_2026, ...own, ...meta } },
    }),
  }
}

/** A message within a session. */
const within = (
  revision: NonNullable<RawExchange['session']>,
  name: string,
  body: unknown,
  headers: Headers = {},
  module: RawExchange['module'] = 'gauge',
): RawExchange => ({
  name: `${revision} ${name}`,
  module,
  session: revision,
  verb: 'POST',
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

const raw = (name: string, body: unknown, headers: Headers = {}, verb = 'POST'): RawExchange => ({
  name: `raw ${name}`,
  module: 'gauge',
  verb,
  headers,
  ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
})

const request = (method: string, params?: unknown, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params !== undefined && { params }),
})
const notification = (method: string, params?: unknown) => ({
  jsonrpc: '2.0',
  method,
  ...(params !== undefined && { params }),
})
const opening = (protocolVersion: unknown, more: Params = {}) =>
  request('initialize', {
    protocolVersion,
    capabilities: {},
    clientInfo: { name: 'referee', version: '1.0.0' },
    ...more,
  })

/** What can be wrong with a body, whoever sends it. */
const MALFORMED: readonly [name: string, body: string][] = [
  ['an empty body', ''],
  ['a body that is no JSON', '{"jsonrpc":"2.0",'],
  ['a text', '"tools/list"'],
  ['a number', '7'],
  ['null', 'null'],
  ['an empty array', '[]'],
  ['an empty object', '{}'],
  ['no version of JSON-RPC', '{"id":1,"method":"tools/list"}'],
  ['another version of JSON-RPC', '{"jsonrpc":"1.0","id":1,"method":"tools/list"}'],
  ['null for an id', '{"jsonrpc":"2.0","id":null,"method":"tools/list"}'],
  ['an object for an id', '{"jsonrpc":"2.0","id":{},"method":"tools/list"}'],
  ['a fraction for an id', '{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}'],
  ['a boolean for an id', '{"jsonrpc":"2.0","id":true,"method":"tools/list"}'],
  ['a number for a method', '{"jsonrpc":"2.0","id":1,"method":7}'],
  ['a list for params', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}'],
  ['a text for params', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":"x"}'],
  ['null for params', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}'],
  ['a response with both', '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}'],
  ['a response without an id', '{"jsonrpc":"2.0","result":{}}'],
]

const inSessions: RawExchange[] = REVISIONS_2025.flatMap((revision) => [
  ...CALLS.map(({ name, method, params, module }) =>
    within(revision, name, request(method, params), {}, module),
  ),
  ...MALFORMED.map(([name, body]) => within(revision, name, body)),
  within(revision, 'a text for an id', request('ping', undefined, 'seven')),
  within(revision, 'an empty text for an id', request('ping', undefined, '')),
  within(revision, 'zero for an id', request('ping', undefined, 0)),
  within(revision, 'a negative id', request('ping', undefined, -1)),
  within(revision, 'initialized', notification('notifications/initialized')),
  within(revision, 'an unknown notification', notification('notifications/unheard-of', { a: 1 })),
  within(
    revision,
    'cancelling what does not run',
    notification('notifications/cancelled', { requestId: 99 }),
  ),
  within(revision, 'a response nobody waits for', { jsonrpc: '2.0', id: 5, result: {} }),
  within(revision, 'an error nobody waits for', {
    jsonrpc: '2.0',
    id: 5,
    error: { code: -32000, message: 'no' },
  }),
  within(revision, 'an unknown version header', request('ping'), {
    'mcp-protocol-version': '1999-01-01',
  }),
  within(revision, 'the version header of another revision', request('ping'), {
    'mcp-protocol-version': '2025-06-18',
  }),
  within(revision, 'no version header', request('ping'), { 'mcp-protocol-version': null }),
  within(revision, 'two requests in an array', [request('ping'), request('ping', undefined, 2)]),
  within(revision, 'no content type', request('ping'), { 'content-type': null }),
  within(revision, 'another content type', request('ping'), { 'content-type': 'text/plain' }),
  within(revision, 'JSON in another charset', request('ping'), {
    'content-type': 'application/json; charset=utf-8',
  }),
  within(revision, 'Accept without streams', request('ping'), { accept: 'application/json' }),
  within(revision, 'Accept without JSON', request('ping'), { accept: 'text/event-stream' }),
  within(revision, 'Accept for anything', request('ping'), { accept: '*/*' }),
  within(revision, 'initialize again', opening(revision)),
])

const arrays: RawExchange[] = [
  within('2025-03-26', 'notifications in an array', [
    notification('notifications/initialized'),
    notification('notifications/unheard-of'),
  ]),
  within('2025-03-26', 'responses in an array', [{ jsonrpc: '2.0', id: 9, result: {} }]),
  within('2025-03-26', 'a request and a notification', [
    request('ping'),
    notification('notifications/unheard-of'),
  ]),
  within('2025-03-26', 'an array with an error in it', [
    request('ping'),
    request('nonesuch/method', undefined, 2),
  ]),
  within('2025-03-26', 'calls in an array', [
    request('tools/call', tool('locate', { town: 'Ulm' }).params, 1),
    request('resources/read', { uri: 'atlas://legend' }, 'two'),
    request('prompts/list', {}, 3),
  ]),
  within('2025-03-26', 'initialize in an array', [opening('2025-03-26')]),
  within('2025-03-26', 'something unreadable in an array', [request('ping'), 7]),
  within('2025-03-26', 'an array in an array', [[request('ping')]]),
]

const openings: RawExchange[] = [
  ...[...REVISIONS_2025, '1999-01-01', '2024-11-05', '2026-07-28', '2099-01-01', ''].map(
    (version) => raw(`initialize at "${version}"`, opening(version)),
  ),
  raw('initialize without a version', opening(undefined)),
  raw('initialize with a number for a version', opening(7)),
  raw('initialize without capabilities', opening('2025-11-25', { capabilities: undefined })),
  raw('initialize without clientInfo', opening('2025-11-25', { clientInfo: undefined })),
  raw('initialize with unknown capabilities', opening('2025-11-25', { capabilities: { x: {} } })),
  raw('initialize without params', request('initialize')),
  raw('initialize as a notification', notification('initialize')),
  raw('initialize with only the header of 2026-07-28', opening('2025-11-25'), {
    'mcp-protocol-version': '2026-07-28',
  }),
  raw('ping without a session', request('ping')),
  raw('tools/list without a session', request('tools/list')),
  raw('a notification without a session', notification('notifications/initialized')),
  raw('a response without a session', { jsonrpc: '2.0', id: 1, result: {} }),
  raw('tools/list at 2025-11-25 without a session', request('tools/list'), {
    'mcp-protocol-version': '2025-11-25',
  }),
  within('ended', 'a request', request('ping')),
  within('ended', 'a notification', notification('notifications/initialized')),
  within('forged', 'a request', request('ping')),
  within('forged', 'a notification', notification('notifications/initialized')),
  { ...within('forged', 'DELETE', ''), verb: 'DELETE' },
  { ...within('ended', 'DELETE', ''), verb: 'DELETE' },
  { ...within('forged', 'GET', ''), verb: 'GET', headers: { accept: 'text/event-stream' } },
  raw('GET without a session', undefined, { accept: 'text/event-stream' }, 'GET'),
  raw('GET for a page', undefined, { accept: 'text/html' }, 'GET'),
  raw('DELETE without a session', undefined, {}, 'DELETE'),
  raw('PUT', '{}', {}, 'PUT'),
  raw('PATCH', '{}', {}, 'PATCH'),
  ...MALFORMED.map(([name, body]) => raw(name, body)),
]

const discover = { method: 'server/discover' }
const read = { method: 'resources/read', params: { uri: 'atlas://legend' } }
const locate = tool('locate', { town: 'Ulm' })
const VERSION = 'io.modelcontextprotocol/protocolVersion'
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'
const base64 = (text: string) => `=?base64?${btoa(text)}?=`

const statelessly: RawExchange[] = [
  ...CALLS.map(({ name, module, ...asked }) => at2026(name, asked, module ? { module } : {})),
  ...MALFORMED.map(([name, body]) => ({
    ...at2026(name, { method: 'tools/list' }),
    body,
  })),
  // The envelope.
  ...[VERSION, CAPABILITIES].map((key) =>
    at2026(`no ${key}`, discover, { meta: { [key]: undefined } }),
  ),
  at2026('a number for a version', discover, { meta: { [VERSION]: 7 } }),
  at2026('a list for capabilities', discover, { meta: { [CAPABILITIES]: [] } }),
  at2026('null for capabilities', discover, { meta: { [CAPABILITIES]: null } }),
  at2026('unknown capabilities', discover, { meta: { [CAPABILITIES]: { x: {} } } }),
  at2026('clientInfo', discover, {
    meta: { 'io.modelcontextprotocol/clientInfo': { name: 'referee', version: '1' } },
  }),
  at2026('a text for clientInfo', discover, {
    meta: { 'io.modelcontextprotocol/clientInfo': 'referee' },
  }),
  at2026('unknown keys in _meta', discover, { meta: { 'com.example/x': 1 } }),
  at2026('a trace', discover, {
    meta: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  }),
  at2026('logs from info on', tool('measure'), {
    meta: { 'io.modelcontextprotocol/logLevel': 'info' },
  }),
  at2026('logs from error on', tool('measure'), {
    meta: { 'io.modelcontextprotocol/logLevel': 'error' },
  }),
  at2026('a log level in _meta that is none', tool('measure'), {
    meta: { 'io.modelcontextprotocol/logLevel': 'loud' },
  }),
  at2026('an object for a progress token', tool('measure'), { meta: { progressToken: {} } }),
  // Versions.
  ...['1999-01-01', '2025-11-25', '2099-01-01', 'newest'].map((version) =>
    at2026(`version ${version}`, discover, {
      meta: { [VERSION]: version },
      headers: { 'mcp-protocol-version': version },
    }),
  ),
  at2026('another version in the header', discover, {
    headers: { 'mcp-protocol-version': '2025-11-25' },
  }),
  at2026('no version header', discover, { headers: { 'mcp-protocol-version': null } }),
  at2026('blanks around the version header', discover, {
    headers: { 'mcp-protocol-version': '  2026-07-28 ' },
  }),
  // Mcp-Method and Mcp-Name.
  at2026('no Mcp-Method', discover, { headers: { 'mcp-method': null } }),
  at2026('another Mcp-Method', discover, { headers: { 'mcp-method': 'tools/list' } }),
  at2026('Mcp-Method in another case', discover, { headers: { 'mcp-method': 'Server/Discover' } }),
  at2026('no Mcp-Name', locate, { headers: { 'mcp-name': null } }),
  at2026('another Mcp-Name', locate, { headers: { 'mcp-name': 'show' } }),
  at2026('Mcp-Name in another case', locate, { headers: { 'mcp-name': 'LOCATE' } }),
  at2026('blanks around Mcp-Name', locate, { headers: { 'mcp-name': ' locate ' } }),
  at2026('Mcp-Name as base64', locate, { headers: { 'mcp-name': base64('locate') } }),
  at2026('Mcp-Name as base64 of another', locate, { headers: { 'mcp-name': base64('show') } }),
  at2026('Mcp-Name as bad base64', locate, { headers: { 'mcp-name': '=?base64?*?=' } }),
  at2026('Mcp-Name as base64 in capitals', locate, {
    headers: { 'mcp-name': `=?BASE64?${btoa('locate')}?=` },
  }),
  at2026('Mcp-Name twice', locate, { headers: { 'mcp-name': 'locate, locate' } }),
  at2026('Mcp-Name where none is expected', discover, { headers: { 'mcp-name': 'x' } }),
  at2026('no Mcp-Name for an address', read, { headers: { 'mcp-name': null } }),
  at2026('another Mcp-Name for an address', read, { headers: { 'mcp-name': 'atlas://cover' } }),
  at2026('an unknown tool and another Mcp-Name', tool('none'), { headers: { 'mcp-name': 'show' } }),
  // Mcp-Param.
  at2026('no Mcp-Param', tool('route', { region: 'Tyrol' })),
  at2026('Mcp-Param', tool('route', { region: 'Tyrol' }), {
    headers: { 'mcp-param-region': 'Tyrol' },
  }),
  at2026('another Mcp-Param', tool('route', { region: 'Tyrol' }), {
    headers: { 'mcp-param-region': 'tyrol' },
  }),
  at2026('Mcp-Param as base64', tool('route', { region: 'Tyrol' }), {
    headers: { 'mcp-param-region': base64('Tyrol') },
  }),
  at2026('Mcp-Param as bad base64', tool('route', { region: 'Tyrol' }), {
    headers: { 'mcp-param-region': '=?base64?*?=' },
  }),
  at2026('Mcp-Param for an integer', tool('route', { region: 'a', stops: 3 }), {
    headers: { 'mcp-param-region': 'a', 'mcp-param-stops': '3' },
  }),
  at2026('Mcp-Param for an integer, as a fraction', tool('route', { region: 'a', stops: 3 }), {
    headers: { 'mcp-param-region': 'a', 'mcp-param-stops': '3.0' },
  }),
  at2026('Mcp-Param for another integer', tool('route', { region: 'a', stops: 3 }), {
    headers: { 'mcp-param-region': 'a', 'mcp-param-stops': '4' },
  }),
  at2026('Mcp-Param for a boolean', tool('route', { region: 'a', toll: true }), {
    headers: { 'mcp-param-region': 'a', 'mcp-param-toll': 'true' },
  }),
  at2026('Mcp-Param for what is not in the body', tool('route', { region: 'a' }), {
    headers: { 'mcp-param-region': 'a', 'mcp-param-stops': '4' },
  }),
  at2026('Mcp-Param that nobody declared', locate, { headers: { 'mcp-param-what': 'x' } }),
  // What belongs to sessions.
  at2026('a session id', discover, { headers: { 'mcp-session-id': 'made-up' } }),
  at2026('Last-Event-ID', discover, { headers: { 'last-event-id': '1' } }),
  at2026('initialize', { method: 'initialize', params: { protocolVersion: '2026-07-28' } }),
  {
    ...at2026('an array', discover),
    body: JSON.stringify([request('server/discover', { _meta: META_2026 })]),
  },
  { ...at2026('a response', discover), body: '{"jsonrpc":"2.0","id":1,"result":{}}' },
  {
    ...at2026('a notification', { method: 'notifications/unheard-of' }),
    body: JSON.stringify(notification('notifications/unheard-of', { _meta: META_2026 })),
  },
  {
    ...at2026('a notification without an envelope', { method: 'notifications/unheard-of' }),
    body: JSON.stringify(notification('notifications/unheard-of')),
  },
  {
    ...at2026('GET', discover),
    verb: 'GET',
    headers: { 'mcp-protocol-version': '2026-07-28', accept: 'text/event-stream' },
  },
  {
    ...at2026('DELETE', discover),
    verb: 'DELETE',
    headers: { 'mcp-protocol-version': '2026-07-28' },
  },
  // Ids and media types.
  at2026('a text for an id', discover, { id: 'seven' }),
  at2026('an empty text for an id', discover, { id: '' }),
  at2026('zero for an id', discover, { id: 0 }),
  at2026('no content type', discover, { headers: { 'content-type': null } }),
  at2026('another content type', discover, { headers: { 'content-type': 'text/plain' } }),
  at2026('Accept without streams', discover, { headers: { accept: 'application/json' } }),
  at2026('Accept without JSON', discover, { headers: { accept: 'text/event-stream' } }),
  at2026('Accept for anything', discover, { headers: { accept: '*/*' } }),
  at2026('no Accept', discover, { headers: { accept: null } }),
]

export const CORPUS: readonly RawExchange[] = [
  ...openings,
  ...inSessions,
  ...arrays,
  ...statelessly,
]
