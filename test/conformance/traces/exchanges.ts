export interface Exchange {
  method: string
  params?: Record<string, unknown>
}

/** What a client of any revision asks the module of the traces, in this order. */
export const EXCHANGES: readonly Exchange[] = [
  { method: 'tools/list' },
  { method: 'tools/call', params: { name: 'locate', arguments: { town: 'München' } } },
  { method: 'tools/call', params: { name: 'locate', arguments: { town: 7, twon: 'x' } } },
  { method: 'tools/call', params: { name: 'neighbours' } },
  { method: 'tools/call', params: { name: 'show' } },
  { method: 'tools/call', params: { name: 'nonesuch' } },
  { method: 'resources/list' },
  { method: 'resources/list', params: { cursor: 'made-up' } },
  { method: 'resources/templates/list' },
  { method: 'resources/read', params: { uri: 'atlas://legend' } },
  { method: 'resources/read', params: { uri: 'atlas://cover' } },
  { method: 'resources/read', params: { uri: 'atlas://maps/1' } },
  { method: 'resources/read', params: { uri: 'atlas://maps/2' } },
  { method: 'resources/read', params: { uri: 'atlas://nowhere' } },
  { method: 'prompts/list' },
  { method: 'prompts/get', params: { name: 'tour', arguments: { from: 'Passau', by: 'boat' } } },
  { method: 'prompts/get', params: { name: 'tour', arguments: { by: 'train' } } },
  { method: 'prompts/get', params: { name: 'nonesuch' } },
  {
    method: 'completion/complete',
    params: {
      ref: { type: 'ref/resource', uri: 'atlas://maps/{number}' },
      argument: { name: 'number', value: '1' },
    },
  },
  {
    method: 'completion/complete',
    params: { ref: { type: 'ref/prompt', name: 'tour' }, argument: { name: 'by', value: 'b' } },
  },
  {
    method: 'completion/complete',
    params: { ref: { type: 'ref/prompt', name: 'tour' }, argument: { name: 'to', value: '' } },
  },
  { method: 'ping' },
  { method: 'resources/subscribe', params: { uri: 'atlas://legend' } },
  { method: 'nonesuch/method' },
]

const request = (id: number | string, method: string, params?: Record<string, unknown>) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params && { params }),
})
const notification = (method: string) => ({ jsonrpc: '2.0', method })

/** Arrays of messages, which are of 2025-03-26 and no other revision. */
export const BATCHES: readonly (readonly unknown[])[] = [
  [
    request('a', 'tools/call', { name: 'locate', arguments: { town: 'Ulm' } }),
    request(2, 'resources/read', { uri: 'atlas://legend' }),
    request('c', 'prompts/get', { name: 'tour', arguments: { from: 'Passau' } }),
  ],
  [request(1, 'ping'), notification('notifications/unheard-of'), request(2, 'nonesuch/method')],
  [request(1, 'tools/call', { name: 'locate', arguments: { town: 7 } }), request(2, 'ping')],
  [notification('notifications/initialized'), notification('notifications/unheard-of')],
  [{ jsonrpc: '2.0', id: 9, result: {} }],
  [
    request(1, 'initialize', { protocolVersion: '2025-03-26', capabilities: {} }),
    request(2, 'ping'),
  ],
  [request(1, 'ping'), { jsonrpc: '2.0', id: null, method: 'ping' }],
  [[request(1, 'ping')]],
  [],
]
