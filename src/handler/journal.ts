/** What JSON can say. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** An error as a journal keeps it: enough to throw the like of it again. */
export interface RecordedError {
  name: string
  message: string
  /** Of a `ToolError`. */
  code?: string
}

/** What a step or a once came to; neither field says that it returned nothing. */
export interface Settled {
  value?: Json
  error?: RecordedError
}

/** An answer that was accepted, as it came. It is checked again each time it is used. */
export interface GivenAnswer {
  /** Of the question as it was asked: an answer to another question is none to this one. */
  question: string
  result: Json
}

/** A question that was asked. */
export interface AskedQuestion {
  question: string
  /** How many answers did not fit. */
  times: number
}

/**
 * What the runs of one call leave to the next. JSON, so that it can be sealed into a handle or kept
 * in a row; by the key that the author gave.
 */
export interface Journal {
  readonly settled: Readonly<Record<string, Settled>>
  readonly asked: Readonly<Record<string, AskedQuestion>>
  readonly given: Readonly<Record<string, GivenAnswer>>
  /** The highest progress that was reported. */
  readonly progress?: number
  /** How many log messages were written. */
  readonly logs: number
  /** When the call first came to need one, epoch milliseconds. */
  readonly startedAt: number
}

/** The journal of a call that has not run yet. */
export const emptyJournal = (nowMs: number): Journal => ({
  settled: {},
  asked: {},
  given: {},
  logs: 0,
  startedAt: nowMs,
})
