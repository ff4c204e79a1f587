export type SuiteName = '2025-03-26' | '2025-06-18' | '2025-11-25' | '2026-07-28'

export interface Suite {
  name: SuiteName
  /** How the referee is told to run it. */
  args: readonly string[]
  /** How many scenarios it has in the pinned version, scored or not: none may get lost. */
  scenarios: number
}

/**
 * The server suites of `@modelcontextprotocol/conformance`. The two newest have frozen sets of
 * requirements; the older ones are everything the referee knows of their wire.
 */
export const SUITES: readonly Suite[] = [
  { name: '2026-07-28', args: ['--requirements', '2026-07-28'], scenarios: 50 },
  { name: '2025-11-25', args: ['--requirements', '2025-11-25'], scenarios: 33 },
  {
    name: '2025-06-18',
    args: ['--suite', 'all', '--spec-version', '2025-06-18'],
    scenarios: 27,
  },
  {
    name: '2025-03-26',
    args: ['--suite', 'all', '--spec-version', '2025-03-26'],
    scenarios: 1,
  },
]
