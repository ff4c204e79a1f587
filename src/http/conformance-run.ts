/**
 * What the official conformance suite last found, for `/status/conformance`. Written by
 * `npm run conformance -- --write`; says nothing of changes after its commit.
 *
 * @module
 */
import type { ConformanceRun } from './routes/status'

export const CONFORMANCE_RUN: ConformanceRun | undefined = {
  at: '2026-11-27T16:23:19.700Z',
  commit: '5dc3b9ed9648d841f9d8330e03b98bb60e6e9c09',
  modified: false,
  referee: '@modelcontextprotocol/conformance 0.2.0-alpha.12',
  suites: [
    {
      name: '2026-07-28',
      scored: {
        passed: 37,
        warned: 0,
        skipped: 0,
        failed: 0,
      },
      notScored: {
        passed: 3,
        warned: 0,
        skipped: 1,
        failed: 9,
      },
    },
    {
      name: '2025-11-25',
      scored: {
        passed: 30,
        warned: 0,
        skipped: 0,
        failed: 0,
      },
      notScored: {
        passed: 3,
        warned: 0,
        skipped: 0,
        failed: 0,
      },
    },
    {
      name: '2025-06-18',
      scored: {
        passed: 0,
        warned: 0,
        skipped: 0,
        failed: 0,
      },
      notScored: {
        passed: 27,
        warned: 0,
        skipped: 0,
        failed: 0,
      },
    },
    {
      name: '2025-03-26',
      scored: {
        passed: 0,
        warned: 0,
        skipped: 0,
        failed: 0,
      },
      notScored: {
        passed: 1,
        warned: 0,
        skipped: 0,
        failed: 0,
      },
    },
    {
      name: 'authorization server',
      scored: {
        passed: 0,
        warned: 0,
        skipped: 0,
        failed: 0,
      },
      notScored: {
        passed: 2,
        warned: 0,
        skipped: 0,
        failed: 0,
      },
    },
  ],
}
