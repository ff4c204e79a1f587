import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Journal, RecordedError } from './journal'
import type { OnceClaims } from './once-claims'
import type {
  Answer,
  FormQuestion,
  FormSchema,
  OpenQuestion,
  QuestionRequest,
  UrlAnswer,
  UrlQuestion,
} from './question'

/** What came back for questions, by key, as the client sent it: anything. */
export type Answers = Readonly<Record<string, unknown>>

/** A run that waits for answers: all its open questions, and what the next run needs. */
export interface Suspension {
  questions: readonly OpenQuestion[]
  journal: Journal
}

/** How a run ended: with what the author's function returned or threw, or with questions. */
export type LinearOutcome =
  | { kind: 'returned'; value: unknown }
  | { kind: 'threw'; error: unknown }
  | ({ kind: 'suspended' } & Suspension)

export interface LinearRunOptions {
  /** What earlier runs of the call left; `emptyJournal` for the first. */
  journal: Journal
  answers: Answers
  claims: OnceClaims
  /** Milliseconds since the epoch. */
  now(): number
  /** Whether misuse that only matters later is an error now. */
  development: boolean
  /** The error that a recorded one stands for. */
  revive(error: RecordedError): Error
  /** What was reported on the way, for the journal. */
  said(): { progress: number; logs: number }
  /** Whether the run has ended some other way; nothing is started any more then. */
  isOver(): boolean
  /** Called once, when the run waits for answers and for nothing else. */
  suspend(suspension: Suspension): void
}

/** What a linear handler uses. */
export interface LinearRun {
  step<T>(key: string, work: () => T | Promise<T>): Promise<T>
  once<T>(key: string, effect: () => T | Promise<T>): Promise<T>
  elicit(key: string, question: UrlQuestion): Promise<UrlAnswer>
  elicit<Schema extends FormSchema>(
    key: string,
    question: FormQuestion<Schema>,
  ): Promise<Answer<StandardSchemaV1.InferOutput<Schema>>>
  /** Any request to the client; what comes back is whatever it sent. */
  ask(key: string, request: QuestionRequest): Promise<unknown>
  /** Notes that something outside steps and onces is about to change the world. */
  effect(name: string): void
}
