/**
 * How much of what strangers can cause is written down: whoever sends rubbish all day must not
 * fill the record, nor run up a bill with it. What is left out is counted.
 *
 * @module
 */
const WINDOW_MS = 60_000
const MAX_PER_WINDOW = 300

/** One isolate's count; plain values. */
export interface FloodCount {
  windowStartedAt: number
  written: number
  leftOut: number
}

export const emptyFloodCount = (): FloodCount => ({
  windowStartedAt: Number.NEGATIVE_INFINITY,
  written: 0,
  leftOut: 0,
})

/**
 * Counts one more event. How many were left out since the last that was not, or undefined when
 * this one is to be left out too.
 *
 * @param now Epoch milliseconds.
 */
export function countFlood(count: FloodCount, now: number): number | undefined {
  if (now - count.windowStartedAt >= WINDOW_MS) {
    count.windowStartedAt = now
    count.written = 0
  }
  if (count.written >= MAX_PER_WINDOW) {
    count.leftOut += 1
    return undefined
  }
  count.written += 1
  const { leftOut } = count
  count.leftOut = 0
  return leftOut
}
