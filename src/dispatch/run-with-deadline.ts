import { Cancellation, type Cancelled, startTimer } from '../lib'

export type Run =
  | { kind: 'returned'; value: unknown }
  | { kind: 'threw'; error: unknown }
  | { kind: 'timeout' }
  | { kind: 'cancelled' }

/**
 * Runs `work` until it settles, its time is up or the caller is gone; the last two fire the signal
 * it was given. What it does after that is nobody's result any more.
 */
export function runWithDeadline(
  callerGone: Cancelled,
  timeoutMs: number,
  work: (ended: Cancellation) => unknown,
): Run | Promise<Run> {
  if (callerGone.aborted) return { kind: 'cancelled' }
  const ended = new Cancellation()
  try {
    const value = work(ended)
    // What answers at once needs neither timer nor race.
    return isThenable(value)
      ? race(value, ended, callerGone, timeoutMs)
      : { kind: 'returned', value }
  } catch (error) {
    return { kind: 'threw', error }
  }
}

async function race(
  value: unknown,
  ended: Cancellation,
  callerGone: Cancelled,
  timeoutMs: number,
): Promise<Run> {
  const settled = Promise.resolve(value).then(
    (returned): Run => ({ kind: 'returned', value: returned }),
    (error: unknown): Run => ({ kind: 'threw', error }),
  )
  const deadline = startTimer(timeoutMs)
  const gone = Promise.withResolvers<Run>()
  const onAbort = () => gone.resolve({ kind: 'cancelled' })
  callerGone.addEventListener('abort', onAbort, { once: true })
  const timedOut = deadline.over.then((): Run => ({ kind: 'timeout' }))
  const run = await Promise.race([settled, timedOut, gone.promise])
  deadline.stop()
  callerGone.removeEventListener('abort', onAbort)
  if (run.kind === 'timeout') {
    ended.abort(new DOMException('The tool ran out of time', 'TimeoutError'))
  } else if (run.kind === 'cancelled') ended.abort(callerGone.reason)
  return run
}

const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'then' in value
