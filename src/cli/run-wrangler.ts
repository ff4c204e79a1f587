import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { CliError } from './cli-error.ts'
import { projectRoot } from './project.ts'

const wranglerBin = join(
  dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
  'bin/wrangler.js',
)

export interface RunWranglerOptions {
  /** Completes "Could not …" when wrangler fails. */
  purpose: string
  /** Lets wrangler talk to the terminal, questions included; otherwise its output is returned. */
  interactive?: boolean
  /** Given to wrangler on its standard input, where no list of processes shows it. */
  input?: string
  env?: Record<string, string>
  signal?: AbortSignal
}

/**
 * Runs wrangler to its end and returns what it printed (nothing when `interactive`).
 *
 * @throws {CliError} with wrangler's own words when it exits with an error.
 */
export async function runWrangler(args: string[], options: RunWranglerOptions): Promise<string> {
  const child = spawn(process.execPath, [wranglerBin, ...args], {
    cwd: projectRoot,
    stdio: options.interactive
      ? 'inherit'
      : [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    signal: options.signal,
    env: {
      ...process.env,
      // Local commands work without a network: nothing here may wait for one.
      WRANGLER_SEND_METRICS: process.env.WRANGLER_SEND_METRICS ?? 'false',
      // `[build]` in wrangler.toml is for those who call wrangler themselves.
      QUAYSIDE_CHECKED: '1',
      ...(options.interactive ? {} : { CI: 'true', NO_COLOR: '1', FORCE_COLOR: '0' }),
      ...options.env,
    },
  })
  // wrangler may end before it reads: why is in its output.
  child.stdin?.on('error', () => undefined).end(options.input)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) {
    throw new CliError(
      [`Could not ${options.purpose}.`, wordsOf(output)].filter(Boolean).join('\n'),
    )
  }
  return output
}

/** What wrangler says, without its colours, its banner, its stacks and where it keeps its own log. */
const wordsOf = (output: string): string =>
  stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => !/^\s*(?:⛅️ wrangler |─+$|🪵 |at .+:\d+:\d+\)*$)/u.test(line))
    .join('\n')
    .replace(/\n\s*\n(?:\s*\n)+/g, '\n\n')
    .trim()
