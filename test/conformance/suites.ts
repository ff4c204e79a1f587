export type SuiteName = '2025-03-26' | '2025-06-18' | '2025-11-25' | '2026-07-28'

export interface Suite {
  name: SuiteName
  /** How the referee is told to run it. */
  args: readonly string[]
  /** Its scenarios in the pinned version, one by one: none may get lost, nor a new one go unseen. */
  scored: readonly string[]
  /** Extensions, what came after the revision, and all of a revision without a frozen set. */
  notScored: readonly string[]
}

/** In the three newest revisions. */
const COMMON = [
  'completion-complete',
  'tools-list',
  'tools-call-simple-text',
  'tools-call-image',
  'tools-call-audio',
  'tools-call-embedded-resource',
  'tools-call-mixed-content',
  'tools-call-error',
  'tools-call-with-progress',
  'resources-list',
  'resources-read-text',
  'resources-read-binary',
  'resources-templates-read',
  'prompts-list',
  'prompts-get-simple',
  'prompts-get-with-args',
  'prompts-get-embedded-resource',
  'prompts-get-with-image',
]
/** In those of them with sessions. */
const OF_SESSIONS = [
  'server-initialize',
  'logging-set-level',
  'ping',
  'tools-call-with-logging',
  'tools-call-sampling',
  'tools-call-elicitation',
  'resources-subscribe',
  'resources-unsubscribe',
]

/**
 * The server suites of `@modelcontextprotocol/conformance`. The two newest have frozen sets of
 * requirements; the older ones are everything the referee knows of their wire.
 */
export const SUITES: readonly Suite[] = [
  {
    name: '2026-07-28',
    args: ['--requirements', '2026-07-28'],
    scored: [
      ...COMMON,
      'server-stateless',
      'server-sse-multiple-streams',
      'sep-2164-resource-not-found',
      'dns-rebinding-protection',
      'caching',
      'input-required-result-basic-elicitation',
      'input-required-result-basic-sampling',
      'input-required-result-basic-list-roots',
      'input-required-result-request-state',
      'input-required-result-multiple-input-requests',
      'input-required-result-multi-round',
      'input-required-result-missing-input-response',
      'input-required-result-non-tool-request',
      'input-required-result-result-type',
      'input-required-result-unsupported-methods',
      'input-required-result-tampered-state',
      'input-required-result-capability-check',
      'input-required-result-ignore-extra-params',
      'input-required-result-validate-input',
    ],
    notScored: [
      'tasks-lifecycle',
      'tasks-capability-negotiation',
      'tasks-wire-fields',
      'tasks-request-state-removal',
      'tasks-mrtr-input',
      'tasks-request-headers',
      'tasks-dispatch-and-envelope',
      'tasks-status-notifications',
      'tasks-required-task-error',
      'tasks-mrtr-composition',
      'json-schema-2020-12',
      'http-header-validation',
      'http-custom-header-server-validation',
    ],
  },
  {
    name: '2025-11-25',
    args: ['--requirements', '2025-11-25'],
    scored: [
      ...COMMON,
      ...OF_SESSIONS,
      'elicitation-sep1034-defaults',
      'server-sse-multiple-streams',
      'elicitation-sep1330-enums',
      'dns-rebinding-protection',
    ],
    notScored: ['server-session-lifecycle', 'json-schema-2020-12', 'server-sse-polling'],
  },
  {
    name: '2025-06-18',
    args: ['--suite', 'all', '--spec-version', '2025-06-18'],
    scored: [],
    notScored: [...COMMON, ...OF_SESSIONS, 'server-session-lifecycle'],
  },
  {
    name: '2025-03-26',
    args: ['--suite', 'all', '--spec-version', '2025-03-26'],
    scored: [],
    notScored: ['server-session-lifecycle'],
  },
]
