import { MisuseError } from '../handler'
import type { AskedMethod, ProtocolError, Results } from '../protocol'
import { MAX_RESULT_LENGTH } from '../registry'
import { ToolError } from '../sdk'
import type { CallOutcome, DispatchResult } from './call'

/** What the record calls the end of a call: how it went, or what kept it from being run. */
export type Outcome =
  | CallOutcome
  | `unknown_${ItemKind}`
  | `hidden_${ItemKind}`
  | 'input_required'
  | 'unknown_state'
  | 'item_changed'
  | 'insufficient_scope'
  | 'missing_capability'
  | 'missing_person'
  | 'not_configured'
  | 'unavailable'

export type ItemKind = 'tool' | 'resource' | 'prompt'

/** How a call ended: for the caller, and for the record. */
export interface Ending<Method extends AskedMethod = AskedMethod> {
  result: DispatchResult<Method>
  outcome: Outcome
  detail?: string
  resultChars?: number
}

/** What a model can do something with; arguments may be wrong in a million places. */
const MAX_PROBLEMS = 20
const MAX_PROBLEM_LENGTH = 300
/** No item has a longer name, so the rest of one is noise from outside. */
const MAX_NAME_LENGTH = 64

export function complete<Method extends AskedMethod>(
  outcome: CallOutcome,
  result: Results[Method],
  detail?: string,
): Ending<Method> {
  const ending: Ending<Method> = { result: { kind: 'complete', result, outcome }, outcome }
  if (detail !== undefined) ending.detail = detail
  return ending
}

export function refuse(outcome: Outcome, error: ProtocolError, detail?: string): Ending<never> {
  const ending: Ending<never> = { result: { kind: 'error', error }, outcome }
  if (detail !== undefined) ending.detail = detail
  return ending
}

export function listed(problems: readonly string[]): string {
  const more = problems.length - MAX_PROBLEMS
  const lines = problems
    .slice(0, MAX_PROBLEMS)
    .map((problem) => problem.slice(0, MAX_PROBLEM_LENGTH))
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].map((line) => `- ${line}`).join('\n')
}

export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '')

/** A name from outside, at the length that names have. */
export const named = (name: string): string => `"${name.slice(0, MAX_NAME_LENGTH)}"`

/** What something thrown means: the author's own words, or words that stay here. */
export function readThrown(
  error: unknown,
  development = false,
): {
  outcome: 'tool_error' | 'failed'
  message: string | undefined
  detail: string
} {
  if (error instanceof ToolError) {
    return { outcome: 'tool_error', message: error.message, detail: error.code }
  }
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  // Nobody but its author can do anything about it, who is the one to read it here.
  const message = development && error instanceof MisuseError ? error.message : undefined
  return { outcome: 'failed', message, detail }
}

export const failedUnexpectedly = (name: string): string =>
  `${name} failed unexpectedly. Trying again may help.`

export const tookTooLong = (name: string, timeoutMs: number): string =>
  `${name} took longer than its limit of ${timeoutMs / 1000} s and was stopped.`

export const CANCELLED = 'The call was cancelled.'

export const tooLong = (name: string, length: number): string =>
  `${name} returned ${length} characters; at most ${MAX_RESULT_LENGTH} are sent. ` +
  'Ask for less, for example with a narrower filter.'
