export interface Timer {
  /** Settles, with nothing, when the time is up; never after `stop()`. */
  over: Promise<undefined>
  stop(): void
}

/** A timer to race against work and to stop once the work has won. */
export function startTimer(milliseconds: number): Timer {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const handle = setTimeout(() => resolve(undefined), milliseconds)
  return { over: promise, stop: () => clearTimeout(handle) }
}
