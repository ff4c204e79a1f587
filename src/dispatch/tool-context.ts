import type { Cancellation } from '../lib'
import { LOG_LEVELS } from '../protocol'
import type { Caller, Database, Log, ToolContext } from '../sdk'
import type { Call } from './call'

/** What a tool gets because its `uses` asks for it. */
export interface Provided {
  db?: Database
}

/**
 * The context one run of a tool gets. `ended` covers the caller and the deadline. What not every
 * tool uses is made when it is asked for.
 */
export function toolContext(
  call: Call,
  caller: Caller,
  ended: Cancellation,
  provided: Provided,
): ToolContext & Provided {
  let log: Log | undefined
  let lastProgress = Number.NEGATIVE_INFINITY
  return {
    ...provided,
    caller,
    get signal() {
      return ended.signal
    },
    get log() {
      log ??= logOf(call, ended)
      return log
    },
    progress(progress, total, message) {
      // Values must rise (H-70); one that does not is a repeat or a mistake, and says nothing new.
      if (!(progress > lastProgress) || !Number.isFinite(progress) || ended.aborted) return
      lastProgress = progress
      call.notify?.({
        type: 'progress',
        progress,
        ...(total !== undefined && Number.isFinite(total) && { total }),
        ...(message !== undefined && { message }),
      })
    },
  }
}

/** One function a level; those below what the caller asked for do nothing. */
function logOf({ notify, logLevel }: Call, ended: Cancellation): Log {
  const least = logLevel === undefined ? LOG_LEVELS.length : LOG_LEVELS.indexOf(logLevel)
  const write = (level: (typeof LOG_LEVELS)[number], severity: number) => {
    return (data: unknown, logger?: string): void => {
      if (severity < least || ended.aborted) return
      notify?.({ type: 'log', level, data, ...(logger !== undefined && { logger }) })
    }
  }
  const entries = LOG_LEVELS.map((level, severity) => [level, write(level, severity)])
  return Object.fromEntries(entries) as Log // one entry for each level, by construction
}
