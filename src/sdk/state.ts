/**
 * What a module keeps for one caller from call to call, such as a basket: small JSON in the caller's
 * ledger. A handle leads back to it, which the author returns and takes as an argument; in a session
 * of 2025 there is also one that needs no handle.
 *
 * @module
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'

export interface StateOptions<S extends StandardSchemaV1> {
  /** A word for it, `[a-z][a-z0-9_]{0,31}`, as messages use it: "this basket has expired". */
  name: string
  /** What is kept is what the schema takes, as JSON; your code sees what it returns of that. */
  schema: S
  /** What one holds before it was first written. */
  initial: StandardSchemaV1.InferInput<S>
  /** How long it is kept after its last change: a minute to 30 days, a day unless given. */
  ttlSeconds?: number
}

/** A kind of state. Items that use the same definition use the same states. */
export interface StateDefinition<S extends StandardSchemaV1 = StandardSchemaV1>
  extends StateOptions<S> {
  readonly ttlSeconds: number
}

export type StateDefinitions = Readonly<Record<string, StateDefinition>>

/** The states of an item, by the names its `uses` gives them. */
export type StatesOf<Definitions extends StateDefinitions> = {
  readonly [Name in keyof Definitions]: States<
    StandardSchemaV1.InferInput<Definitions[Name]['schema']>,
    StandardSchemaV1.InferOutput<Definitions[Name]['schema']>
  >
}

/** The way to all states of one kind that are the caller's own. */
export interface States<Input, Output> {
  /**
   * The state that a handle leads to. Without one: in a session of 2025 the session's own, else a new
   * one.
   *
   * @throws {ToolError} `state_unknown` for what is no handle of this caller, `state_expired`,
   *   `state_outdated` when the schema does not take what is kept any more, `state_unavailable`.
   */
  open(handle?: string): Promise<State<Input, Output>>
  /** A new one, in a session too. It is kept once it is written. */
  create(): Promise<State<Input, Output>>
}

/** One state, as it was when it was opened or last written here. */
export interface State<Input, Output> {
  readonly value: Output
  /** Leads back to it for 30 days at most, and for nobody but the caller. */
  readonly handle: string
  /**
   * Keeps a new value.
   *
   * @throws {ToolError} `state_conflict` when another call has written since, `state_expired`,
   *   `state_invalid` for what the schema refuses, `state_too_large` above 64 KiB of JSON,
   *   `state_unavailable`.
   */
  write(value: Input): Promise<void>
  /**
   * Keeps what `change` makes of the value. When another call has written in the meantime, `change`
   * runs again on what that one has left, so let it do nothing else.
   *
   * @throws {ToolError} as `write` does; `state_conflict` only after many attempts.
   */
  update(change: (value: Output) => Input | Promise<Input>): Promise<void>
  /** Drops it, whatever it holds by now. */
  delete(): Promise<void>
}

const DEFAULT_TTL_SECONDS = 86_400

/** Declares a kind of state, for the `uses` of the items that need it. */
export const defineState = <S extends StandardSchemaV1>(
  options: StateOptions<S>,
): StateDefinition<S> => ({ ...options, ttlSeconds: options.ttlSeconds ?? DEFAULT_TTL_SECONDS })
