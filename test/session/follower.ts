/**
 * A client of 2025-11-25 as the specification describes it: it comes back for a stream that broke
 * off, with the last id it saw, until it has its response.
 *
 * @module
 */
import type { Platform, Session } from '../http/platform'
import { readSse, type SseReader } from './sse-reader'

export interface Seen {
  id: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: whatever the platform wrote; each test says what it expects
  message: any
}

/** How often a client knocks in vain, or is sent away, before a test is lost. */
const MAX_ATTEMPTS = 40

export class Follower {
  readonly seen: Seen[] = []
  readonly #session: Session
  readonly #path: string
  readonly #platform: Platform
  #connection: { reader: SseReader; said: boolean } | undefined
  #lastId: string | undefined

  /** @param platform Where it goes when it comes back. */
  constructor(session: Session, path: string, platform: Platform) {
    this.#session = session
    this.#path = path
    this.#platform = platform
  }

  /** The next message, or undefined when the stream has ended after a response. */
  async next(): Promise<Seen | undefined> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (!this.#connection && this.isAnswered) return undefined
      if (!this.#connection) await this.#comeBack()
      const read = await this.#read()
      if (read) return read
    }
    throw new Error(`nothing new in ${MAX_ATTEMPTS} attempts, after ${this.#lastId}`)
  }

  /** All messages to the end of the stream. */
  async rest(): Promise<Seen[]> {
    while (await this.next());
    return this.seen
  }

  get isAnswered(): boolean {
    return this.seen.some(({ message }) => 'id' in message && !('method' in message))
  }

  /** Takes what a POST was answered with. */
  async open(response: Response): Promise<void> {
    if (response.headers.get('content-type') === 'application/json') {
      this.seen.push({ id: undefined, message: await response.json() })
    } else this.#connection = { reader: readSse(response), said: false }
  }

  /** Hangs up, and comes back when it is asked for more. */
  async leave(): Promise<void> {
    const { reader } = this.#connection ?? {}
    this.#connection = undefined
    await reader?.cancel().catch(() => undefined)
  }

  async #comeBack(): Promise<void> {
    if (this.#lastId === undefined) throw new Error('no id to come back with')
    const headers = {
      accept: 'text/event-stream',
      'mcp-session-id': this.#session.id,
      'last-event-id': this.#lastId,
    }
    const response = await this.#platform
      .fetch(this.#path, { headers })
      .catch(() => 'broke off' as const)
    if (response === 'broke off') return
    if (response.status === 503) {
      await response.text() // asks to try again
      await new Promise((resolve) => setTimeout(resolve, 100))
    } else if (response.status === 200) await this.open(response)
    else throw new Error(`sent away with ${response.status}: ${await response.text()}`)
  }

  async #read(): Promise<Seen | undefined> {
    if (!this.#connection) return undefined
    const { reader, said } = this.#connection
    const block = await reader.next().catch(() => 'broke off' as const)
    if (block === undefined || block === 'broke off') {
      this.#connection = undefined
      if (block === undefined && !said && !this.isAnswered) throw new Error('an empty 200')
      return undefined
    }
    this.#connection.said = true
    if (block.id !== undefined) this.#lastId = block.id
    if (!block.data) return undefined
    const seen = { id: block.id, message: JSON.parse(block.data) }
    this.seen.push(seen)
    return seen
  }
}
