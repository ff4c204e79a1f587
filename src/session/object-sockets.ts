/**
 * The sockets of a session's object: which Worker runs a call, which shows a stream, which stands by
 * to go on with one. The platform keeps them, with their tags and attachments, while the object
 * sleeps; nothing is remembered here.
 *
 * @module
 */
import { type ObjectFrame, writeFrame } from './frames'
import type { CallRow } from './record'

/** What the object remembers of a socket while it sleeps. */
export type Attachment =
  | { role: 'runner'; key: string; fence: number; stream: number }
  | {
      role: 'carrier' | 'substitute'
      stream: number
      /** The round of questions after which its Worker was last asked to go on with the call. */
      offered?: number
      /** How often it was asked after that round. */
      offers?: number
    }

export type ObjectSockets = ReturnType<typeof objectSockets>

export function objectSockets(state: DurableObjectState) {
  const send = (socket: WebSocket, frame: ObjectFrame, body?: string): void => {
    try {
      socket.send(writeFrame(frame, body))
    } catch {
      // Its close event follows, or its other end comes back; what it missed is in the log.
    }
  }

  const carrier = (stream: number): WebSocket | undefined =>
    state.getWebSockets(`carrier/${stream}`).findLast(isOpen)

  const substitute = (stream: number): WebSocket | undefined =>
    state.getWebSockets(`substitute/${stream}`).findLast(isOpen)

  const runner = ({ stream, fence }: CallRow): WebSocket | undefined =>
    state.getWebSockets(`runner/${stream}`).findLast((socket) => {
      const attachment = attachmentOf(socket)
      return isOpen(socket) && attachment?.role === 'runner' && attachment.fence === fence
    })

  const end = (socket: WebSocket | undefined): void => {
    if (!socket) return
    send(socket, { type: 'end' })
    socket.close(1000, 'end')
  }

  return {
    accept(socket: WebSocket, attachment: Attachment): void {
      state.acceptWebSocket(socket, [`${attachment.role}/${attachment.stream}`])
      socket.serializeAttachment(attachment)
    },

    carrier,
    isCarried: (stream: number): boolean => carrier(stream) !== undefined,
    substitute,
    runner,

    send,

    toRunner(call: CallRow, frame: ObjectFrame): void {
      const socket = runner(call)
      if (socket) send(socket, frame)
    },

    endCarrier: (stream: number): void => end(carrier(stream)),
    endSubstitute: (stream: number): void => end(substitute(stream)),

    /** Closes all there are: the session is over. */
    endAll(): void {
      for (const socket of state.getWebSockets()) {
        send(socket, { type: 'over' })
        socket.close(1000, 'over')
      }
    },
  }
}

export const attachmentOf = (socket: WebSocket): Attachment | undefined =>
  (socket.deserializeAttachment() ?? undefined) as Attachment | undefined // as `accept` wrote it

const isOpen = (socket: WebSocket): boolean => socket.readyState === WebSocket.OPEN
