/**
 * Scenarios of the official suite that do not pass yet, by the feature they wait for. A run fails
 * when one of them passes, and when any other does not: whoever adds a feature takes its lines off.
 *
 * @module
 */
import type { Gap } from './judge.ts'
import type { SuiteName } from './suites.ts'

export const NOT_YET: readonly Gap<SuiteName>[] = [
  {
    missing: 'the tasks extension',
    suites: ['2026-07-28'],
    scenarios: [
      'tasks-capability-negotiation',
      'tasks-dispatch-and-envelope',
      'tasks-lifecycle',
      'tasks-mrtr-composition',
      'tasks-mrtr-input',
      'tasks-request-headers',
      'tasks-request-state-removal',
      'tasks-required-task-error',
      'tasks-status-notifications',
      'tasks-wire-fields',
    ],
  },
]
