/**
 * What is measured: each case is one request to one target, sent over and over.
 *
 * @module
 */
import { bodyOf, type Connection, headerOf } from './connection.ts'

export type Target = 'echo' | 'object' | 'quayside' | 'sdk' | 'agents-handler' | 'agent'

export interface Case {
  name: string
  target: Target
  /** Makes the request, opening a session first where one is needed. */
  prepare(connection: Connection): Promise<Buffer> | Buffer
  /** Whether the body of an answer is what the case is about. */
  accepts(body: string): boolean
  /**
   * Sends the request and all that belongs to it, where that is more, and returns the last answer.
   *
   * @param aside For what is sent while the answer to the request is on its way.
   */
  converse?(connection: Connection, aside: Connection, request: Buffer): Promise<Buffer>
}

const CLIENT = { name: 'bench', version: '1.0.0' }
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': CLIENT,
  'io.modelcontextprotocol/clientCapabilities': {},
}
const SAID = 'The quick brown fox jumps over the lazy dog'

const call2026 = (): Buffer => callAt('/one/mcp')

function callAt(path: string, headers: Record<string, string> = {}): Buffer {
  const params = { name: 'echo', arguments: { text: SAID }, _meta: ENVELOPE }
  return post(path, 'tools/call', params, {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'echo',
    ...headers,
  })
}

/** The same call of the same tool, in a module that takes nobody without an access token. */
async function callSignedIn(connection: Connection): Promise<Buffer> {
  const accessToken = bodyOf(await connection.exchange(post('/bench/token', 'issue', {})))
  return callAt('/signed/mcp', { authorization: `Bearer ${accessToken}` })
}

/** A call of a tool that uses the engine of linear handlers; with a state, the retry of one. */
function callLinear(name: string, requestState?: string): Buffer {
  const answers = { sure: { action: 'accept', content: { yes: true } } }
  const params = {
    name,
    arguments: {},
    ...(requestState !== undefined && { requestState, inputResponses: answers }),
    _meta: {
      ...ENVELOPE,
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
    },
  }
  return post('/linear/mcp', 'tools/call', params, {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  })
}

/** The answer to a question that was asked a moment ago, as often as it is measured. */
async function answer2026(connection: Connection): Promise<Buffer> {
  const { result } = JSON.parse(bodyOf(await connection.exchange(callLinear('ask'))))
  return callLinear('ask', result.requestState)
}

/** A call that asks, in a session of its own. */
async function asking2025(connection: Connection): Promise<Buffer> {
  const opening = post('/linear/mcp', 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: {} },
    clientInfo: CLIENT,
  })
  const sessionId = headerOf(await connection.exchange(opening), 'mcp-session-id') ?? ''
  return post('/linear/mcp', 'tools/call', { name: 'ask', arguments: {} }, inSession(sessionId))
}

const QUESTION = /"id":"([^"]+)","method":"elicitation\/create"/

/** Reads the question on the stream of its call, answers it by a POST, and reads on to the result. */
async function answer2025(
  connection: Connection,
  aside: Connection,
  request: Buffer,
): Promise<Buffer> {
  const asked = (await connection.begin(request, QUESTION)).toString()
  const id = QUESTION.exec(asked)?.[1]
  if (id === undefined) throw new Error(`nothing was asked:\n${asked}`)
  const result = { action: 'accept', content: { yes: true } }
  const headers = inSession(headerOf(request, 'mcp-session-id') ?? '')
  const whole = connection.rest()
  await aside.exchange(send('/linear/mcp', { id, result }, headers))
  return whole
}

const inSession = (id: string) => ({
  'mcp-protocol-version': '2025-11-25',
  'mcp-session-id': id,
})

const list2026 = (module: string): Buffer =>
  post(
    `/${module}/mcp`,
    'tools/list',
    { _meta: ENVELOPE },
    {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/list',
    },
  )

export const initialize = (): Buffer =>
  post('/one/mcp', 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: CLIENT,
  })

/** The official handler opens no session, and then takes calls without one. */
async function call2025(connection: Connection): Promise<Buffer> {
  return sessionCall(headerOf(await connection.exchange(initialize()), 'mcp-session-id'))
}

export const sessionCall = (sessionId: string | undefined): Buffer =>
  post(
    '/one/mcp',
    'tools/call',
    { name: 'echo', arguments: { text: SAID } },
    sessionId === undefined ? { 'mcp-protocol-version': '2025-11-25' } : inSession(sessionId),
  )

const post = (path: string, method: string, params: object, headers?: Record<string, string>) =>
  send(path, { id: 1, method, params }, headers)

function send(path: string, message: object, headers: Record<string, string> = {}): Buffer {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message })
  const lines = Object.entries({
    host: '127.0.0.1',
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'user-agent': 'quayside-bench',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

const says = (body: string): boolean => body.includes(`"${SAID}"`)
const initialized = (body: string): boolean => body.includes('"protocolVersion":"2025-11-25"')
const lists = (count: number) => (body: string) => body.split('"inputSchema"').length === count + 1

const sessionCases = (target: Target): Case[] => [
  { name: 'initialize, 2025', target, prepare: initialize, accepts: initialized },
  { name: 'tools/call, 2025', target, prepare: call2025, accepts: says },
]

const mcpCases = (target: Target): Case[] => [
  { name: 'tools/call, 2026', target, prepare: call2026, accepts: says },
  ...sessionCases(target),
  { name: 'tools/list, 1 tool', target, prepare: () => list2026('one'), accepts: lists(1) },
  {
    name: 'tools/list, 100 tools',
    target,
    prepare: () => list2026('hundred'),
    accepts: lists(100),
  },
]

export const YARDSTICK: Case = {
  name: 'plain JSON echo',
  target: 'echo',
  prepare: call2026,
  accepts: says,
}

/** What a session call has to ask of an object at least, and nothing else. */
const OBJECT_CALL: Case = {
  name: 'plain JSON echo by an object',
  target: 'object',
  prepare: call2026,
  accepts: says,
}

const SIGNED_IN: Case = {
  name: 'tools/call, 2026, token',
  target: 'quayside',
  prepare: callSignedIn,
  accepts: says,
}

/** A round trip with the person is the first two together in 2026, and the third in 2025. */
const LINEAR: Case[] = [
  {
    name: 'question asked, 2026',
    target: 'quayside',
    prepare: () => callLinear('ask'),
    accepts: (body) => body.includes('"input_required"'),
  },
  {
    name: 'question answered, 2026',
    target: 'quayside',
    prepare: answer2026,
    accepts: (body) => body.includes('"accept"'),
  },
  {
    name: 'question asked and answered, 2025',
    target: 'quayside',
    prepare: asking2025,
    accepts: (body) => body.includes('"text":"accept"'),
    converse: answer2025,
  },
  ...[1, 100].map(
    (steps): Case => ({
      name: `tools/call, 2026, ${steps} step${steps > 1 ? 's' : ''}`,
      target: 'quayside',
      prepare: () => callLinear(`steps_${steps}`),
      accepts: (body) => body.includes(`"${steps} done"`),
    }),
  ),
]

export const CASES: readonly Case[] = [
  YARDSTICK,
  OBJECT_CALL,
  ...mcpCases('quayside'),
  SIGNED_IN,
  ...LINEAR,
  ...mcpCases('sdk'),
  ...mcpCases('agents-handler'),
  ...sessionCases('agent'),
]

/** Prepares a case and makes sure that its target answers it as meant. */
export async function prepareCase(
  it: Case,
  connection: Connection,
  aside: Connection,
): Promise<{ request: Buffer; exchange(): Promise<Buffer> }> {
  const request = await it.prepare(connection)
  const exchange = it.converse
    ? it.converse.bind(it, connection, aside, request)
    : connection.exchange.bind(connection, request)
  const body = bodyOf(await exchange())
  if (!it.accepts(body)) throw new Error(`${it.target}: ${it.name}: unexpected answer\n${body}`)
  return { request, exchange }
}
