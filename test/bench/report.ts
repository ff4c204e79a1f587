/**
 * The figures as text: for the terminal, and for `RESULTS.md`.
 *
 * @module
 */
import { cpus, totalmem } from 'node:os'
import { BOUNDS, PEERS } from './bounds.ts'
import type { Target } from './cases.ts'
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

const LABELS: Record<Target, string> = {
  echo: 'plain Worker',
  object: 'plain Worker',
  quayside: 'Quayside',
  sdk: 'createMcpHandler',
  'agents-handler': 'createMcpHandler, agents',
  agent: 'McpAgent',
}

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
  // Only the first run has all of them.
  const all = (runs[0] ?? []).map(({ case: it }) => {
    const series = runs.flat().filter((one) => one.case === it)
    return {
      case: it,
      microseconds: series.flatMap(({ microseconds }) => microseconds),
      own: series.flatMap((one) => one.yardstick ?? []),
    }
  })
  const yardstick = timesOf('plain JSON echo', all)
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cores: cpus().length,
      cpu: cpus()[0]?.model ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    runtime: { node: process.versions.node, workerd: workerdVersion },
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    options,
    cases: all.map(({ case: { target, name }, microseconds, own }) => ({
      target,
      // A table must not have figures of two loads that look alike.
      name: own.length > 0 ? `${name} (bare loop)` : name,
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

/** What the figures of one kind of load stand under in `RESULTS.md`. */
export const headingOf = ({ load }: MeasureOptions): string =>
  load === 'bare' ? 'Requests, from a bare loop' : 'Requests, from autocannon'

/** What stands under it. */
export function sectionOf(figures: Figures): string {
  const { date, machine, runtime, command, options } = figures
  const { load, rounds, seconds, requests, warmUp } = options
  const each = load === 'bare' ? `${requests} requests` : `${seconds} s`
  return `${date}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB; node ${runtime.node}, workerd ${runtime.workerd};
\`${command}\`: ${rounds} rounds of ${each} to each target, after ${warmUp} requests that are not counted.

${tablesOf(figures)}`
}
