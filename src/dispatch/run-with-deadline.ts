import { isInsideStep, type Suspension } from '../handler'
import { Cancellation, type Cancelled, startTimer } from '../lib'

export type Run =
  | { kind: 'returned'; value: unknown }
  | { kind: 'threw'; error: unknown }
  | { kind: 'timeout' }
  | { kind: 'cancelled' }
  | { kind: 'suspended'; suspension: Suspension }

/**
 * The end of one run, for what happens inside it: the signal it fires, what was said before it, and
 * a way to bring it about. What happens after it is nobody's result any more.
 */
export class RunEnd extends Cancellation {
  /** The highest progress that was reported. */
  progress = Number.NEGATIVE_INFINITY
  /** How many log messages were written, whether anybody hears them or not. */
  logs = 0
  /** What changed the world where it would be repeated; only looked for in development. */
  effects: string[] | undefined
  #isOver = false
  /** Set as soon as the run has not ended by itself at once. */
  resolve: ((run: Run) => void) | undefined

  get isOver(): boolean {
    return this.#isOver || this.aborted
  }

  /** Notes what would be done again with the run, where it is not a step or once that does it. */
  noteEffect(effect: string): void {
    if (isInsideStep()) return
    this.effects ??= []
    this.effects.push(effect)
  }

  /** Ends the run as something other than what its function comes to; the signal does not fire. */
  endAs(run: Run): void {
    this.#isOver = true
    this.resolve?.(run)
  }
}

/**
 * Runs `work` until it settles, its time is up or the caller is gone; the last two fire the signal
 * it was given. What it does after that is nobody's result any more.
 */
export function runWithDeadline(
  callerGone: Cancelled,
  timeoutMs: number,
  work: (ended: RunEnd) => unknown,
): Run | Promise<Run> {
  if (callerGone.aborted) return { kind: 'cancelled' }
  const ended = new RunEnd()
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
  ended: RunEnd,
  callerGone: Cancelled,
  timeoutMs: number,
): Promise<Run> {
  const settled = Promise.resolve(value).then(
    (returned): Run => ({ kind: 'returned', value: returned }),
    (error: unknown): Run => ({ kind: 'threw', error }),
  )
  const deadline = startTimer(timeoutMs)
  const gone = Promise.withResolvers<Run>()
  ended.resolve = gone.resolve
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
