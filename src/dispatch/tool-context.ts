import { createFetch, refusingFetch } from '../egress'
import type { Cancellation } from '../lib'
import { LOG_LEVELS, type LogLevel, traceHeaders } from '../protocol'
import type { Caller, Fetch, Log, Notify, ToolContext } from '../sdk'
import { createCache } from './cache'
import type { Circumstances } from './call'
import { notifyOf } from './changes'
import { NONE, type Provided, type Provision } from './provide'
import type { DispatchPorts } from './record'
import { createStates } from './state'

/** The context one run of an item gets. `ended` covers the caller and the deadline. */
export function toolContext(
  call: Circumstances,
  caller: Caller,
  ended: Cancellation,
  provision: Provision,
  ports: DispatchPorts,
): ToolContext & Provided {
  let reach: Fetch | undefined
  let notify: Notify | undefined
  const context = {
    caller,
    log: call.notify && call.logLevel !== undefined ? logOf(call, ended) : SILENT,
    progress: progressOf(call, ended),
    // Made when it is asked for: most items never look at it.
    get signal() {
      return ended.signal
    },
    get fetch() {
      reach ??= fetchOf(call, ended, provision, ports)
      return reach
    },
    get notify() {
      notify ??= notifyOf(call.server, caller, ports.announce)
      return notify
    },
  }
  if (provision.provided === NONE) return context
  return Object.assign(context, provision.provided, ownOf(call, caller, ended, provision, ports))
}

/** What each run has for itself. */
function ownOf(
  { server, session }: Circumstances,
  caller: Caller,
  ended: Cancellation,
  { uses }: Provision,
  ports: DispatchPorts,
): Provided {
  const own: Provided = {}
  const module = server.info.name
  if (uses?.cache) {
    const memory = ports.cacheOf(module)
    const comesBack = caller.principal.kind !== 'anonymous' || session !== undefined
    own.cache = createCache({ memory, caller, comesBack, ended, now: ports.now })
  }
  if (uses?.state) own.state = createStates(uses.state, { module, caller, session }, ports)
  return own
}

function fetchOf(
  { server, requestMeta }: Circumstances,
  ended: Cancellation,
  { secrets }: Provision,
  { network }: DispatchPorts,
): Fetch {
  const { name, egress: hosts } = server.definition
  if (hosts.length === 0) return refusingFetch
  const headers = traceHeaders(requestMeta)
  return createFetch({ module: name, hosts, secrets, headers, signal: ended.signal, network })
}

/** Values must rise (H-70); one that does not is a repeat or a mistake, and says nothing new. */
function progressOf({ notify }: Circumstances, ended: Cancellation): ToolContext['progress'] {
  let last = Number.NEGATIVE_INFINITY
  return (progress, total, message) => {
    if (!(progress > last) || !Number.isFinite(progress) || ended.aborted) return
    last = progress
    notify?.({
      type: 'progress',
      progress,
      ...(total !== undefined && Number.isFinite(total) && { total }),
      ...(message !== undefined && { message }),
    })
  }
}

/** One function a level; those below what the caller asked for do nothing. */
function logOf({ notify, logLevel }: Circumstances, ended: Cancellation): Log {
  const least = logLevel === undefined ? LOG_LEVELS.length : LOG_LEVELS.indexOf(logLevel)
  return logWith((level, severity) => (data, logger) => {
    if (severity < least || ended.aborted) return
    notify?.({ type: 'log', level, data, ...(logger !== undefined && { logger }) })
  })
}

const logWith = (write: (level: LogLevel, severity: number) => Log[LogLevel]): Log =>
  // One entry for each level, by construction.
  Object.fromEntries(LOG_LEVELS.map((level, severity) => [level, write(level, severity)])) as Log

/** For callers who asked for no messages. */
const SILENT: Log = Object.freeze(logWith(() => () => {}))
