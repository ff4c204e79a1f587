/**
 * Requests of all revisions over keep-alive connections, and streams that stay open.
 *
 * @module
 */
import { once } from 'node:events'
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'

export const REVISIONS_2025 = ['2025-03-26', '2025-06-18', '2025-11-25'] as const
export type Revision = (typeof REVISIONS_2025)[number] | '2026-07-28'

/** Whoever sends requests to a module: a session, or nobody in particular in 2026-07-28. */
export interface Peer {
  module: string
  revision: Revision
  accessToken: string | undefined
  sessionId: string | undefined
}

export interface Message {
  id?: number
  method?: string
  params?: { uri?: string }
  result?: unknown
  error?: unknown
}

export interface Answer {
  status: number
  sessionId: string | undefined
  messages: Message[]
}

const DEADLINE_MS = 30_000
const CAPABILITIES = {}
const INFO = { name: 'quayside-load', version: '1.0.0' }

export class LoadClient {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #streams = new Set<() => void>()

  constructor(port: number) {
    this.#port = port
  }

  /** One request and everything it was answered with. */
  async ask(peer: Peer, method: string, params: Record<string, unknown> = {}): Promise<Answer> {
    return await this.#exchange(peer, 'POST', messageOf(peer, method, params), method, params)
  }

  /** Several requests in one array, of 2025-03-26. */
  async askAll(peer: Peer, asked: [method: string, params: Record<string, unknown>][]) {
    const body = asked.map(([method, params], index) => messageOf(peer, method, params, index + 1))
    return await this.#exchange(peer, 'POST', body)
  }

  /** Opens a session that is ready. @throws {Error} when it does not. */
  async open(peer: Omit<Peer, 'sessionId'>): Promise<Peer> {
    const nobody = { ...peer, sessionId: undefined }
    const params = {
      protocolVersion: peer.revision,
      capabilities: CAPABILITIES,
      clientInfo: INFO,
    }
    const { status, sessionId } = await this.#exchange(nobody, 'POST', {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params,
    })
    if (sessionId === undefined) throw new Error(`initialize was answered with ${status}`)
    const opened = { ...peer, sessionId }
    const ready = { jsonrpc: '2.0', method: 'notifications/initialized' }
    const said = await this.#exchange(opened, 'POST', ready)
    if (said.status !== 202) throw new Error(`initialized was answered with ${said.status}`)
    return opened
  }

  /** Ends a session. Returns the status. */
  async end(peer: Peer): Promise<number> {
    return (await this.#exchange(peer, 'DELETE', undefined)).status
  }

  /**
   * A stream that stays open: a GET in a session, `subscriptions/listen` without one. Resolves once
   * it says something or, in a session, is there.
   */
  async follow(
    peer: Peer,
    uri: string,
    on: { message(message: Message): void; end(): void },
  ): Promise<void> {
    const params = { notifications: { resourceSubscriptions: [uri] } }
    const response = peer.sessionId
      ? await this.#send(peer, 'GET', undefined, {}, false)
      : await this.#send(
          peer,
          'POST',
          messageOf(peer, 'subscriptions/listen', params),
          headersOf2026('subscriptions/listen', params),
          false,
        )
    if (response.statusCode !== 200) throw new Error(`a stream: ${response.statusCode}`)
    const close = () => response.destroy()
    this.#streams.add(close)
    response.on('error', () => {})
    response.on('close', () => {
      if (this.#streams.delete(close)) on.end()
    })
    readEvents(response, on.message)
  }

  /** Closes every stream and connection. */
  close(): void {
    const streams = [...this.#streams]
    this.#streams.clear()
    for (const close of streams) close()
    this.#agent.destroy()
  }

  async #exchange(
    peer: Peer,
    verb: string,
    body: unknown,
    method = '',
    params: Record<string, unknown> = {},
  ): Promise<Answer> {
    const headers = peer.revision === '2026-07-28' ? headersOf2026(method, params) : {}
    const response = await this.#send(peer, verb, body, headers, true)
    const messages: Message[] = []
    let text = ''
    if (response.headers['content-type']?.startsWith('text/event-stream')) {
      readEvents(response, (message) => messages.push(message))
    } else response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
    await once(response, 'end', { signal: AbortSignal.timeout(DEADLINE_MS) })
    if (text !== '') messages.push(...[JSON.parse(text)].flat())
    const sessionId = response.headers['mcp-session-id']
    return {
      status: response.statusCode ?? 0,
      sessionId: typeof sessionId === 'string' ? sessionId : undefined,
      messages,
    }
  }

  async #send(
    { module, revision, accessToken, sessionId }: Peer,
    verb: string,
    body: unknown,
    extra: Record<string, string>,
    keepAlive: boolean,
  ): Promise<IncomingMessage> {
    const isOpening = sessionId === undefined && revision !== '2026-07-28'
    const options: RequestOptions = {
      host: '127.0.0.1',
      port: this.#port,
      path: `/${module}/mcp`,
      method: verb,
      agent: keepAlive ? this.#agent : false,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
        ...(!isOpening && revision !== '2025-03-26' && { 'mcp-protocol-version': revision }),
        ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
        ...extra,
      },
    }
    const outgoing = request(options)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = await once(outgoing, 'response', {
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    return response as IncomingMessage // what the event has
  }
}

function messageOf(
  { revision }: Peer,
  method: string,
  params: Record<string, unknown>,
  id = 1,
): object {
  const progress = method === 'tools/call' ? { progressToken: id } : {}
  const envelope =
    revision === '2026-07-28'
      ? {
          'io.modelcontextprotocol/protocolVersion': revision,
          'io.modelcontextprotocol/clientCapabilities': CAPABILITIES,
        }
      : {}
  return { jsonrpc: '2.0', id, method, params: { ...params, _meta: { ...envelope, ...progress } } }
}

function headersOf2026(method: string, params: Record<string, unknown>): Record<string, string> {
  const named = params.name ?? params.uri
  return { 'mcp-method': method, ...(typeof named === 'string' && { 'mcp-name': named }) }
}

function readEvents(response: IncomingMessage, onMessage: (message: Message) => void): void {
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.+)$/m.exec(text.slice(0, end))?.[1]
      text = text.slice(end + 2)
      if (data?.trim()) onMessage(JSON.parse(data))
    }
  })
}
