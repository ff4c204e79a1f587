/**
 * The one way to run the built Worker on this machine, shared by `npm start` and the tests:
 * Miniflare for the bindings, workerd's own sockets for HTTP. Without Miniflare's dev proxy in front
 * the Worker sees the real Host header and real disconnects, and costs what it costs.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  convertV4MiniflareOptions,
  Miniflare,
  MiniflareCoreError,
  type V4DurableObject,
  type V4WorkerOptions,
  type V4WorkerOptionsShape,
} from 'miniflare'
import { unstable_getMiniflareWorkerOptions as getWorkerOptions } from 'wrangler'
import { type BuildWorkerOptions, buildWorker, type WorkerModule } from './build-worker.ts'
import { portTaken } from './ports.ts'
import { projectRoot } from './project.ts'
import { readConfig } from './read-config.ts'
import { startUpRefusal } from './start-up-refusal.ts'

export interface LogLine {
  /** `debug`, `log`, `info`, `warn` or `error`. */
  level: string
  message: string
}

export interface RunPlatformOptions {
  configPath: string
  /** The file to run instead of the configuration's `main`. */
  entry?: string | undefined
  /** A file of its own for each isolate: versions that serve side by side while a deploy is under way. */
  entries?: readonly string[] | undefined
  /** D1, Durable Objects and all other local data. */
  stateDir: string
  /** One port per isolate; 0 is a free one. */
  ports: number[]
  /** Addresses to listen on, all of which this machine must have; with port 0, only one. */
  hosts: string[]
  /** Plain-text bindings over those of the configuration; `null` takes one away. */
  vars?: Record<string, string | null> | undefined
  /** Whether the developer's own `.dev.vars` count. Tests leave them out. */
  devVars?: boolean
  onLog?: (line: LogLine) => void
  signal?: AbortSignal
}

/** A Worker that is built and configured, and has not run yet. */
export interface PreparedPlatform {
  readonly modules: readonly WorkerModule[]
  /** One per isolate, each with these modules unless it has an entry of its own. */
  readonly workers: readonly V4WorkerOptions[]
}

export interface RunningPlatform {
  /** One per isolate. */
  ports: number[]
  /** Ends workerd. Whatever the Worker has answered is on disk by then. May be called again. */
  stop: () => Promise<void>
}

/**
 * Builds the Worker and serves it until `stop()`. With more than one port the same script runs as
 * that many Workers on the first one's Durable Objects: they share what isolates of one deployment
 * share, and nothing else.
 *
 * @throws {CliError} when the Worker does not start, with the registry's sentences if it was the
 *   registry that refused, and when a port is taken.
 */
export async function runPlatform(options: RunPlatformOptions): Promise<RunningPlatform> {
  return servePlatform(await preparePlatform(options), options)
}

/** Reads the configuration and builds the Worker; nothing is started. @throws {CliError} */
export async function preparePlatform(options: RunPlatformOptions): Promise<PreparedPlatform> {
  const config = readConfig(options.configPath)
  const { entries = [options.entry] } = options
  const builds = new Map<string | undefined, WorkerModule[]>()
  for (const entry of new Set(entries)) {
    builds.set(entry, await buildWorker(buildOptions({ ...options, entry }, config.main)))
  }
  const modulesOf = (index: number) => builds.get(entries[index] ?? entries[0]) ?? []
  return {
    modules: modulesOf(0),
    workers: workersFor(options, config.name ?? 'worker', config.vars, modulesOf),
  }
}

/** What is built for these options: the configuration's `main` unless they name something else. */
export function buildOptions(
  { configPath, entry, signal }: RunPlatformOptions,
  main = readConfig(configPath).main,
): BuildWorkerOptions {
  const file = entry ?? main
  return { configPath, ...(file && { entry: resolve(file) }), ...(signal && { signal }) }
}

/**
 * Starts a prepared Worker beside whatever runs, on scratch data and a port nobody knows, and ends
 * it again: whether it would start.
 *
 * @throws {CliError} as `runPlatform` does.
 */
export async function rehearsePlatform(
  { modules, workers }: PreparedPlatform,
  { onLog: _, ...options }: RunPlatformOptions,
): Promise<void> {
  const stateDir = await mkdtemp(join(tmpdir(), 'quayside-rehearsal-'))
  try {
    const sockets = [{ host: '127.0.0.1', port: 0 }]
    const elsewhere = workers.map((worker) => ({ ...worker, unsafeDirectSockets: sockets }))
    const { stop } = await servePlatform({ modules, workers: elsewhere }, { ...options, stateDir })
    await stop()
  } finally {
    await rm(stateDir, { recursive: true, force: true })
  }
}

/** Serves a prepared Worker until `stop()`. @throws {CliError} as `runPlatform` does. */
export async function servePlatform(
  { workers }: PreparedPlatform,
  options: RunPlatformOptions,
): Promise<RunningPlatform> {
  // Held back until the Worker runs: what a failed start prints is told in our own words.
  let startUpLog: LogLine[] | undefined = []
  const miniflare = withoutSignalHandlers(
    () =>
      new Miniflare(
        convertV4MiniflareOptions({
          workers: [...workers],
          // Miniflare's own entry, with its proxy: it cannot be switched off, and nobody is told.
          host: '127.0.0.1',
          port: 0,
          cf: false, // otherwise fetched from the network
          resourcePersistencePath: join(options.stateDir, 'v3'), // as wrangler lays it out
          handleStructuredLogs: ({ level, message }) => {
            if (startUpLog) startUpLog.push({ level, message })
            else options.onLog?.({ level, message })
          },
        }),
      ),
  )
  let stopping: Promise<void> | undefined
  const stop = () => {
    // After a failed start `dispose()` cleans up and then rejects with the same error again.
    stopping ??= miniflare.dispose().catch(ignoreRuntimeErrors)
    return stopping
  }
  try {
    await miniflare.ready
    options.signal?.throwIfAborted()
    const urls = await Promise.all(
      workers.map(({ name }) => miniflare.unsafeGetDirectURL(name)), // the socket's real port
    )
    for (const line of startUpLog) options.onLog?.(line)
    return { ports: urls.map((url) => Number(url.port)), stop }
  } catch (error) {
    await stop()
    for (const { message } of startUpLog) options.onLog?.({ level: 'debug', message })
    if (error instanceof MiniflareCoreError) {
      if (error.code === 'ERR_ADDRESS_IN_USE') throw portTaken(options.ports.join(', '), error)
      if (error.code === 'ERR_RUNTIME_FAILURE') {
        throw startUpRefusal(
          startUpLog.map(({ message }) => message),
          error,
        )
      }
    }
    throw error
  } finally {
    startUpLog = undefined
  }
}

function workersFor(
  options: RunPlatformOptions,
  name: string,
  configuredVars: Record<string, unknown>,
  modulesOf: (index: number) => WorkerModule[],
): V4WorkerOptions[] {
  // The bundle is made; rules that would load more files next to it are not wanted.
  const { modulesRules: _, ...rest } = getWorkerOptions(options.configPath).workerOptions
  const shared: V4WorkerOptionsShape = rest
  const vars: Record<string, unknown> = {
    ...(options.devVars ? shared.bindings : configuredVars),
    // Allows what only a developer's machine may do. Set here and nowhere else: `npm run deploy`
    // refuses a configuration that names it.
    QUAYSIDE_LOCAL: '1',
    ...options.vars,
  }
  const bindings = Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== null))

  return options.ports.map((port, index) => ({
    ...shared,
    ...(index > 0 && secondIsolate(shared, name)),
    name: index === 0 ? name : `${name}-isolate-${index + 1}`,
    // Read from TOML or given as strings: JSON throughout.
    bindings: bindings as NonNullable<V4WorkerOptionsShape['bindings']>,
    modulesRoot: shared.rootPath ?? projectRoot,
    modules: modulesOf(index),
    unsafeDirectSockets: options.hosts.map((host) => ({ host, port })),
  }))
}

/** Points a further Worker's bindings at the objects of the first, and gives it none of its own. */
function secondIsolate(shared: V4WorkerOptionsShape, scriptName: string): V4WorkerOptionsShape {
  const onFirst = <T extends object>(bindings: Record<string, T> = {}) =>
    Object.fromEntries(
      Object.entries(bindings).map(([key, value]) => [key, { ...value, scriptName }]),
    )
  const objects: Record<string, V4DurableObject> = {}
  for (const [key, value] of Object.entries(shared.durableObjects ?? {})) {
    objects[key] = typeof value === 'string' ? { className: value } : value
  }
  return {
    durableObjects: onFirst(objects),
    workflows: onFirst(shared.workflows),
    additionalUnboundDurableObjects: [],
    workflowExports: {},
    // A message is delivered once and a cron fires once, whatever the number of isolates.
    queueConsumers: {},
    cronTriggers: [],
  }
}

/**
 * Keeps Miniflare from ending this process by itself on a signal, in the middle of our own orderly
 * stop. Its `exit` hook, which ends workerd however this process ends, stays.
 */
function withoutSignalHandlers<T>(create: () => T): T {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const before = signals.map((signal) => process.listeners(signal))
  const created = create()
  signals.forEach((signal, index) => {
    for (const listener of process.listeners(signal)) {
      if (!before[index]?.includes(listener)) process.off(signal, listener)
    }
  })
  return created
}

function ignoreRuntimeErrors(error: unknown): void {
  if (!(error instanceof MiniflareCoreError)) throw error
}
