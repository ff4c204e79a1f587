/** Things one side puts and another takes when it gets to it. Past `capacity` more is dropped. */
export class Outbox<T> {
  #queue: T[] = []
  #size = 0
  #wake: (() => void) | undefined
  readonly #capacity: number
  readonly #sizeOf: (thing: T) => number

  /** @param sizeOf How much of the capacity a thing takes; 1 unless given. */
  constructor(capacity = Number.POSITIVE_INFINITY, sizeOf: (thing: T) => number = () => 1) {
    this.#capacity = capacity
    this.#sizeOf = sizeOf
  }

  /** False when there was no room; one thing by itself always has some, and so has what takes none. */
  put(thing: T): boolean {
    const size = this.#sizeOf(thing)
    const isFull = this.#queue.length > 0 && this.#size + size > this.#capacity
    if (isFull && size > 0) return false
    this.#queue.push(thing)
    this.#size += size
    this.#wake?.()
    return true
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  take(): T[] {
    const queue = this.#queue
    this.#queue = []
    this.#size = 0
    return queue
  }

  /** Settles, with nothing, once there is something to take. */
  async notEmpty(): Promise<undefined> {
    if (this.#queue.length > 0) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}
