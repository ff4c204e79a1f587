import {
  createLinearRun,
  type LinearRun,
  type LinearRunOptions,
  type Suspension,
} from './linear-run'

/** How a run ended: with what the author's function returned or threw, or with questions. */
export type LinearOutcome =
  | { kind: 'returned'; value: unknown }
  | { kind: 'threw'; error: unknown }
  | ({ kind: 'suspended' } & Suspension)

/** Runs a function with the engine until it settles or is suspended. */
export function runLinear(
  work: (run: LinearRun) => unknown,
  options: Omit<LinearRunOptions, 'isFirstRun' | 'suspend' | 'fail' | 'isOver'>,
): Promise<LinearOutcome> {
  const { promise, resolve } = Promise.withResolvers<LinearOutcome>()
  let isOver = false
  const end = (outcome: LinearOutcome): void => {
    isOver = true
    resolve(outcome)
  }
  const run = createLinearRun({
    ...options,
    isFirstRun: Object.keys(options.journal.asked).length === 0,
    isOver: () => isOver,
    suspend: (suspension) => end({ kind: 'suspended', ...suspension }),
    fail: (error) => end({ kind: 'threw', error }),
  })
  void Promise.resolve()
    .then(() => work(run))
    .then(
      (value) => end({ kind: 'returned', value }),
      (error: unknown) => end({ kind: 'threw', error }),
    )
  return promise
}
