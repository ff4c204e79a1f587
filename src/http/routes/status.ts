/**
 * What this build has been found to be, for everybody to read.
 *
 * @module
 */
import { CONFORMANCE_RUN } from '../conformance-run'
import { taggedResponse } from '../tagged-response'

/** How many scenarios came out how. A warning or a skipped check is no pass. */
export interface Verdicts {
  passed: number
  warned: number
  skipped: number
  failed: number
}

/** One run of the official conformance suite. */
export interface ConformanceRun {
  /** ISO 8601. */
  at: string
  /** The sources it was run on; `modified` when they were not quite those of the commit. */
  commit: string
  modified: boolean
  /** Package and version. */
  referee: string
  suites: readonly { name: string; scored: Verdicts; notScored: Verdicts }[]
}

/** `/status/conformance`. */
export const showConformance = (request: Request): Promise<Response> =>
  conformanceResponse(request, CONFORMANCE_RUN)

/** A run, or that there was none. */
export function conformanceResponse(
  request: Request,
  run: ConformanceRun | undefined,
): Promise<Response> {
  const view = run
    ? { ran: true, ...run }
    : { ran: false, remedy: 'Run `npm run conformance -- --write`, then deploy.' }
  const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-cache' })
  return taggedResponse(request, JSON.stringify(view, null, 2), headers)
}
