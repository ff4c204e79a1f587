/**
 * Requests that are often nearly right, for an endpoint that must take whatever comes.
 *
 * @module
 */
import * as fc from 'fast-check'

export interface GeneratedRequest {
  verb: string
  path: string
  /** Which of the open sessions it is sent in, or none. */
  session: number | 'none' | 'made-up' | 'disposable'
  headers: Record<string, string>
  body: string | undefined
}

const META = 'io.modelcontextprotocol/'
const VERSIONS = ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28', '1999-01-01', '']
const METHODS = [
  ...['initialize', 'ping', 'server/discover', 'tools/list', 'tools/call', 'resources/list'],
  ...['resources/templates/list', 'resources/read', 'resources/subscribe', 'prompts/list'],
  ...['prompts/get', 'completion/complete', 'logging/setLevel', 'tasks/get', '__proto__', ''],
]
const NOTIFICATIONS = ['initialized', 'cancelled', 'progress', 'roots/list_changed', 'unheard-of']
const NAMES = ['locate', 'neighbours', 'show', 'refuse', 'lose', 'crash', 'lie', 'measure', 'route']
const PLACES = ['atlas://legend', 'atlas://cover', 'atlas://maps/1', 'atlas://maps/2', 'no://where']

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values)
const json = fc.jsonValue({ maxDepth: 3 })
const word = fc.oneof(
  { weight: 6, arbitrary: oneOf([...NAMES, ...PLACES, 'any', 'tour', 'plain', 'ref/prompt']) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
)
const id = fc.oneof(
  { weight: 8, arbitrary: fc.oneof(fc.nat(5), fc.string({ maxLength: 4 })) },
  { weight: 1, arbitrary: json },
)
const token = fc.oneof(fc.nat(9), fc.string({ maxLength: 5 }), json)

const args = fc.oneof(
  fc.record(
    {
      town: fc.oneof(fc.constant('Ulm'), json),
      region: fc.oneof(fc.constant('Tyrol'), json),
      stops: fc.oneof(fc.nat(9), json),
      count: fc.oneof(fc.nat(12), json),
      tags: fc.oneof(fc.array(fc.string()), json),
      from: json,
      by: oneOf(['boat', 'train']),
      __proto__: json,
    },
    { requiredKeys: [] },
  ),
  json,
)

const params = fc.record(
  {
    name: fc.oneof({ weight: 6, arbitrary: word }, { weight: 1, arbitrary: json }),
    uri: fc.oneof({ weight: 6, arbitrary: oneOf(PLACES) }, { weight: 1, arbitrary: json }),
    arguments: args,
    cursor: fc.oneof(fc.constant('made-up'), json),
    level: oneOf(['debug', 'error', 'loud', 7]),
    ref: fc.oneof(fc.record({ type: word, name: word, uri: oneOf(PLACES) }), json),
    argument: fc.oneof(fc.record({ name: oneOf(['by', 'number', 'x']), value: word }), json),
    protocolVersion: oneOf(VERSIONS),
    capabilities: fc.oneof(fc.constant({}), json),
    clientInfo: fc.oneof(fc.record({ name: word, version: word }), json),
    requestId: id,
    taskId: word,
  },
  { requiredKeys: [] },
)

const envelope = fc.record(
  {
    [`${META}protocolVersion`]: fc.oneof(fc.constant('2026-07-28'), oneOf(VERSIONS), json),
    [`${META}clientCapabilities`]: fc.oneof(fc.constant({}), json),
    [`${META}clientInfo`]: fc.oneof(fc.record({ name: word, version: word }), json),
    [`${META}logLevel`]: oneOf(['debug', 'info', 'loud', 7]),
    progressToken: token,
    traceparent: fc.oneof(
      fc.constant('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
      json,
    ),
  },
  { requiredKeys: [] },
)

const message = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record({ id, method: oneOf(METHODS), params, meta: fc.option(envelope) })
      .map(({ id, method, params, meta }) => ({
        jsonrpc: '2.0',
        id,
        method,
        params: meta ? { ...params, _meta: meta } : params,
      })),
  },
  {
    weight: 2,
    arbitrary: fc.record({ method: oneOf(NOTIFICATIONS), params }).map(({ method, params }) => ({
      jsonrpc: '2.0',
      method: `notifications/${method}`,
      params,
    })),
  },
  { weight: 1, arbitrary: fc.record({ jsonrpc: fc.constant('2.0'), id, result: json }) },
  {
    weight: 1,
    arbitrary: fc.record(
      { jsonrpc: json, id: json, method: json, params: json, error: json, result: json },
      { requiredKeys: [] },
    ),
  },
)

/** A request of 2026-07-28 that is right but for what its parameters happen to be. */
const stateless = fc
  .record({ id: fc.nat(9), method: oneOf(METHODS), params, more: envelope, wrong: fc.nat(9) })
  .map(({ id, method, params, more, wrong }) => {
    const named = method === 'resources/read' ? params.uri : params.name
    const plain = typeof named === 'string' && /^[!-~]+$/.test(named)
    const [version, capabilities] = [`${META}protocolVersion`, `${META}clientCapabilities`]
    const meta = { ...(wrong === 0 && more), [version]: '2026-07-28', [capabilities]: {} }
    return {
      headers: {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': wrong === 1 ? 'tools/list' : method,
        ...(plain && { 'mcp-name': named }),
        ...(params.name === 'route' && { 'mcp-param-region': 'Tyrol' }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: meta } }),
    }
  })

const broken = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constant('{"jsonrpc":"2.0","id":1,"method":"ping"'),
  message.map((one) => JSON.stringify(one).slice(0, -3)),
  fc.constant('['.repeat(5_000)),
)
const body = fc.oneof(
  { weight: 10, arbitrary: message.map((one) => JSON.stringify(one)) },
  { weight: 2, arbitrary: fc.array(message, { maxLength: 4 }).map((all) => JSON.stringify(all)) },
  { weight: 1, arbitrary: broken },
)

/** What HTTP lets stand in a header. */
const headerValue = fc.oneof(
  { weight: 4, arbitrary: oneOf([...VERSIONS, ...METHODS, ...NAMES, ...PLACES]) },
  { weight: 1, arbitrary: oneOf(['=?base64?bG9jYXRl?=', '=?base64?*?=', 'a, b', ' x ']) },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }).filter((text) => /^[ -~]*$/.test(text)) },
)
const headers = fc.dictionary(
  oneOf([
    ...['mcp-protocol-version', 'mcp-method', 'mcp-name', 'mcp-param-region', 'last-event-id'],
    ...['accept', 'content-type'],
  ]),
  headerValue,
  { maxKeys: 2 },
)

const usualHeaders = {
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
}
const path = fc.oneof(
  { weight: 12, arbitrary: fc.constant('/gauge/mcp') },
  { weight: 2, arbitrary: fc.constant('/shelf/mcp') },
  { weight: 1, arbitrary: fc.constant('/nothing/mcp') },
)

/** @param sessions How many are open. */
export const requestsFor = (sessions: number): fc.Arbitrary<GeneratedRequest> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ path, stateless }).map(({ path, stateless: { headers, body } }) => ({
        verb: 'POST',
        path,
        session: 'none' as const,
        headers: { ...usualHeaders, ...headers },
        body,
      })),
    },
    {
      weight: 6,
      arbitrary: fc
        .record({
          path,
          session: fc.oneof(
            { weight: 6, arbitrary: fc.nat(sessions - 1) },
            { weight: 1, arbitrary: oneOf(['none', 'made-up'] as const) },
          ),
          headers: fc.option(headers, { nil: {}, freq: 2 }),
          body,
        })
        .map(({ headers, ...request }) => ({
          ...request,
          verb: 'POST',
          headers: { ...usualHeaders, ...headers },
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({
          verb: oneOf(['GET', 'DELETE', 'HEAD', 'PUT', 'OPTIONS']),
          path,
          // What DELETE ends is nobody else's.
          session: oneOf(['none', 'made-up', 'disposable'] as const),
          headers,
        })
        .map((request) => ({ ...request, body: undefined })),
    },
  )
