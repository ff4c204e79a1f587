/**
 * The engine of linear handlers: steps that are not repeated, effects that happen once, questions
 * that suspend a run, and the journal that lets the next run go on from there. Pure; what must
 * outlive a run is handed out as JSON or kept behind a port.
 *
 * @module
 */

export { ASK_CLIENT } from './ask-client'
export { type ReadForm, readForm } from './form'
export {
  type AskedQuestion,
  emptyJournal,
  type GivenAnswer,
  type Journal,
  type Json,
  type RecordedError,
  type Settled,
} from './journal'
export {
  type Answers,
  createLinearRun,
  isInsideStep,
  type LinearRun,
  type LinearRunOptions,
  MAX_JOURNAL_CHARS,
  type Suspension,
} from './linear-run'
export { memoryClaims } from './memory-claims'
export { MisuseError } from './misuse'
export type { Claim, OnceClaims } from './once-claims'
export {
  type Answer,
  type FormQuestion,
  type FormSchema,
  type OpenQuestion,
  QUESTION_MS,
  type QuestionRequest,
  type UrlAnswer,
  type UrlQuestion,
  type WireField,
  type WireForm,
} from './question'
export { type LinearOutcome, runLinear } from './run-linear'
