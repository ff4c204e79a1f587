import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'

/** How long a question stays open. */
export const QUESTION_MS = 10 * 60_000

/** What describes the fields of a form: a flat object of texts, numbers, booleans and choices. */
export type FormSchema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output> &
  StandardJSONSchemaV1<Input, Output>

/** Asks a person to fill in a form. Never for a secret: what is typed passes the client and its model. */
export interface FormQuestion<Schema extends FormSchema = FormSchema> {
  /** What the person reads above the form. */
  message: string
  schema: Schema
}

/** Asks a person to open a page, for what must not pass through the client. */
export interface UrlQuestion {
  /** Why, in words for the person. */
  message: string
  /** https. Must say nothing about the person; who opens it has been found to be the caller. */
  url: string
}

/** What the person did: filled it in, said no, or closed it. */
export type Answer<Content> =
  | { action: 'accept'; content: Content }
  | { action: 'decline' }
  | { action: 'cancel' }

/** The same for a page: `accept` says that it was opened, not what happened there. */
export type UrlAnswer = { action: 'accept' | 'decline' | 'cancel' }

/** One field or fact of a form as it goes over the wire, in the widest spelling. */
export type WireField = Record<string, unknown> & { type: string }

export interface WireForm {
  type: 'object'
  properties: Record<string, WireField>
  required?: string[]
}

/**
 * What is sent to the client: a request of MCP without its envelope. Revisions narrow it; the last
 * two are for clients that still declare them.
 */
export type QuestionRequest =
  | {
      method: 'elicitation/create'
      params: { mode: 'form'; message: string; requestedSchema: WireForm }
    }
  | { method: 'elicitation/create'; params: { mode: 'url'; message: string; url: string } }
  | { method: 'sampling/createMessage'; params: Record<string, unknown> }
  | { method: 'roots/list'; params?: Record<string, unknown> }

/** A question that waits for its answer. */
export interface OpenQuestion {
  /** The author's; unique within the call. */
  key: string
  request: QuestionRequest
}
