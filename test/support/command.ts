/**
 * A command as a process group of its own, as a terminal would run it.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { projectRoot } from '../../src/cli/project.ts'
import { groupGone, type ProcessEntry, processesInGroup, signalGroup } from './processes.ts'

export interface CommandOptions {
  cwd?: string
  /** Over the environment of the test; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>
}

export interface FinishedCommand {
  /** `null` when a signal ended it. */
  code: number | null
  stdout: string
  stderr: string
}

export interface Command {
  readonly stdout: string
  readonly stderr: string
  /** Resolves when the output matches; rejects when the command ends first or takes too long. */
  printed(pattern: RegExp, deadlineMs?: number): Promise<void>
  /** Resolves when the command ends by itself. */
  readonly finished: Promise<FinishedCommand>
  processes(): Promise<ProcessEntry[]>
  /** To the whole group, as Ctrl-C in a terminal does. */
  signal(signal: NodeJS.Signals): void
  /** Ends whatever is left of it. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a command in the project's folder. Declare it with `await using`. */
export function startCommand(
  file: string,
  args: string[],
  { cwd = projectRoot, env = {} }: CommandOptions = {},
): Command {
  const child = spawn(file, args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`could not start ${file}`)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const finished = once(child, 'close').then(([code]: (number | null)[]) => ({
    code: code ?? null,
    stdout,
    stderr,
  }))
  const transcript = () => `\n--- stdout\n${stdout}\n--- stderr\n${stderr}`
  const killAtExit = () => signalGroup(pid, 'SIGKILL')
  process.once('exit', killAtExit)

  return {
    get stdout() {
      return stdout
    },
    get stderr() {
      return stderr
    },
    finished,
    processes: () => processesInGroup(pid),
    signal: (signal) => signalGroup(pid, signal),
    async printed(pattern, deadlineMs = 45_000) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const check = () => {
        if (pattern.test(stdout) || pattern.test(stderr)) resolve()
      }
      const ended = () => {
        check()
        reject(new Error(`the command ended before it printed ${pattern}${transcript()}`))
      }
      const timer = setTimeout(
        () => reject(new Error(`${pattern} not printed in ${deadlineMs} ms${transcript()}`)),
        deadlineMs,
      )
      child.stdout.on('data', check)
      child.stderr.on('data', check)
      child.once('close', ended)
      check()
      try {
        await promise
      } finally {
        clearTimeout(timer)
        child.stdout.off('data', check)
        child.stderr.off('data', check)
        child.off('close', ended)
      }
    },
    async [Symbol.asyncDispose]() {
      signalGroup(pid, 'SIGKILL')
      await finished
      await groupGone(pid)
      process.off('exit', killAtExit)
    },
  }
}

/** Runs a command to its end. */
export async function runCommand(
  file: string,
  args: string[],
  options?: CommandOptions,
): Promise<FinishedCommand> {
  await using command = startCommand(file, args, options)
  return await command.finished
}

/** One of the project's own commands, as `npm run` starts it. */
export const quayside = (args: string[], options?: CommandOptions): Command =>
  startCommand(process.execPath, ['src/cli/main.mjs', ...args], options)
