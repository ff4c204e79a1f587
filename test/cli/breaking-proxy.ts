/**
 * A server in front of the platform that breaks one thing. The platform sees the proxy's Host, so
 * that everything else it says is consistent.
 *
 * @module
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Passing {
  method: string
  path: string
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

export interface Breakage {
  /** Takes a request before the platform sees it. True: it has been answered, or never will be. */
  before?: (request: IncomingMessage & { body: string }, response: ServerResponse) => boolean
  /** Changes what the platform answered. */
  after?: (passing: Passing) => void
}

export interface BreakingProxy extends AsyncDisposable {
  origin: string
  /** `GET /path` of every request. */
  requests: string[]
}

export async function breakingProxy(
  platformPort: number,
  { before, after }: Breakage,
): Promise<BreakingProxy> {
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const { method = 'GET', url: path = '/' } = request
    requests.push(`${method} ${path}`)
    if (before?.(Object.assign(request, { body }), response)) return
    const passed = send({
      host: '127.0.0.1',
      port: platformPort,
      method,
      path,
      // As fetch sends them, less what would ask for a compressed answer.
      headers: { ...request.headers, 'accept-encoding': 'identity' },
    })
    passed.end(body)
    const [answer] = (await once(passed, 'response')) as [IncomingMessage]
    const passing: Passing = {
      method,
      path,
      status: answer.statusCode ?? 500,
      headers: { ...answer.headers, 'content-length': undefined, 'transfer-encoding': undefined },
      body: await text(answer),
    }
    after?.(passing)
    response.statusCode = passing.status
    for (const [name, value] of Object.entries(passing.headers)) {
      if (value !== undefined) response.setHeader(name, value)
    }
    response.end(passing.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers a request at once. */
export function answer(
  response: ServerResponse,
  status: number,
  body: string | object,
  headers: Record<string, string> = {},
): true {
  const isText = typeof body === 'string'
  response.writeHead(status, {
    'content-type': isText ? 'text/html; charset=utf-8' : 'application/json',
    ...headers,
  })
  response.end(isText ? body : JSON.stringify(body))
  return true
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
