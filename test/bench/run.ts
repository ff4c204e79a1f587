/**
 * `npm run bench`: what a request costs here, in the official SDK and in a Worker that does nothing.
 * Stays on loopback, ends what it starts, and exits with 1 when a bound is not held.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleWorker, gzipBytes } from '../../src/cli/build-worker.ts'
import { defaultConfigPath } from '../../src/cli/project.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { isHeldToABound } from './bounds.ts'
import { CASES, type Target } from './cases.ts'
import { type Load, measure, type Series } from './measure.ts'
import { measureMemory } from './memory.ts'
import { figuresOf, headingOf, sectionOf, tablesOf, withinBounds } from './report.ts'
import { writeSection } from './results-file.ts'
import { startWorker, type WorkerProcess, workerdVersion } from './worker-process.ts'

const USAGE = `npm run bench -- [--load autocannon] [--runs 1] [--ours] [--rounds 9] [--seconds 3] [--requests 1000] [--warm-up 10000] [--sessions 1000] [--json] [--write]
  --load       autocannon, or bare: a loop of our own
  --runs       runs; those after the first measure what is held to a bound, which has to be in each
  --ours       leave out what is not held to a bound, such as what others serve
  --rounds     rounds, each measuring every target; at least 9
  --seconds    how long autocannon sends in one round to a target that is held to a bound; to others, one
  --requests   requests of the bare loop to each target in one round; fewer to one that takes long
  --warm-up    requests to each target before the first round
  --sessions   live sessions whose memory is measured, for two minutes; 0 for none
  --json       print the figures as JSON
  --write      put them into test/bench/RESULTS.md too, in place of those of the same load`

const QUAYSIDE = {
  name: 'quayside',
  objects: {
    KEY_RING: 'KeyRing',
    CONTROL_STATE: 'ControlState',
    MCP_SESSION: 'McpSession',
    NOTIFICATION_HUB: 'NotificationHub',
    CALL_LEDGER: 'CallLedger',
    USER_GRANTS: 'UserGrants',
    AUTH_TRANSACTIONS: 'AuthTransactions',
    REPLAY_GUARD: 'ReplayGuard',
  },
  queues: ['AUDIT_QUEUE'],
} as const

/** The targets, each with the Durable Objects it needs: binding name to class name. */
const TARGETS: { name: Target; objects: Record<string, string>; queues?: readonly string[] }[] = [
  { name: 'echo', objects: {} },
  { name: 'object', objects: { ECHO: 'Echo' } },
  QUAYSIDE,
  { name: 'sdk', objects: {} },
  { name: 'agents-handler', objects: {} },
  { name: 'agent', objects: { AGENT: 'BenchAgent' } },
]

const { values } = parseArgs({
  options: {
    load: { type: 'string', default: 'autocannon' },
    runs: { type: 'string', default: '1' },
    ours: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '1000' },
    'warm-up': { type: 'string', default: '10000' },
    sessions: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(USAGE)
else {
  // A signal by itself ends a process without its `exit` event, which is what ends the Workers.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  await run()
}

function entryOf(name: Target): string {
  return join(import.meta.dirname, `workers/${name}.ts`)
}

async function run(): Promise<void> {
  const options = {
    load: loadNamed(values.load),
    rounds: count('rounds', values.rounds, 9),
    seconds: count('seconds', values.seconds, 1),
    requests: count('requests', values.requests, 50),
    warmUp: count('warm-up', values['warm-up'], 50),
  }
  await using folder = await temporaryFolder()
  const deployed = await bundleWorker(join(folder.path, 'deployed'), {
    configPath: defaultConfigPath,
  })
  const workers = new Map<Target, WorkerProcess>()
  try {
    const cases = values.ours ? CASES.filter(isHeldToABound) : CASES
    for (const { name, objects, queues = [] } of TARGETS) {
      if (!cases.some(({ target }) => target === name)) continue
      const directory = join(folder.path, name)
      await mkdir(directory)
      const target = { name, entry: entryOf(name), directory, objects, queues }
      workers.set(name, await startWorker(target))
    }
    const runs: Series[][] = []
    const bound = cases.filter(isHeldToABound)
    for (let index = 0; index < count('runs', values.runs, 1); index++) {
      const measured = index === 0 ? cases : bound
      runs.push(await measure(measured, (it) => workers.get(it.target)?.port ?? 0, options))
    }
    for (const worker of workers.values()) await worker.stop()
    const directory = join(folder.path, 'idle')
    await mkdir(directory)
    const idle = await startWorker({ ...QUAYSIDE, entry: entryOf('quayside'), directory })
    workers.set('quayside', idle)
    const memory = await measureMemory(idle, count('sessions', values.sessions, 0))
    const figures = figuresOf(runs, options, workerdVersion, gzipBytes(deployed), memory)
    console.log(values.json ? JSON.stringify(figures, null, 2) : tablesOf(figures))
    if (values.write) await writeSection(headingOf(options), sectionOf(figures))
    if (!withinBounds(figures)) process.exitCode = 1
  } finally {
    for (const worker of workers.values()) await worker.stop()
  }
}

function loadNamed(name: string): Load {
  if (name === 'autocannon' || name === 'bare') return name
  throw new Error(`--load takes autocannon or bare\n${USAGE}`)
}

function count(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new Error(`--${name} takes a number from ${least} up\n${USAGE}`)
}
