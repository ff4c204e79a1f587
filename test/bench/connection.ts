/**
 * One keep-alive HTTP/1.1 connection that sends bytes made beforehand, one request at a time. What
 * of an answer that is a stream has come so far can be looked at before it ends.
 *
 * A load generator shares the machine with what it measures, and all it does between two requests
 * is added to every target alike, which pulls ratios towards 1. autocannon parses each response
 * and keeps a histogram for each; this looks at the status line and the length only.
 *
 * @module
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const HEAD_END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n')
/** Also what takes a message and has nothing to say to it. */
const STATUS_OK = /^HTTP\/1\.1 20[02] /
const DEADLINE_MS = 10_000

export class Connection {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #waiting: Waiting | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#onData(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
    // Also fires when nothing was asked, where it means nothing.
    socket.on('timeout', () => {
      if (this.#waiting) this.#fail(new Error(`no answer within ${DEADLINE_MS} ms`))
    })
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    socket.setTimeout(DEADLINE_MS)
    return new Connection(socket)
  }

  /** Sends one request and returns the whole response to it. Rejects unless it was taken. */
  exchange(request: Buffer): Promise<Buffer> {
    const whole = this.#wait()
    if (!this.#socket.destroyed) this.#socket.write(request)
    return whole
  }

  /** Sends one request; resolves with what has come of the response once this is in it. */
  begin(request: Buffer, part: RegExp): Promise<Buffer> {
    const begun = this.#wait((received) => part.test(received.toString()))
    if (!this.#socket.destroyed) this.#socket.write(request)
    return begun
  }

  /** The whole of a response that has begun. */
  rest(): Promise<Buffer> {
    const whole = this.#wait()
    this.#look()
    return whole
  }

  close(): void {
    this.#socket.destroy()
  }

  #onData(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    this.#look()
  }

  #wait(suffices: Waiting['suffices'] = () => false): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { suffices, resolve, reject }
      if (this.#socket.destroyed) this.#fail(new Error('the connection is closed'))
    })
  }

  /** Hands out what has come, once it is enough for whoever waits, and forgets what is whole. */
  #look(): void {
    const response = this.#received
    const isWhole = isComplete(response)
    if (isWhole) this.#received = Buffer.alloc(0)
    else if (!this.#waiting?.suffices(response)) return
    const waiting = this.#waiting
    this.#waiting = undefined
    if (STATUS_OK.test(response.toString('latin1', 0, 16))) waiting?.resolve(response)
    else waiting?.reject(new Error(`not answered with 200:\n${response.toString()}`))
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error)
    this.#waiting = undefined
    this.close()
  }
}

interface Waiting {
  /** Whether this much of a response that is not whole will do. */
  suffices(received: Buffer): boolean
  resolve(response: Buffer): void
  reject(error: Error): void
}

function isComplete(received: Buffer): boolean {
  const headEnd = received.indexOf(HEAD_END)
  if (headEnd < 0) return false
  const declared = /\r\ncontent-length: (\d+)/i.exec(received.toString('latin1', 0, headEnd))?.[1]
  if (declared !== undefined) return received.length >= headEnd + 4 + Number(declared)
  return received.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)
}

/** The body of a response, with the framing of a chunked one undone. */
export function bodyOf(response: Buffer): string {
  const headEnd = response.indexOf(HEAD_END)
  const body = response.subarray(headEnd + 4)
  if (!/\r\ntransfer-encoding: chunked/i.test(response.toString('latin1', 0, headEnd))) {
    return body.toString()
  }
  let text = ''
  for (let rest = body; ; ) {
    const lineEnd = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.toString('latin1', 0, lineEnd), 16)
    if (!(size > 0)) return text
    text += rest.subarray(lineEnd + 2, lineEnd + 2 + size).toString()
    rest = rest.subarray(lineEnd + 2 + size + 2)
  }
}

/** A response header, or undefined when there is none. */
export function headerOf(response: Buffer, name: string): string | undefined {
  const head = response.toString('latin1', 0, response.indexOf(HEAD_END))
  return new RegExp(`\r\n${name}: ([^\r]*)`, 'i').exec(head)?.[1]
}
