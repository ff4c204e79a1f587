import { DurableObject } from 'cloudflare:workers'
import { PERSON_HEADER } from './watch'

/**
 * Connections that outlast a request's answer, by the person they serve: a few objects per tenant,
 * named `hub/<number>`, each for a share of the people. A Worker that holds a stream, or runs a call
 * for longer than a second, keeps a hibernatable WebSocket to it; nothing is stored, and it sleeps
 * until somebody's access changes.
 */
export class NotificationHub extends DurableObject {
  /** Takes the WebSocket of a Worker that serves a person. */
  override async fetch(request: Request): Promise<Response> {
    const person = request.headers.get(PERSON_HEADER)
    if (person === null) return new Response('not a WebSocket of ours', { status: 400 })
    const { 0: theirs, 1: ours } = new WebSocketPair()
    this.ctx.acceptWebSocket(ours, [person])
    return new Response(null, { status: 101, webSocket: theirs })
  }

  /** Has everybody who serves these people look again whether they may. */
  accessChanged(people: readonly string[]): void {
    for (const person of people) {
      for (const socket of this.ctx.getWebSockets(person)) {
        try {
          socket.send('look again')
        } catch {
          // It is closing, and whoever holds the other end comes back and looks then.
        }
      }
    }
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close()
  }
}
