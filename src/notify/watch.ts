/**
 * Watches whether a connection may go on: its access can be taken away while it is open, and no
 * request of its own would notice.
 *
 * @module
 */
import { startTimer } from '../lib'
import { type HubStub, keepHubSocket } from './hub-socket'

/** Names the person a WebSocket to the hub serves. */
export const PERSON_HEADER = 'quayside-person'

export interface WatchOptions {
  person: string
  /** Epoch milliseconds at which access ends by itself. */
  endsAt: number
  /** A fresh stub of the person's hub. */
  hub: HubStub
  /** Whether the access still holds, as things stand now. */
  isAllowed(): Promise<boolean>
  /** Called once, when it does not any more. */
  onEnded(): void
}

export interface Watch {
  stop(): void
}

/** Timers of a Worker take no longer ones. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Starts watching. Keep the Worker alive for as long as it lasts. */
export function watchAccess({ person, endsAt, hub, isAllowed, onEnded }: WatchOptions): Watch {
  let isOver = false
  const life = startTimer(Math.min(Math.max(endsAt - Date.now(), 0), MAX_TIMER_MS))

  const look = async (): Promise<void> => {
    if (isOver || (await isAllowed()) || isOver) return
    stop()
    onEnded()
  }
  const socket = keepHubSocket({
    hub,
    introduce: () => ({ [PERSON_HEADER]: person }),
    // What was said before somebody listened is not said again.
    onOpen: () => void look(),
    onMessage: () => void look(),
  })
  const stop = (): void => {
    isOver = true
    life.stop()
    socket.close()
  }
  void life.over.then(look)
  return { stop }
}
