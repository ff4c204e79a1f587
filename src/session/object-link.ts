/**
 * A Worker's socket to the session's object, kept up: an object that moves, is evicted or crashes
 * takes its sockets with it, and breaks the stub they came from for good. So each attempt takes a
 * fresh stub and introduces itself anew.
 *
 * @module
 */
import { startTimer } from '../lib'
import {
  type Introduction,
  type ObjectFrame,
  type Refusal,
  type RunnerFrame,
  readFrame,
  writeFrame,
} from './frames'
import { INTRODUCTION_HEADER } from './introduction'

/** What a link needs of the object; a stub is good for one attempt. */
export interface SocketPort {
  fetch(url: string, init: RequestInit): Promise<Response>
}

export interface LinkOptions {
  /** A fresh stub. */
  object(): SocketPort
  /** Who is calling, as things stand now. */
  introduce(): Introduction
  /** Called for each frame but a refusal, in order. */
  onFrame(frame: ObjectFrame, body: string): void
  /** The object will not have it, or cannot be reached; nothing follows. */
  onEnd(reason: Refusal | 'unreachable'): void
}

export interface Link {
  /** False when there is no socket right now: then whoever asks is told by the next `attached`. */
  send(frame: RunnerFrame, body?: string): boolean
  close(): void
}

/** A runner that is back before its lease ends loses nothing; see `LEASE_MS`. */
const GIVE_UP_AFTER_MS = 8000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000
const CONNECT_DEADLINE_MS = 4000

export function openLink({ object, introduce, onFrame, onEnd }: LinkOptions): Link {
  let socket: WebSocket | undefined
  let isOver = false

  const end = (reason: Refusal | 'unreachable'): void => {
    if (isOver) return
    isOver = true
    socket?.close(1000)
    onEnd(reason)
  }

  const onMessage = (data: string | ArrayBuffer): void => {
    const read = readFrame<ObjectFrame>(data)
    if (!read || isOver) return
    if (read.frame.type === 'refused') end(read.frame.reason)
    else onFrame(read.frame, read.body)
  }

  /** One attempt. Resolves when the socket is gone again; rejects when there was none. */
  const connectOnce = async (): Promise<void> => {
    const init = {
      headers: {
        upgrade: 'websocket',
        [INTRODUCTION_HEADER]: encodeURIComponent(JSON.stringify(introduce())),
      },
    }
    const deadline = startTimer(CONNECT_DEADLINE_MS)
    const late = deadline.over.then(() => Promise.reject(new Error('no answer in time')))
    const { webSocket } = await Promise.race([object().fetch('https://session/', init), late])
    deadline.stop()
    if (!webSocket) throw new Error('the object took no socket')
    const gone = Promise.withResolvers<void>()
    webSocket.addEventListener('close', () => gone.resolve())
    webSocket.addEventListener('error', () => gone.resolve())
    webSocket.addEventListener('message', ({ data }) => onMessage(data))
    socket = webSocket
    webSocket.accept()
    if (isOver) webSocket.close(1000)
    await gone.promise
    socket = undefined
  }

  const run = async (): Promise<void> => {
    let [pause, goneSince] = [FIRST_PAUSE_MS, Date.now()]
    while (!isOver) {
      try {
        await connectOnce()
        ;[pause, goneSince] = [FIRST_PAUSE_MS, Date.now()]
      } catch {
        // Down for now, like a socket that closed: the next attempt tells.
      }
      if (isOver) return
      if (Date.now() - goneSince > GIVE_UP_AFTER_MS) end('unreachable')
      else await startTimer(pause).over
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  }
  // Rejects never: what fails is tried again.
  void run()

  return {
    send(frame, body) {
      if (!socket) return false
      try {
        socket.send(writeFrame(frame, body))
        return true
      } catch {
        return false // its close event is on the way
      }
    },
    close() {
      isOver = true
      socket?.close(1000)
    },
  }
}
