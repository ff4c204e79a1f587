import { LOG_LEVELS } from '../protocol'
import type { Caller, Log, ToolContext } from '../sdk'
import type { Call } from './call'

/** The context one run of a tool gets. `signal` also covers the deadline. */
export function toolContext(call: Call, caller: Caller, signal: AbortSignal): ToolContext {
  return { signal, caller, log: logOf(call, signal), progress: progressOf(call, signal) }
}

/** One function a level; those below what the caller asked for do nothing. */
function logOf({ notify, logLevel }: Call, signal: AbortSignal): Log {
  const least = logLevel === undefined ? LOG_LEVELS.length : LOG_LEVELS.indexOf(logLevel)
  const write = (level: (typeof LOG_LEVELS)[number], severity: number) => {
    return (data: unknown, logger?: string): void => {
      if (severity < least || signal.aborted) return
      notify?.({ type: 'log', level, data, ...(logger !== undefined && { logger }) })
    }
  }
  const entries = LOG_LEVELS.map((level, severity) => [level, write(level, severity)])
  return Object.fromEntries(entries) as Log // one entry for each level, by construction
}

function progressOf({ notify }: Call, signal: AbortSignal): ToolContext['progress'] {
  let last = Number.NEGATIVE_INFINITY
  return (progress, total, message) => {
    // Values must rise (H-70); one that does not is a repeat or a mistake, and says nothing new.
    if (!(progress > last) || !Number.isFinite(progress) || signal.aborted) return
    last = progress
    notify?.({
      type: 'progress',
      progress,
      ...(total !== undefined && Number.isFinite(total) && { total }),
      ...(message !== undefined && { message }),
    })
  }
}
