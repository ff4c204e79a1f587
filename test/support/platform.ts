/**
 * The built Worker as a process of its own, for tests that kill, restart, measure or browse it. It
 * runs through the same code as `npm start`, on real bindings and workerd's own sockets.
 *
 * Every platform is a process group: `kill()` ends all of it by its id, and no workerd is left over
 * when a test fails, times out or its process dies.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogLine } from '../../src/cli/platform-process.ts'
import { defaultConfigPath, projectRoot } from '../../src/cli/project.ts'
import { migrateState } from './migrated-state.ts'
import type { ChildMessage, ChildOptions, ParentMessage } from './platform-child.ts'
import { groupGone, type ProcessEntry, processesInGroup, signalGroup } from './processes.ts'

export interface PlatformOptions {
  /** Local data, kept afterwards. By default a temporary folder that `stop()` removes. */
  stateDir?: string
  /** 0, the default, is a free port; a restart keeps it. */
  port?: number
  /** The Worker's main file instead of the one `configPath` names. */
  entry?: string
  /** A wrangler configuration other than the project's own. */
  configPath?: string
  /** Bindings over those of the configuration; `null` takes one away (`QUAYSIDE_LOCAL: null`). */
  vars?: Record<string, string | null>
  /** Two Workers of one script on one set of objects, to stand for two isolates. */
  twoIsolates?: boolean
  /** A main file for each of as many isolates, as versions serve side by side during a deploy. */
  entries?: readonly string[]
}

export interface Platform {
  /** Such as `http://127.0.0.1:41234`; of the first isolate if there are two. */
  readonly origin: string
  /** One per isolate. */
  readonly origins: string[]
  readonly port: number
  readonly stateDir: string
  /** Leader of the process group. Changes with a restart. */
  readonly pid: number
  /** What the Worker printed since `start()`, over all restarts. */
  readonly logs: LogLine[]
  /** The live processes: the Node process that runs Miniflare, and workerd. */
  processes(): Promise<ProcessEntry[]>
  /** SIGKILL to all of it at once, as a power cut would. Resolves when nothing is left. */
  kill(): Promise<void>
  /** Again on the same state and ports; after a `kill()`, or else after an orderly end. */
  restart(): Promise<void>
  /** Ends it in order and removes what is temporary. May be called again, and after a `kill()`. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const START_DEADLINE_MS = 45_000
const STOP_DEADLINE_MS = 5_000

/**
 * Starts the platform and resolves once it accepts requests. Stop it in `afterAll`, or declare it
 * with `await using`.
 *
 * @throws {Error} with the sentences of `npm start` when the Worker refuses to start.
 */
export async function start(options: PlatformOptions = {}): Promise<Platform> {
  // Miniflare's scratch files go here too: after a SIGKILL nobody else removes them.
  const scratchDir = await mkdtemp(join(tmpdir(), 'quayside-'))
  const stateDir = options.stateDir ?? join(scratchDir, 'state')
  const configPath = options.configPath ?? defaultConfigPath
  const logs: LogLine[] = []
  const port = options.port ?? 0
  const isolates = options.entries?.length ?? (options.twoIsolates ? 2 : 1)
  let ports = [port, ...Array<number>(isolates - 1).fill(0)]

  const launch = async () => {
    await mkdir(join(scratchDir, 'tmp'), { recursive: true })
    const child = await launchChild(logs, {
      scratchDir,
      stateDir,
      configPath,
      entry: options.entry,
      entries: options.entries,
      vars: options.vars,
      hosts: ['127.0.0.1'],
      ports,
    })
    ports = child.ports
    return child
  }
  const removeScratch = () => rm(scratchDir, { recursive: true, force: true })

  let running: RunningChild
  try {
    await migrateState(configPath, stateDir)
    running = await launch()
  } catch (error) {
    await removeScratch()
    throw error
  }
  const platform: Platform = {
    get origin() {
      return originOf(running.ports[0])
    },
    get origins() {
      return running.ports.map(originOf)
    },
    get port() {
      return running.ports[0] ?? 0
    },
    get pid() {
      return running.pid
    },
    stateDir,
    logs,
    processes: () => processesInGroup(running.pid),
    kill: () => running.kill(),
    async restart() {
      await running.stop()
      running = await launch()
    },
    async stop() {
      await running.stop()
      await removeScratch()
    },
    [Symbol.asyncDispose]: () => platform.stop(),
  }
  return platform
}

interface RunningChild {
  pid: number
  ports: number[]
  kill(): Promise<void>
  stop(): Promise<void>
}

async function launchChild(logs: LogLine[], options: ChildOptions): Promise<RunningChild> {
  const { scratchDir } = options
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'test/support/platform-child.ts')],
    // Detached: the leader of a process group of its own, which workerd joins.
    {
      cwd: projectRoot,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, TMPDIR: join(scratchDir, 'tmp') },
    },
  )
  const { pid } = child
  if (pid === undefined) throw new Error('could not start the platform process')
  const exited = once(child, 'exit')
  const killAtExit = () => {
    signalGroup(pid, 'SIGKILL')
    rmSync(scratchDir, { recursive: true, force: true })
  }
  process.once('exit', killAtExit)

  const kill = async () => {
    signalGroup(pid, 'SIGKILL')
    await exited
    await groupGone(pid)
    process.off('exit', killAtExit)
  }
  const stop = async () => {
    if (child.connected) send(child, { type: 'stop' })
    const deadline = AbortSignal.timeout(STOP_DEADLINE_MS)
    await Promise.race([exited, once(deadline, 'abort')])
    await kill() // nothing is left of an orderly end; of one that hangs, everything is
  }
  try {
    const ports = await started(child, logs, options)
    return { pid, ports, kill, stop }
  } catch (error) {
    await kill()
    throw error
  }
}

/** Tells the child to start and waits for its ports, its refusal, its death or the deadline. */
async function started(
  child: ChildProcess,
  logs: LogLine[],
  options: ChildOptions,
): Promise<number[]> {
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the platform did not start within ${START_DEADLINE_MS} ms\n${stderr}`))
    }, START_DEADLINE_MS)
    child.on('message', (message: ChildMessage) => {
      if (message.type === 'log') {
        logs.push(message.line)
        return
      }
      clearTimeout(timer)
      if (message.type === 'started') resolve(message.ports)
      else reject(new Error(message.message))
    })
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      reject(new Error(`the platform process ended early (${signal ?? code})\n${stderr}`))
    })
    send(child, { type: 'start', options })
  })
}

function send(child: ChildProcess, message: ParentMessage): void {
  // A child that is already gone shows in its exit, which every caller waits for.
  child.send(message, () => {})
}

function originOf(port: number | undefined): string {
  return `http://127.0.0.1:${port}`
}
