/**
 * A Worker's socket to the session's object, kept up: an object that moves, is evicted or crashes
 * takes its sockets with it, and breaks the stub they came from for good. So each attempt takes a
 * fresh stub and introduces itself anew.
 *
 * @module
 */
import { startTimer, type Timer } from '../lib'
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
  /** Whether the object has yet to say something, which it does at once when it can. */
  expects?(): boolean
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
/** A socket that did not last as long was no better than none. */
const STABLE_MS = 1000
/**
 * A socket that owes an answer for as long is dead, though nobody said so. It may take twice as long
 * to see, and there is still time to come back before the lease ends.
 */
const SILENT_MS = 3000

export function openLink(options: LinkOptions): Link {
  const { object, introduce, onFrame, expects = () => false, onEnd } = options
  let socket: WebSocket | undefined
  let isOver = false
  /** Frames so far. */
  let heard = 0
  /** Runs while an answer is due. */
  let silence: Timer | undefined
  /** Gives the socket up without its word. */
  let drop = (): void => {}

  /** One timer for many answers: each of them would be stopped by the next frame. */
  const hearken = (): void => {
    if (silence || isOver || !socket || !expects()) return
    const timer = startTimer(SILENT_MS)
    const before = heard
    silence = timer
    void timer.over.then(() => {
      if (silence !== timer) return
      silence = undefined
      if (heard === before && expects()) drop()
      else hearken()
    })
  }

  const unhearken = (): void => {
    silence?.stop()
    silence = undefined
  }

  const end = (reason: Refusal | 'unreachable'): void => {
    if (isOver) return
    isOver = true
    unhearken()
    socket?.close(1000)
    onEnd(reason)
  }

  const onMessage = (data: string | ArrayBuffer): void => {
    const read = readFrame<ObjectFrame>(data)
    if (!read || isOver) return
    heard += 1
    if (read.frame.type === 'refused') end(read.frame.reason)
    else onFrame(read.frame, read.body)
  }

  const connect = async (): Promise<WebSocket> => {
    const headers = {
      upgrade: 'websocket',
      [INTRODUCTION_HEADER]: encodeURIComponent(JSON.stringify(introduce())),
    }
    const deadline = startTimer(CONNECT_DEADLINE_MS)
    const opening = object().fetch('https://session/', { headers })
    try {
      const late = deadline.over.then(() => Promise.reject(new Error('no answer in time')))
      const { webSocket } = await Promise.race([opening, late])
      if (webSocket) return webSocket
    } catch (cause) {
      // The object would take a socket that nobody reads for one that somebody does.
      const closeLate = ({ webSocket }: Response) => {
        webSocket?.accept()
        webSocket?.close(1000)
      }
      void opening.then(closeLate, () => undefined)
      throw cause
    } finally {
      deadline.stop()
    }
    throw new Error('the object took no socket')
  }

  /**
   * One attempt. Resolves when the socket is gone again, with when it was last any good; rejects
   * when there was none.
   */
  const connectOnce = async (): Promise<number> => {
    const opened = await connect()
    const gone = Promise.withResolvers<number>()
    const onGone = () => gone.resolve(Date.now())
    opened.addEventListener('close', onGone)
    opened.addEventListener('error', onGone)
    opened.addEventListener('message', ({ data }) => {
      // What one says that was given up comes again on the next.
      if (socket === opened) onMessage(data)
    })
    socket = opened
    drop = () => {
      opened.close(1000)
      gone.resolve(Date.now() - SILENT_MS)
    }
    opened.accept()
    if (isOver) opened.close(1000)
    hearken()
    const lastGood = await gone.promise
    socket = undefined
    unhearken()
    return lastGood
  }

  const run = async (): Promise<void> => {
    let [pause, lastSeen] = [FIRST_PAUSE_MS, Date.now()]
    while (!isOver) {
      const startedAt = Date.now()
      try {
        const lastGood = await connectOnce()
        if (lastGood - startedAt >= STABLE_MS) [pause, lastSeen] = [FIRST_PAUSE_MS, lastGood]
      } catch {
        // Down for now, like a socket that closed: the next attempt tells.
      }
      if (isOver) return
      if (Date.now() - lastSeen > GIVE_UP_AFTER_MS) end('unreachable')
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
        hearken()
        return true
      } catch {
        return false // its close event is on the way
      }
    },
    close() {
      isOver = true
      unhearken()
      socket?.close(1000)
    },
  }
}
