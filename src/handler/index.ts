/**
 * The engine of linear handlers: steps that are not repeated, effects that happen once, questions
 * that suspend a run, and the journal that lets the next run go on from there. Pure; what must
 * outlive a run is handed out as JSON or kept behind a port.
 *
 * @module
 */
export {
  type AskedQuestion,
  emptyJournal,
  type GivenAnswer,
  type Journal,
  type Json,
  type RecordedError,
  type Settled,
} from './journal'
export type { Answers, LinearOutcome, LinearRun, LinearRunOptions, Suspension } from './linear-run'
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
