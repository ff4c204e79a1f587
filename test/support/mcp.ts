/** The few lines of MCP over HTTP that process tests need, without a client in between. @module */

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

/** Opens a 2025 session and returns its `Mcp-Session-Id`. */
export async function openSession(url: string): Promise<string> {
  const response = await post(url, {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'quayside-tests', version: '1.0.0' },
    },
  })
  await response.text()
  const sessionId = response.headers.get('mcp-session-id')
  if (!sessionId) throw new Error(`no Mcp-Session-Id: ${response.status}`)
  return sessionId
}

/** Asks for the tools within a session; what a client does first. */
export const listTools = (url: string, sessionId: string): Promise<Response> =>
  postInSession(url, sessionId, { jsonrpc: '2.0', id: 2, method: 'tools/list' })

/** Calls a tool without arguments within a session. */
export const callTool = (url: string, sessionId: string, name: string): Promise<Response> =>
  postInSession(url, sessionId, { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name } })

const postInSession = (url: string, sessionId: string, message: object): Promise<Response> =>
  post(url, message, { 'mcp-session-id': sessionId, 'mcp-protocol-version': '2025-11-25' })

/** Sends a request of 2026-07-28. The answer may be a stream, which has a minute. */
export const request2026 = (url: string, method: string, params: object): Promise<Response> => {
  const protocolVersion = '2026-07-28'
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': protocolVersion,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return post(
    url,
    { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } },
    { 'mcp-protocol-version': protocolVersion, 'mcp-method': method },
    60_000,
  )
}

async function post(
  url: string,
  message: object,
  headers = {},
  deadlineMs = 10_000,
): Promise<Response> {
  return await fetch(url, {
    method: 'POST',
    headers: { ...HEADERS, ...headers },
    body: JSON.stringify(message),
    signal: AbortSignal.timeout(deadlineMs),
  })
}
