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

/** What `work` comes to. @throws when that takes longer; the work itself goes on. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const deadline = startTimer(milliseconds)
  const late = deadline.over.then((): never => {
    throw new Error(`no answer within ${milliseconds} ms`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    deadline.stop()
  }
}
