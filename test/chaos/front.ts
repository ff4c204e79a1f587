/**
 * What stands in front of a platform: one address, whichever release answers. A new request reaches
 * the newest; one that is under way stays where it is until that ends.
 *
 * @module
 */
import { once } from 'node:events'
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Front extends AsyncDisposable {
  readonly origin: string
  /** New requests go to this port. Returns what ends those that were sent elsewhere before. */
  switchTo(port: number): () => void
}

export async function startFront(firstPort: number): Promise<Front> {
  let port = firstPort
  let underWay = new Set<ClientRequest>()

  const forward = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const { method, url: path, headers } = incoming
    const requests = underWay
    const onward = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
    requests.add(onward)
    const end = () => {
      requests.delete(onward)
      onward.destroy()
      answer.destroy()
    }
    onward.on('error', end)
    answer.on('close', end)
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      answer.flushHeaders()
      response.on('error', end)
      response.on('close', () => response.complete || end())
      response.pipe(answer)
    })
    incoming.pipe(onward)
  }
  const server = createServer(forward).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: ownPort } = server.address() as AddressInfo // a listening TCP server has one

  return {
    origin: `http://127.0.0.1:${ownPort}`,
    switchTo(next) {
      const before = underWay
      underWay = new Set()
      port = next
      return () => {
        for (const onward of before) onward.destroy(new Error('the release has drained'))
      }
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
