/**
 * `ctx.cache`. An isolate keeps texts and marks, never a promise: whoever awaits a promise of another
 * request dies with it. So calls of one request share a promise, and calls of different requests a
 * mark that says "somebody is at it": its maker renews it from a timer of their own request, which
 * stops with that request, and the others look again until there is a value or the mark is old.
 *
 * @module
 */
import { type Cancelled, createTextCache, startTimer, type TextCache } from '../lib'
import type { CacheKey, CacheOptions, Caller, Json, ModuleCache } from '../sdk'

/** What one isolate keeps for one module. */
export interface CacheMemory {
  kept: TextCache
  making: Map<string, Making>
}

/** Somebody's attempt to make a value. */
interface Making {
  /** Epoch milliseconds. */
  aliveAt: number
  forgotten: boolean
}

const MAX_KEY_CHARS = 1024
const MAX_VALUE_CHARS = 256 * 1024
const MAX_TTL_SECONDS = 86_400
const MAX_ENTRIES = 5000
/** Of all modules together; each has its share, so that none pushes out what another keeps. */
const MAX_CHARS = 16 * 1024 * 1024
const MAX_CHARS_OF_MODULE = 4 * 1024 * 1024
/** Past that many nobody waits for those before. */
const MAX_MAKING = 1000

const BEAT_MS = 200
/** Without a sign for that long the request that was making a value is gone. */
const DEAD_AFTER_MS = 1000
/** Longer than that nobody waits for somebody else. */
const LONGEST_WAIT_MS = 10_000
const FIRST_LOOK_MS = 5
const LONGEST_LOOK_MS = 100

/** The memory of each module, made when it is first asked for. */
export function createCacheMemories(modules: number): (module: string) => CacheMemory {
  const maxChars = Math.min(MAX_CHARS_OF_MODULE, Math.floor(MAX_CHARS / Math.max(modules, 1)))
  const memories = new Map<string, CacheMemory>()
  return (module) => {
    const known = memories.get(module)
    if (known) return known
    const kept = createTextCache({ maxEntries: MAX_ENTRIES, maxChars })
    const memory: CacheMemory = { kept, making: new Map() }
    memories.set(module, memory)
    return memory
  }
}

export interface CacheCircumstances {
  memory: CacheMemory
  caller: Caller
  /** False for a caller who comes once, and under whose name nobody will ask again. */
  comesBack: boolean
  /** Fires when the call is over. */
  ended: Cancelled
  /** Milliseconds since the epoch. */
  now(): number
}

/** The `ctx.cache` of one call. */
export function createCache(circumstances: CacheCircumstances): ModuleCache {
  const { memory, caller, comesBack, now } = circumstances
  /** What this call is making itself. */
  const own = new Map<string, Promise<string>>()

  const find = async (
    name: string,
    { ttlSeconds, shared = false }: CacheOptions,
    make: () => unknown,
  ): Promise<string> => {
    const other = memory.making.get(name)
    if (other) {
      await overBy(other, name, circumstances)
      const made = memory.kept.get(name, now())
      if (made !== undefined) return made
      // Once is enough: behind one that fails, everybody else would fail one after the other.
    }
    const making: Making = { aliveAt: now(), forgotten: false }
    if (memory.making.size >= MAX_MAKING) memory.making.clear()
    memory.making.set(name, making)
    const beat = setInterval(() => {
      making.aliveAt = now()
    }, BEAT_MS)
    try {
      const text = written(await make())
      const worthKeeping = (shared || comesBack) && text.length <= MAX_VALUE_CHARS
      if (worthKeeping && !making.forgotten) memory.kept.set(name, text, now() + ttlSeconds * 1000)
      return text
    } finally {
      clearInterval(beat)
      if (memory.making.get(name) === making) memory.making.delete(name)
    }
  }

  return {
    async remember<Value>(key: CacheKey, options: CacheOptions, make: () => unknown) {
      const { ttlSeconds, shared = false } = options
      if (!(ttlSeconds > 0 && ttlSeconds <= MAX_TTL_SECONDS)) {
        throw new RangeError(`ttlSeconds must be above 0 and at most ${MAX_TTL_SECONDS}`)
      }
      const name = nameOf(key, shared, caller)
      const text = memory.kept.get(name, now())
      if (text !== undefined) return JSON.parse(text) as Json<Value>
      let finding = own.get(name)
      if (!finding) {
        finding = find(name, options, make)
        own.set(name, finding)
        const isOver = () => void (own.get(name) === finding && own.delete(name))
        finding.then(isOver, isOver)
      }
      // A copy for each: what one changes in its own is not in anybody else's.
      return JSON.parse(await finding) as Json<Value>
    },
    forget(key, { shared = false } = {}) {
      const name = nameOf(key, shared, caller)
      memory.kept.delete(name)
      const making = memory.making.get(name)
      // What is being made now may have been read before whatever made this one stale.
      if (making) making.forgotten = true
      memory.making.delete(name)
      own.delete(name)
    },
  }
}

/** Resolves when it is made or has failed, or is not worth waiting for any more. */
async function overBy(
  other: Making,
  name: string,
  { memory, now, ended }: CacheCircumstances,
): Promise<void> {
  const until = now() + LONGEST_WAIT_MS
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 2, LONGEST_LOOK_MS)) {
    await startTimer(wait).over
    if (ended.aborted) throw ended.reason
    const at = now()
    const isAtIt = memory.making.get(name) === other && at - other.aliveAt < DEAD_AFTER_MS
    if (!isAtIt || at >= until) return
  }
}

/**
 * The name of a value. Never without the tenant, and without the caller only where the author says
 * so. Scopes and roles are the caller's too: what was made for more must not be told to less.
 */
function nameOf(key: CacheKey, shared: boolean, { tenant, principal, ...caller }: Caller): string {
  const part = JSON.stringify(key)
  if (part.length > MAX_KEY_CHARS) {
    throw new RangeError(`a cache key has at most ${MAX_KEY_CHARS} characters as JSON`)
  }
  const { kind, id } = principal
  const who = shared ? null : [kind, id, [...caller.scopes].sort(), [...caller.roles].sort()]
  return `${JSON.stringify([tenant, who])}${part}`
}

function written(value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError('a value to be cached must be JSON')
  return text
}
