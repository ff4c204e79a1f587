/** The part of an AbortSignal that waiting for the end of something needs. */
export interface Cancelled {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/**
 * A cancellation that costs next to nothing until somebody asks for its AbortSignal. Most calls
 * end before anyone does, and the runtime's own objects are dear: they bring the next garbage
 * collection nearer, which goes through everything else as well.
 */
export class Cancellation implements Cancelled {
  #listeners: Set<() => void> | undefined
  #controller: AbortController | undefined
  #ended: { reason: unknown } | undefined

  get aborted(): boolean {
    return this.#ended !== undefined
  }

  get reason(): unknown {
    return this.#ended?.reason
  }

  /** A real signal, already aborted when the cancellation has happened. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#ended) this.#controller.abort(this.#ended.reason)
    }
    return this.#controller.signal
  }

  /** As with an AbortController, only the first call counts. */
  abort(reason: unknown): void {
    if (this.#ended) return
    this.#ended = { reason }
    this.#controller?.abort(reason)
    for (const listener of this.#listeners ?? []) listener()
    this.#listeners = undefined
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners ??= new Set()
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener)
  }
}
