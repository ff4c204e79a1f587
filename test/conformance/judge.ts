/**
 * What the referee's checks amount to. Its own exit code forgives warnings and skipped checks; here
 * a scenario counts as passed only when every check in it succeeded and at least one did.
 *
 * @module
 */

/** One entry of the referee's `checks.json`, as far as it is read. */
export interface Check {
  id: string
  status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
  errorMessage?: string | undefined
}

export type Verdict = 'passed' | 'warned' | 'skipped' | 'failed'

/** Scenarios that cannot pass yet because something they need is not served. */
export interface Gap<Suite extends string = string> {
  /** What is missing, in our words. */
  missing: string
  suites: readonly Suite[]
  scenarios: readonly string[]
  /** Where most of a scenario passes: the checks that do not. All others must. */
  checks?: readonly string[]
}

export interface Judgement {
  totals: Record<Verdict, number>
  /** One sentence each; none means the suite is as good as it is said to be. */
  problems: string[]
}

/** Compares what one suite found with the gaps that are known. */
export function judge<Suite extends string>(
  suite: Suite,
  scenarios: ReadonlyMap<string, readonly Check[]>,
  gaps: readonly Gap<Suite>[],
): Judgement {
  const totals = countVerdicts(scenarios.values())
  const problems: string[] = []
  const known = new Map(
    gaps
      .filter(({ suites }) => suites.includes(suite))
      .flatMap((gap) => gap.scenarios.map((scenario) => [scenario, gap] as const)),
  )
  for (const [scenario, checks] of scenarios) {
    const verdict = verdictOn(checks)
    const gap = known.get(scenario)
    if (gap && verdict === 'passed') {
      problems.push(`${scenario}: passes now; take it off the list (${gap.missing})`)
    } else if (gap?.checks) {
      problems.push(...compareChecks(scenario, checks, gap.checks))
    } else if (!gap && verdict !== 'passed') {
      problems.push(`${scenario}: ${verdict}${reasonsOf(checks)}`)
    }
  }
  for (const scenario of known.keys()) {
    if (!scenarios.has(scenario)) problems.push(`${scenario}: is listed but was not run`)
  }
  return { totals, problems }
}

/** How many scenarios came out how. */
export function countVerdicts(scenarios: Iterable<readonly Check[]>): Record<Verdict, number> {
  const totals = { passed: 0, warned: 0, skipped: 0, failed: 0 }
  for (const checks of scenarios) totals[verdictOn(checks)] += 1
  return totals
}

function compareChecks(scenario: string, checks: readonly Check[], allowed: readonly string[]) {
  const unclean = checks.filter(isUnclean)
  const unexpected = unclean.filter(({ id }) => !allowed.includes(id))
  const stale = allowed.filter((id) => !unclean.some((check) => check.id === id))
  return [
    ...(unexpected.length > 0 ? [`${scenario}:${reasonsOf(unexpected)}`] : []),
    ...stale.map((id) => `${scenario}: ${id} is listed but does not fail`),
  ]
}

function verdictOn(checks: readonly Check[]): Verdict {
  const has = (status: Check['status']) => checks.some((check) => check.status === status)
  if (checks.length === 0 || has('FAILURE')) return 'failed' // without checks it ran out of time
  if (has('WARNING')) return 'warned'
  return has('SKIPPED') || !has('SUCCESS') ? 'skipped' : 'passed'
}

const isUnclean = ({ status }: Check): boolean => status !== 'SUCCESS' && status !== 'INFO'

const reasonsOf = (checks: readonly Check[]): string =>
  checks
    .filter(isUnclean)
    .map(({ id, status, errorMessage = '' }) => `\n  ${status} ${id} ${errorMessage}`.trimEnd())
    .join('')
