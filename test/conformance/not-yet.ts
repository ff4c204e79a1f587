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
    missing: 'subscriptions to a resource',
    suites: IN_SESSIONS,
    scenarios: ['resources-subscribe', 'resources-unsubscribe'],
  },
  {
    missing: 'subscriptions/listen',
    suites: ['2026-07-28'],
    scenarios: ['server-stateless'],
    checks: [
      'sep-2575-server-sends-subscription-ack',
      'sep-2575-server-tags-subscription-id',
      'sep-2575-server-honors-notification-filter',
      'sep-2575-server-sends-prompts-list-changed-on-subscription',
      'sep-2575-server-sends-tools-list-changed-on-subscription',
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
