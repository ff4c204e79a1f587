/** MCP over HTTP in both eras, as plain requests: what went over the wire is what is looked at. @module */
import * as z from 'zod'
import { describe, isHtml, refuseForeign } from './answer.ts'
import { Fault } from './fault.ts'
import type { Answer, Wire } from './wire.ts'

export type Era = '2026-07-28' | '2025-11-25'

export interface McpOptions {
  wire: Wire
  url: string
  era: Era
  accept: string
  /** Also of every other request of this client: Origin, for one. */
  headers: Record<string, string>
  clientName: string
  accessToken?: string | undefined
  /** Seconds. */
  limit: number
}

const RpcReply = z.object({
  jsonrpc: z.literal('2.0'),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
})
export type RpcReply = z.output<typeof RpcReply>

export const ToolList = z.object({
  tools: z.array(
    z.object({
      name: z.string(),
      inputSchema: z.looseObject({ required: z.array(z.string()).optional() }),
      annotations: z.object({ readOnlyHint: z.boolean().optional() }).optional(),
      _meta: z
        .looseObject({
          securitySchemes: z
            .array(z.looseObject({ scopes: z.array(z.string()).optional() }))
            .optional(),
        })
        .optional(),
    }),
  ),
})
export type ListedTool = z.output<typeof ToolList>['tools'][number]

export interface McpClient {
  readonly era: Era
  /** The first request of a client: `server/discover`, or `initialize` with what follows it. */
  open(): Promise<void>
  /** That first request alone, for what it is answered with. */
  knock(): Promise<Answer>
  /** @throws {Fault} when the answer is none of JSON-RPC. */
  request(
    method: string,
    params?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<{ answer: Answer; reply: RpcReply }>
  /** GET for the stream of a session, which may be refused with 405. */
  stream(): Promise<Answer>
  /** DELETE of the session. */
  close(): Promise<Answer>
  readonly sessionId: string | undefined
}

let nextId = 1

export function createMcpClient(options: McpOptions): McpClient {
  const { wire, url, era, accept, clientName, accessToken, limit } = options
  const clientInfo = { name: clientName, version: '1.0.0' }
  let sessionId: string | undefined

  const common = () => ({
    ...options.headers,
    accept,
    ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
  })
  const post = (message: object, headers: Record<string, string>, what: string) =>
    wire.send(url, {
      method: 'POST',
      headers: { ...common(), 'content-type': 'application/json', ...headers },
      body: JSON.stringify(message),
      limit,
      what,
    })
  const send = (
    method: string,
    params: Record<string, unknown> = {},
    extra: Record<string, string> = {},
  ) => {
    const message = { jsonrpc: '2.0', id: nextId++, method }
    if (era === '2025-11-25') {
      const headers: Record<string, string> =
        method === 'initialize' ? extra : { 'mcp-protocol-version': era, ...extra }
      return post({ ...message, params }, headers, `answer to ${method}`)
    }
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': era,
      'io.modelcontextprotocol/clientInfo': clientInfo,
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    return post(
      { ...message, params: { ...params, _meta } },
      {
        'mcp-protocol-version': era,
        'mcp-method': method,
        ...(typeof params.name === 'string' && { 'mcp-name': params.name }),
        ...extra,
      },
      `answer to ${method}`,
    )
  }
  const knock = () =>
    era === '2026-07-28'
      ? send('server/discover')
      : send('initialize', { protocolVersion: era, capabilities: {}, clientInfo })

  return {
    era,
    get sessionId() {
      return sessionId
    },
    knock,
    async open() {
      const answer = await knock()
      const reply = readReply(answer)
      if (!reply.result) throw notOpened(answer)
      if (era === '2026-07-28') {
        const supported = z.array(z.string()).safeParse(reply.result.supportedVersions).data
        if (!supported?.includes(era)) {
          throw new Fault(`server/discover does not list ${era} in supportedVersions.`)
        }
        return
      }
      sessionId = answer.headers.get('mcp-session-id') ?? undefined
      const taken = await post(
        { jsonrpc: '2.0', method: 'notifications/initialized' },
        { 'mcp-protocol-version': era },
        'answer to notifications/initialized',
      )
      if (taken.status !== 202) {
        throw new Fault(`A notification is not answered with 202. ${describe(taken)}`)
      }
    },
    async request(method, params, headers) {
      const answer = await send(method, params, headers)
      return { answer, reply: readReply(answer) }
    },
    stream: () =>
      wire.send(url, {
        headers: { ...common(), accept: 'text/event-stream', 'mcp-protocol-version': era },
        limit,
        what: 'answer to GET',
        headersOnly: true,
      }),
    close: () =>
      wire.send(url, {
        method: 'DELETE',
        headers: { ...common(), 'mcp-protocol-version': era },
        limit,
        what: 'answer to DELETE',
      }),
  }
}

/** The JSON-RPC message of an answer, be it JSON or the last of an event stream. @throws {Fault} */
export function readReply(answer: Answer): RpcReply {
  refuseForeign(answer, 'MCP endpoint')
  const isStream = /text\/event-stream/i.test(answer.headers.get('content-type') ?? '')
  const messages = isStream ? eventData(answer.text) : [answer.text]
  for (const text of messages.reverse()) {
    const parsed = RpcReply.safeParse(parse(text))
    if (parsed.success && (parsed.data.result || parsed.data.error)) return parsed.data
  }
  throw new Fault(
    `The MCP endpoint answers with ${isHtml(answer) ? 'a web page' : 'something else'}, not JSON-RPC. ${describe(answer)}`,
    isHtml(answer)
      ? 'Something in front of the platform answers in its place, or this is not a connector URL.'
      : 'Look at what stands between the client and the platform.',
  )
}

const notOpened = (answer: Answer): Fault =>
  new Fault(`The connection is refused. ${describe(answer)}`)

function eventData(stream: string): string[] {
  return stream
    .split(/\r?\n\r?\n/)
    .map((event) =>
      event
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart())
        .join('\n'),
    )
    .filter((data) => data !== '')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
