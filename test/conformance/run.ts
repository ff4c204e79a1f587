/**
 * `npm run conformance`: every suite of the official referee that judges servers, with totals. Fails
 * unless each scenario passes or waits for a feature in `not-yet.ts`. With `-- --write` the totals
 * become what `/status/conformance` shows of the next build.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { projectRoot } from '../../src/cli/project.ts'
import type { ConformanceRun, Verdicts } from '../../src/http/routes/status.ts'
import { runCommand } from '../support/command.ts'
import { type Check, countVerdicts, judge } from './judge.ts'
import { NOT_YET } from './not-yet.ts'
import { REFEREE, runAuthorizationSuite, runSuite, startConformance } from './referee.node.ts'
import { SUITES } from './suites.ts'

const RESULT = join(projectRoot, 'src/http/conformance-run.ts')

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
await using server = await startConformance()
const suites: ConformanceRun['suites'][number][] = []

for (const suite of SUITES) {
  const checks = await runSuite(suite, server.url)
  const { problems } = judge(suite.name, checks, NOT_YET)
  tell(suite.name, checks, suite.scored, problems)
}
// Its scenarios are reported and never scored.
const found = await runAuthorizationSuite(server.origin)
tell('authorization server', found, [], judge('', found, []).problems)

for (const { missing, suites, scenarios } of NOT_YET) {
  console.log(`not yet: ${missing} (${scenarios.join(', ')}; ${suites.join(', ')})`)
}
if (values.write) await writeResult()

function tell(
  name: string,
  checks: ReadonlyMap<string, readonly Check[]>,
  scored: readonly string[],
  problems: readonly string[],
): void {
  const isScored = ([scenario]: [string, unknown]) => scored.includes(scenario)
  const all = [...checks]
  const counted = {
    name,
    scored: countVerdicts(all.filter(isScored).map(([, of]) => of)),
    notScored: countVerdicts(all.filter((one) => !isScored(one)).map(([, of]) => of)),
  }
  suites.push(counted)
  console.log(name)
  if (scored.length > 0) console.log(`  scored      ${wordsFor(counted.scored)}`)
  if (scored.length < all.length) console.log(`  not scored  ${wordsFor(counted.notScored)}`)
  for (const problem of problems) console.log(`  unexpected: ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}

function wordsFor({ passed, warned, skipped, failed }: Verdicts): string {
  const of = passed + warned + skipped + failed
  return `${passed} of ${of} passed, ${warned} with warnings, ${skipped} skipped in part or whole, ${failed} failed`
}

async function writeResult(): Promise<void> {
  const git = async (...args: string[]) => (await runCommand('git', args)).stdout.trim()
  const manifest = await readFile(join(REFEREE, '../../package.json'), 'utf8')
  const { name, version } = z
    .object({ name: z.string(), version: z.string() })
    .parse(JSON.parse(manifest))
  const run: ConformanceRun = {
    at: new Date().toISOString(),
    commit: await git('rev-parse', 'HEAD'),
    modified: (await git('status', '--porcelain')) !== '',
    referee: `${name} ${version}`,
    suites,
  }
  const source = await readFile(RESULT, 'utf8')
  const [head] = source.split('export const')
  const declared = 'export const CONFORMANCE_RUN: ConformanceRun | undefined = '
  await writeFile(RESULT, `${head}${declared}${JSON.stringify(run, null, 2)}\n`)
  await runCommand(process.execPath, [
    ...[join(projectRoot, 'node_modules/@biomejs/biome/bin/biome'), 'format', '--write', RESULT],
  ])
  console.log(`Written to src/http/conformance-run.ts; commit it.`)
}
