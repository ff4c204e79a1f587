/** Things one side puts and another takes when it gets to it. Past `capacity` more is dropped. */
export class Outbox<T> {
  #queue: T[] = []
  #wake: (() => void) | undefined
  readonly #capacity: number

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity
  }

  /** False when there was no room. */
  put(thing: T): boolean {
    if (this.#queue.length >= this.#capacity) return false
    this.#queue.push(thing)
    this.#wake?.()
    return true
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  take(): T[] {
    const queue = this.#queue
    this.#queue = []
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
