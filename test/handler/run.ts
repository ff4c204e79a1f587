/** Runs of the engine without a platform. @module */
import {
  emptyJournal,
  type Journal,
  type LinearOutcome,
  type LinearRun,
  type LinearRunOptions,
  memoryClaims,
  runLinear,
} from '../../src/handler'

export const run = (
  work: (run: LinearRun) => unknown,
  changes: Partial<LinearRunOptions> = {},
): Promise<LinearOutcome> =>
  runLinear(work, {
    journal: emptyJournal(0),
    answers: {},
    claims: memoryClaims(),
    development: true,
    revive: ({ name, message, code }) => Object.assign(new Error(message), { name, code }),
    said: () => ({ progress: Number.NEGATIVE_INFINITY, logs: 0 }),
    effects: () => [],
    ...changes,
  })

/** The questions and journal of a run that was suspended; the journal as it would travel. */
export function suspended(outcome: LinearOutcome) {
  if (outcome.kind !== 'suspended') throw new Error(`the run ended as ${JSON.stringify(outcome)}`)
  const journal = JSON.parse(JSON.stringify(outcome.journal)) as Journal
  return { keys: outcome.questions.map(({ key }) => key), questions: outcome.questions, journal }
}

export const accept = (content: Record<string, unknown> = {}) => ({ action: 'accept', content })
