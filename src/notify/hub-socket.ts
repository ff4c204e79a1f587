/**
 * A Worker's socket to a hub, kept up: an object that moves, is evicted or crashes takes its sockets
 * along, and breaks the stub they came from for good.
 *
 * @module
 */
import { startTimer } from '../lib'

/** A fresh stub of a hub. */
export type HubStub = () => { fetch(url: string, init: RequestInit): Promise<Response> }

export interface HubSocketOptions {
  hub: HubStub
  /** How the Worker introduces itself, as things stand now. */
  introduce(): Record<string, string>
  onOpen?(): void
  onMessage(text: string): void
  /** The hub has no room, for this caller or for anybody; nothing follows. */
  onRefused?(of: NoRoom): void
}

/** Who has as many sockets as there may be: whoever asks for another, or everybody together. */
export type NoRoom = 'own' | 'all'

/** How a hub says that it has no room. */
export const NO_ROOM_STATUS = { own: 429, all: 507 } as const satisfies Record<NoRoom, number>

export interface HubSocket {
  close(): void
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

/** Opens the socket. Keep the Worker alive for as long as it lasts. */
export function keepHubSocket(options: HubSocketOptions): HubSocket {
  let isOver = false
  let socket: WebSocket | undefined

  /** Resolves when the socket is gone; rejects when there was none. */
  const connect = async (): Promise<void> => {
    const init = { headers: { upgrade: 'websocket', ...options.introduce() } }
    const { webSocket, status } = await options.hub().fetch('https://hub/', init)
    if (!webSocket) {
      const refused = (['own', 'all'] as const).find((of) => NO_ROOM_STATUS[of] === status)
      if (refused && !isOver) {
        isOver = true
        options.onRefused?.(refused)
      }
      throw new Error('the hub took no socket')
    }
    const gone = Promise.withResolvers<void>()
    webSocket.addEventListener('close', () => gone.resolve())
    webSocket.addEventListener('error', () => gone.resolve())
    webSocket.addEventListener('message', ({ data }) => {
      if (!isOver) options.onMessage(String(data))
    })
    socket = webSocket
    webSocket.accept()
    if (isOver) webSocket.close(1000)
    else options.onOpen?.()
    await gone.promise
  }

  const run = async (): Promise<void> => {
    let pause = FIRST_PAUSE_MS
    while (!isOver) {
      try {
        await connect()
        pause = FIRST_PAUSE_MS
      } catch {
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      }
      if (isOver) return
      await startTimer(pause).over
    }
  }
  // Rejects never: what fails is tried again.
  void run()
  return {
    close() {
      isOver = true
      socket?.close(1000)
    },
  }
}
