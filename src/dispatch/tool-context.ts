import { createFetch, refusingFetch } from '../egress'
import { ASK_CLIENT, type LinearRun, MisuseError } from '../handler'
import { LOG_LEVELS, type LogLevel, traceHeaders } from '../protocol'
import type { Caller, Fetch, Log, Notify, ToolContext } from '../sdk'
import { createCache } from './cache'
import type { Circumstances } from './call'
import { notifyOf } from './changes'
import { canBeAsked } from './client-questions'
import { linearRun } from './linear-run'
import { NONE, type Provided, type Provision } from './provide'
import type { CallStart, DispatchPorts } from './record'
import type { RunEnd } from './run-with-deadline'
import { createStates } from './state'
import { watchedDatabase } from './watched-database'
import { watchedStates } from './watched-states'

/**
 * The context one run of an item gets. `ended` covers the caller and the deadline.
 *
 * @param start Of a call that may ask for input; none for completions and lists.
 */
export function toolContext(
  call: Circumstances,
  caller: Caller,
  ended: RunEnd,
  provision: Provision,
  ports: DispatchPorts,
  timeoutMs: number,
  start?: CallStart,
): ToolContext & Provided {
  const { reentry } = call
  if (reentry !== undefined && reentry !== 'unknown') {
    ended.progress = reentry.suspended.journal.progress ?? Number.NEGATIVE_INFINITY
  }
  const context = new RunContext(call, caller, ended, provision, ports, timeoutMs, start)
  if (provision.provided === NONE) return context
  const own = ownOf(call, caller, ended, provision, ports)
  const whole = Object.assign(context, provision.provided, own)
  if (ports.development && whole.db) whole.db = watchedDatabase(whole.db, ended)
  if (ports.development && whole.state) whole.state = watchedStates(whole.state, ended)
  return whole
}

/** What each run has for itself. */
function ownOf(
  { server, session }: Circumstances,
  caller: Caller,
  ended: RunEnd,
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

/**
 * Getters stand on the prototype and make what they return when it is asked for: most items look at
 * little of it, and it is made for every run.
 */
class RunContext implements ToolContext {
  readonly caller: Caller
  readonly log: Log
  readonly progress: ToolContext['progress']
  readonly #call: Circumstances
  readonly #ended: RunEnd
  readonly #provision: Provision
  readonly #ports: DispatchPorts
  readonly #timeoutMs: number
  readonly #start: CallStart | undefined
  #reach: Fetch | undefined
  #notify: Notify | undefined
  #linear: LinearRun | undefined

  constructor(
    call: Circumstances,
    caller: Caller,
    ended: RunEnd,
    provision: Provision,
    ports: DispatchPorts,
    timeoutMs: number,
    start: CallStart | undefined,
  ) {
    this.caller = caller
    this.log = call.notify && call.logLevel !== undefined ? logOf(call, ended) : SILENT
    this.progress = progressOf(call, ended)
    this.#call = call
    this.#ended = ended
    this.#provision = provision
    this.#ports = ports
    this.#timeoutMs = timeoutMs
    this.#start = start
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  get fetch(): Fetch {
    this.#reach ??= fetchOf(this.#call, this.#ended, this.#provision, this.#ports)
    return this.#reach
  }

  get notify(): Notify {
    this.#notify ??= notifyOf(this.#call.server, this.caller, this.#ports.announce)
    return this.#notify
  }

  get step(): LinearRun['step'] {
    return this.#run.step
  }

  get once(): LinearRun['once'] {
    return this.#run.once
  }

  get elicit(): LinearRun['elicit'] {
    return this.#run.elicit
  }

  get [ASK_CLIENT](): LinearRun['ask'] {
    return this.#run.ask
  }

  get canElicit(): ToolContext['canElicit'] {
    return (mode = 'form') => canBeAsked(this.#call.clientCapabilities, mode)
  }

  get #run(): LinearRun {
    if (!this.#start) {
      throw new MisuseError(
        'ctx.step, ctx.once and ctx.elicit are for tools, prompts and reading resources; completions and lists cannot ask.',
      )
    }
    this.#linear ??= linearRun(
      this.#call,
      this.caller,
      this.#ended,
      this.#start,
      this.#timeoutMs,
      this.#ports,
    )
    return this.#linear
  }
}

function fetchOf(
  { server, requestMeta }: Circumstances,
  ended: RunEnd,
  { secrets }: Provision,
  { network, development }: DispatchPorts,
): Fetch {
  const { name, egress: hosts } = server.definition
  if (hosts.length === 0) return refusingFetch
  const headers = traceHeaders(requestMeta)
  const { signal } = ended
  const reach = createFetch({ module: name, hosts, secrets, headers, signal, network })
  return development ? watchedFetch(reach, ended) : reach
}

/** Notes requests that may change something where they would be repeated. */
const watchedFetch =
  (reach: Fetch, ended: RunEnd): Fetch =>
  (input, init) => {
    const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase()
    if (method !== 'GET' && method !== 'HEAD') ended.noteEffect(`ctx.fetch with ${method}`)
    return reach(input, init)
  }

/**
 * Values must rise (H-70); one that does not is a repeat or a mistake, and says nothing new. A run
 * that goes on from another begins where that one was.
 */
function progressOf({ notify }: Circumstances, ended: RunEnd): ToolContext['progress'] {
  return (progress, total, message) => {
    if (!(progress > ended.progress) || !Number.isFinite(progress) || ended.isOver) return
    ended.progress = progress
    notify?.({
      type: 'progress',
      progress,
      ...(total !== undefined && Number.isFinite(total) && { total }),
      ...(message !== undefined && { message }),
    })
  }
}

/**
 * One function a level; those below what the caller asked for do nothing. Messages that an earlier
 * run wrote are counted off, not written again.
 */
function logOf({ notify, logLevel, reentry }: Circumstances, ended: RunEnd): Log {
  const least = logLevel === undefined ? LOG_LEVELS.length : LOG_LEVELS.indexOf(logLevel)
  const written =
    reentry === undefined || reentry === 'unknown' ? 0 : reentry.suspended.journal.logs
  return logWith((level, severity) => (data, logger) => {
    if (ended.isOver) return
    ended.logs += 1
    if (severity < least || ended.logs <= written) return
    notify?.({ type: 'log', level, data, ...(logger !== undefined && { logger }) })
  })
}

const logWith = (write: (level: LogLevel, severity: number) => Log[LogLevel]): Log =>
  // One entry for each level, by construction.
  Object.fromEntries(LOG_LEVELS.map((level, severity) => [level, write(level, severity)])) as Log

/** For callers who asked for no messages. */
const SILENT: Log = Object.freeze(logWith(() => () => {}))
