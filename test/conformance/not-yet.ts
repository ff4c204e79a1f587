/**
 * Scenarios of the official suite that do not pass yet, by the feature they wait for. A run fails
 * when one of them passes, and when any other does not: whoever adds a feature takes its lines off.
 *
 * @module
 */
import type { Gap } from './judge.ts'
import type { SuiteName } from './suites.ts'

const IN_SESSIONS = ['2025-06-18', '2025-11-25'] as const

export const NOT_YET: readonly Gap<SuiteName>[] = [
  {
    missing: 'questions to the person or model behind the client, in a session',
    suites: IN_SESSIONS,
    scenarios: ['tools-call-sampling', 'tools-call-elicitation'],
  },
  {
    missing: 'questions to the person behind the client, in a session: defaults and choices',
    suites: ['2025-11-25'],
    scenarios: ['elicitation-sep1034-defaults', 'elicitation-sep1330-enums'],
  },
  {
    missing: 'results that ask for input',
    suites: ['2026-07-28'],
    scenarios: [
      'input-required-result-basic-elicitation',
      'input-required-result-basic-list-roots',
      'input-required-result-basic-sampling',
      'input-required-result-capability-check',
      'input-required-result-ignore-extra-params',
      'input-required-result-missing-input-response',
      'input-required-result-multi-round',
      'input-required-result-multiple-input-requests',
      'input-required-result-non-tool-request',
      'input-required-result-request-state',
      'input-required-result-result-type',
      'input-required-result-tampered-state',
    ],
  },
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
