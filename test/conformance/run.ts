/**
 * `npm run conformance`: every server suite of the official referee, with totals. Fails unless each
 * scenario passes or waits for a feature in `not-yet.ts`.
 *
 * @module
 */
import { judge } from './judge.ts'
import { NOT_YET } from './not-yet.ts'
import { runSuite, startConformance } from './referee.node.ts'
import { SUITES } from './suites.ts'

await using server = await startConformance()
for (const suite of SUITES) {
  const checks = await runSuite(suite, server.url)
  const { totals, problems } = judge(suite.name, checks, NOT_YET)
  const { passed, warned, skipped, failed } = totals
  console.log(
    `${suite.name}  ${checks.size} scenarios: ${passed} passed, ${warned} with warnings, ` +
      `${skipped} skipped in part or whole, ${failed} failed`,
  )
  for (const problem of problems) console.log(`  unexpected: ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}
for (const { missing, suites, scenarios } of NOT_YET) {
  console.log(`not yet: ${missing} (${scenarios.join(', ')}; ${suites.join(', ')})`)
}
