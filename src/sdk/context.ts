import type { LinearRun } from '../handler'
import type { LogLevel } from '../protocol'
import type { ModuleCache } from './cache'
import type { Database } from './database'
import type { ConfigOf, ConfigSchemas, Fetch } from './outside'
import type { StateDefinitions, StatesOf } from './state'

/** Who a call acts for. Tool code never sees the access token behind it. */
export interface Caller {
  tenant: string
  principal: Principal
  /** What the client calls itself. A label: never decide anything by it. */
  client: { name: string; version: string } | undefined
  /** As granted. What they cover beside themselves is worked out where they are checked. */
  scopes: ReadonlySet<string>
  /** What the person is in this tenant; empty for machines and whoever is not signed in. */
  roles: ReadonlySet<string>
}

/**
 * Who stands behind a call: nobody who is known (`id` is random, and lasts as long as the handle
 * it was sealed into), a person who signed in, or a program that acts for itself.
 */
export interface Principal {
  kind: 'anonymous' | 'person' | 'machine'
  id: string
}

/** What a person can be in a tenant; an item may be limited to some. */
export const ROLES = ['operator', 'member'] as const
export type Role = (typeof ROLES)[number]

/**
 * Messages for the person or model behind this call, on the call's own stream. They are sent
 * only when the request asked for that level, and dropped otherwise. `data` is any JSON value;
 * keep secrets out of it. Deprecated by the protocol since 2026-07-28: say what a caller should know
 * in the result, or with `progress`.
 */
export type Log = { readonly [Level in LogLevel]: (data: unknown, logger?: string) => void }

/**
 * Tells clients that listen, whatever isolate serves them, that something has changed: they read it
 * again. What it has become is not sent. Call it after the change is stored. Nothing is thrown when
 * nobody can be reached; a module with `push: false` may not call it.
 */
export interface Notify {
  /**
   * What is at this address has changed. Heard by those who subscribed to it, which takes being
   * able to read it.
   *
   * @param principalId Whose it is, where the resource is declared `perCaller`; the caller's, unless given.
   * @throws {Error} when no resource or template of the module has the address.
   */
  resourceUpdated(uri: string, principalId?: string): void
  /** There are other resources or templates than before. */
  resourcesChanged(): void
  /** There are other tools than before. A new version of the module says so itself. */
  toolsChanged(): void
  /** There are other prompts than before. A new version of the module says so itself. */
  promptsChanged(): void
}

/** What a running tool, resource, prompt or completion may use. */
export interface ToolContext {
  /** Fires when the caller gave up or the deadline passed; hand it to whatever you await. */
  readonly signal: AbortSignal
  readonly caller: Caller
  readonly log: Log
  /**
   * The only way out: https, to the hosts that the module lists in `egress`, with its secrets added.
   * Ends with the call. @throws {ToolError} for what is refused, too large or out of reach.
   */
  readonly fetch: Fetch
  readonly notify: Notify
  /**
   * Reports how far the call is. `progress` must rise from one report to the next; reports that
   * do not are dropped, and so are all when the request asked for none.
   */
  progress(progress: number, total?: number, message?: string): void
  /**
   * Does something that need not be repeated, such as a look-up that costs or may change, and keeps
   * what it came to. When a question is answered the function runs again from its beginning; a step
   * that has finished is not, and returns what it did. `key` is its own within one call. JSON only.
   */
  readonly step: LinearRun['step']
  /**
   * Has an effect at most once per call, whatever happens in between: a payment, a mail, a deletion.
   * A later run gets what it came to. Where nobody can tell whether it happened, a `ToolError` with
   * the code `outcome_unknown` says so, and it is not tried again. JSON only.
   */
  readonly once: LinearRun['once']
  /**
   * Asks the person behind the client: a form with a flat `schema`, or a page with a `url` where a
   * secret is needed. Not for clients that cannot ask, see `canElicit`; the call then ends with an
   * error that says what the client lacks.
   */
  readonly elicit: LinearRun['elicit']
  /** Whether the client can ask its person in this mode, `form` unless given. */
  canElicit(mode?: 'form' | 'url'): boolean
}

/** What the platform provides to those items that ask. */
export interface Uses {
  /** The module's own D1 database, bound as `DB_<NAME>`; no table of the platform is in it. */
  db?: true
  /** The settings it reads, as `ctx.config`: the object that the module has for its `config`. */
  config?: ConfigSchemas
  /** Memory of this isolate, as `ctx.cache`, for what is dear to fetch. */
  cache?: true
  /** What it keeps for its caller from call to call, as `ctx.state`. */
  state?: StateDefinitions
}

/**
 * The context of an item with these `uses`.
 *
 * The item says what it uses, not only its module. An item is declared before the module that lists
 * it, so the module's word could reach its type only through a second `defineTool` or a cast, or
 * `ctx.db` would be promised to tools that do not get it. This way the compiler knows from the
 * item alone whether there is a `db`, one that needs none is given none, and start-up checks
 * the item's word against the module's, as it does for scopes.
 */
export type ToolContextFor<Used extends Uses> = ToolContext &
  (Used extends { db: true } ? { readonly db: Database } : unknown) &
  (Used extends { config: infer Schemas extends ConfigSchemas }
    ? { readonly config: ConfigOf<Schemas> }
    : unknown) &
  (Used extends { cache: true } ? { readonly cache: ModuleCache } : unknown) &
  (Used extends { state: infer Definitions extends StateDefinitions }
    ? { readonly state: StatesOf<Definitions> }
    : unknown)
