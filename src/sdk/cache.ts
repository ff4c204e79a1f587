/**
 * `ctx.cache`: what is dear to fetch, kept for a while in the memory of an isolate.
 *
 * @module
 */
import type { Json } from './json'

/** What a value is called: a text, or parts that stand apart whatever is in them. */
export type CacheKey = string | readonly (string | number | boolean | null)[]

export interface CacheOptions {
  /** How long it is good for, above 0 and at most a day. */
  ttlSeconds: number
  /**
   * One value for all callers of the module. Without it each has their own: those are the same whose
   * principal, scopes and roles are.
   */
  shared?: boolean
}

export interface ModuleCache {
  /**
   * The value kept for this key, or what `make` returns, as JSON has it and a copy each time.
   * Calls that want the same at the same time mostly get by with one `make`. What it throws is not kept, and
   * neither is a value of more than 256 Ki characters of JSON.
   */
  remember<Value>(
    key: CacheKey,
    options: CacheOptions,
    make: () => Value | Promise<Value>,
  ): Promise<Json<Value>>
  /** Drops a value. Other isolates keep theirs until its time is up. */
  forget(key: CacheKey, options?: Pick<CacheOptions, 'shared'>): void
}
