/**
 * The figures as text: for the terminal, and for `RESULTS.md`.
 *
 * @module
 */
import { cpus, totalmem } from 'node:os'
import type { Case, Target } from './cases.ts'
import type { MeasureOptions, Series } from './measure.ts'
import type { MemoryFigures } from './memory.ts'
import { type Spread, spreadOf } from './statistics.ts'

export interface Figures {
  date: string
  machine: { cores: number; cpu: string; memoryGiB: number }
  runtime: { node: string; workerd: string }
  command: string
  options: MeasureOptions
  cases: CaseFigures[]
  comparisons: Comparison[]
  /** Of the Worker as `npm run deploy` uploads it. */
  workerGzipBytes: number
  /** Undefined when it was not measured. */
  memory: MemoryFigures | undefined
}

export interface CaseFigures {
  target: Target
  name: string
  microseconds: Spread
  /** Time over that of the plain echo in the same round. */
  ratio: Spread
}

/** Something that has to stay within a bound. */
export interface Comparison {
  name: string
  /** Of each run. */
  ratios: Spread[]
  bound: number
}

const MAX_GZIP_BYTES = 300_000

/**
 * What is held to a bound: one case over another of the same round, or by how much more than a
 * third one it is.
 */
const BOUNDS: { case: string; less?: string; over: string; bound: number }[] = [
  { case: 'tools/call, 2026', over: 'plain JSON echo', bound: 1.3 },
  {
    case: 'tools/call, 2026, token',
    less: 'tools/call, 2026',
    over: 'plain JSON echo',
    bound: 0.2,
  },
  { case: 'initialize, 2025', over: 'plain JSON echo', bound: 1.5 },
  { case: 'tools/call, 2025', over: 'plain JSON echo by an object', bound: 1.25 },
  { case: 'tools/list, 100 tools', over: 'tools/list, 1 tool', bound: 1.5 },
]

const LABELS: Record<Target, string> = {
  echo: 'plain Worker',
  object: 'plain Worker',
  quayside: 'Quayside',
  sdk: 'createMcpHandler',
  agent: 'McpAgent',
}

/** What others make of the same requests. */
const PEERS: ReadonlySet<Target> = new Set(['sdk', 'agent'])

export const isHeldToABound = ({ name, target }: Case): boolean =>
  !PEERS.has(target) && BOUNDS.some((it) => [it.case, it.less, it.over].includes(name))

export function figuresOf(
  runs: readonly Series[][],
  options: MeasureOptions,
  workerdVersion: string,
  workerGzipBytes: number,
  memory: MemoryFigures | undefined,
): Figures {
  const timesOf = (name: string, series: readonly Series[]): number[] => {
    const found = series.find(({ case: it }) => it.name === name && !PEERS.has(it.target))
    if (!found) throw new Error(`nothing measured for "${name}"`)
    return found.microseconds
  }
  const all = (runs[0] ?? []).map(({ case: it }, index) => ({
    case: it,
    microseconds: runs.flatMap((series) => series[index]?.microseconds ?? []),
    own: runs.flatMap((series) => series[index]?.yardstick ?? []),
  }))
  const yardstick = timesOf('plain JSON echo', all)
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cores: cpus().length,
      cpu: cpus()[0]?.model ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    runtime: { node: process.versions.node, workerd: workerdVersion },
    command: ['npm run bench', ...process.argv.slice(2)].join(' '),
    options,
    cases: all.map(({ case: { target, name }, microseconds, own }) => ({
      target,
      name,
      microseconds: spreadOf(microseconds),
      ratio: ratioOf(microseconds, own.length > 0 ? own : yardstick),
    })),
    comparisons: BOUNDS.map(({ case: name, less, over, bound }) => {
      const ratios = runs.map((series) => {
        const without = less === undefined ? undefined : timesOf(less, series)
        const times = timesOf(name, series).map((time, round) => time - (without?.[round] ?? 0))
        return ratioOf(times, timesOf(over, series))
      })
      return {
        name: `${name}${less === undefined ? '' : `, less ${less}`}, over ${over}`,
        ratios,
        bound,
      }
    }),
    workerGzipBytes,
    memory,
  }
}

const ratioOf = (times: number[], others: number[]): Spread =>
  spreadOf(times.map((time, round) => time / (others[round] ?? Number.NaN)))

export const withinBounds = ({ comparisons, workerGzipBytes }: Figures): boolean =>
  workerGzipBytes <= MAX_GZIP_BYTES && comparisons.every(holds)

const holds = ({ ratios, bound }: Comparison): boolean =>
  ratios.every(({ upper }) => upper <= bound)

/** Two tables in Markdown, which a terminal shows well enough. */
export function tablesOf({ cases, comparisons, workerGzipBytes, memory }: Figures): string {
  const measured = table(
    ['served by', 'request', 'µs', 'ratio to plain echo', 'quartiles'],
    cases.map(({ target, name, microseconds, ratio }) => [
      LABELS[target],
      name,
      microseconds.median.toFixed(0),
      ratio.median.toFixed(2),
      quartiles(ratio),
    ]),
  )
  const held = table(
    ['Quayside', 'median of each run', 'quartiles of each run', 'bound', ''],
    comparisons.map((it) => [
      it.name,
      it.ratios.map(({ median }) => median.toFixed(2)).join(', '),
      it.ratios.map(quartiles).join(', '),
      `≤ ${it.bound}`,
      holds(it) ? 'held' : 'not held',
    ]),
  )
  const size = `Worker as deployed: ${(workerGzipBytes / 1000).toFixed(0)} KB gzip`
  const verdict = workerGzipBytes <= MAX_GZIP_BYTES ? 'held' : 'not held'
  return `${measured}

${held}

${memory ? `${memoryText(memory)}\n\n` : ''}${size} (bound ≤ ${MAX_GZIP_BYTES / 1000} KB: ${verdict}).`
}

const memoryText = ({ sessions, kibPerSession, kibPerStream, mibInAll }: MemoryFigures): string =>
  `${sessions} idle 2025 sessions, each of which has made a call: ${kibPerSession.toFixed(1)} KiB each.
With a stream open in each: ${kibPerStream.toFixed(1)} KiB more for each, ${mibInAll.toFixed(0)} MiB in all.`

const quartiles = ({ lower, upper }: Spread): string => `${lower.toFixed(2)} – ${upper.toFixed(2)}`

function table(head: string[], rows: string[][]): string {
  const widths = head.map((cell, column) =>
    Math.max(3, cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** The whole of `RESULTS.md`. */
export function resultsPage(figures: Figures): string {
  const { date, machine, runtime, command, options } = figures
  return `# Benchmark results

What one MCP request costs over the same request to a Worker that only echoes it. Written by
\`${command}\`; \`npm run bench\` prints a new table and leaves this one alone.

- ${date}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB; node ${runtime.node}, workerd ${runtime.workerd}
- ${options.rounds} rounds of ${options.load === 'bare' ? `${options.requests} requests` : 'a second'} to each, after ${options.warmUp} requests that are not counted

${tablesOf(figures)}

## How it is measured

- Every target is bundled by \`wrangler deploy --dry-run --minify\` with the compatibility settings of
  \`wrangler.toml\` and served by a \`workerd serve\` of its own on loopback. Nothing of wrangler or
  Miniflare is in the path.
- One keep-alive connection to each. All targets get the same requests and take turns, so that
  whatever else the machine does hits all of them. A round is the mean time of one request to each
  target, its ratio is taken within the round, and the table shows the median and quartiles over
  rounds.
- The load comes from autocannon, as it did where figures of others were published: their ratios and
  ours are on one scale. It parses each response and keeps statistics, which is part of every
  request to every target. \`--load bare\` sends from a loop that does nothing else between two
  requests, in turns of 50: all ratios to the plain echo are larger there, those of others too, and
  that of a long list to a short one is smaller.
- A question in 2025 is a dialogue: it is read from the stream of its call, answered on a second
  connection, and the call goes on. autocannon cannot hold one, so that the loop sends it whichever
  load is asked for; its ratio is to the plain echo as the same loop finds it in the same round.
- A call that only reads is written down once its answer is on its way. What that takes is in the
  time of the next request as far as it has not ended by then.
- The plain Worker reads the request's JSON and answers with \`Response.json()\`; it logs nothing.
  Quayside writes its line for each call. In workerd that line is formatted and written to
  stdout, which is /dev/null here for every target; on Cloudflare it goes to the log pipeline
  instead, so the cost of writing it is not the one measured.
- \`createMcpHandler\` is that of \`@modelcontextprotocol/server\`, with the same tools and Zod schemas.
  It opens no session in 2025; Quayside's 2025 calls open the sealed session id they carry.
- The object of the plain Worker is one and stays awake, and so do those of the sessions.
- \`McpAgent\` is that of the \`agents\` package, with the same tool in the official SDK's 1.x server, as
  its documentation has it. Each of its sessions is an object that runs the tool.
- Memory is how much the resident memory of a workerd of its own grows, once its objects have been
  let go for being idle, which a stream does not prevent. The connections are part of it.
- A bound is held when the upper quartile is within it, in each run.
`
}
