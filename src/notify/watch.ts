/**
 * Watches whether a connection may go on: its access can be taken away while it is open, and no
 * request of its own would notice.
 *
 * @module
 */
import { startTimer } from '../lib'

/** Names the person a WebSocket to the hub serves. */
export const PERSON_HEADER = 'quayside-person'

export interface WatchOptions {
  person: string
  /** Epoch milliseconds at which access ends by itself. */
  endsAt: number
  /** A fresh stub of the person's hub. */
  hub(): { fetch(url: string, init: RequestInit): Promise<Response> }
  /** Whether the access still holds, as things stand now. */
  isAllowed(): Promise<boolean>
  /** Called once, when it does not any more. */
  onEnded(): void
}

export interface Watch {
  stop(): void
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
/** Timers of a Worker take no longer ones. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Starts watching. Keep the Worker alive for as long as it lasts. */
export function watchAccess({ person, endsAt, hub, isAllowed, onEnded }: WatchOptions): Watch {
  let isOver = false
  let socket: WebSocket | undefined
  const life = startTimer(Math.min(Math.max(endsAt - Date.now(), 0), MAX_TIMER_MS))

  const stop = (): void => {
    isOver = true
    life.stop()
    socket?.close(1000)
  }

  const look = async (): Promise<void> => {
    if (isOver || (await isAllowed()) || isOver) return
    stop()
    onEnded()
  }

  /** Resolves when the socket is gone; rejects when there was none. */
  const connect = async (): Promise<void> => {
    const init = { headers: { upgrade: 'websocket', [PERSON_HEADER]: person } }
    const { webSocket } = await hub().fetch('https://hub/', init)
    if (!webSocket) throw new Error('the hub took no socket')
    const gone = Promise.withResolvers<void>()
    webSocket.addEventListener('close', () => gone.resolve())
    webSocket.addEventListener('error', () => gone.resolve())
    webSocket.addEventListener('message', () => void look())
    socket = webSocket
    webSocket.accept()
    if (isOver) webSocket.close(1000)
    // What was said before somebody listened is not said again.
    else void look()
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
  // Neither rejects: what fails is tried again.
  void run()
  void life.over.then(look)
  return { stop }
}
