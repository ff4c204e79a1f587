/**
 * Pages by themselves, without the platform: each is served at `/<name>`, and what its forms post
 * is kept. For pages whose answer depends on a state that a test would have to build up first.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface ServedPage {
  html: string
  headers: Record<string, string>
}

export interface PageServer {
  /** `http://localhost:<port>`: a passkey needs a host with a name. */
  origin: string
  port: number
  /** What was posted since the last `reset()`, with the fields in order. */
  posts: { path: string; fields: [string, string][] }[]
  /** Every request for a page, with what it says of where it comes from. */
  requests: {
    method: string | undefined
    path: string
    origin: string | undefined
    referer: string | undefined
  }[]
  /** Answers the forms; until it is set, with 204, which leaves the page as it is. */
  answer: ((response: ServerResponse) => void) | undefined
  pages: Record<string, ServedPage>
  reset(): void
  close(): Promise<void>
}

export async function startPageServer(pages: Record<string, ServedPage>): Promise<PageServer> {
  const http = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  // Both families: `localhost` may be either, and a test redirects to `[::1]`.
  await new Promise<void>((resolve) => http.listen(0, '::', resolve))
  // A listening TCP server has this kind of address.
  const { port } = http.address() as AddressInfo
  const server: PageServer = {
    origin: `http://localhost:${port}`,
    port,
    posts: [],
    requests: [],
    answer: undefined,
    pages,
    reset() {
      server.posts = []
      server.requests = []
      server.answer = undefined
    },
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', server.origin)
    const { origin, referer } = request.headers
    server.requests.push({ method: request.method, path: pathname, origin, referer })
    if (request.method === 'POST') {
      const fields = [...new URLSearchParams(await text(request))]
      server.posts.push({ path: pathname, fields })
      if (server.answer) server.answer(response)
      else response.writeHead(204).end()
      return
    }
    const onward = searchParams.get('onward')
    if (onward) {
      response.writeHead(302, { location: onward }).end()
      return
    }
    const page = server.pages[pathname.slice(1)]
    if (page) response.writeHead(200, page.headers).end(page.html)
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Client</title>Client')
  }

  return server
}
