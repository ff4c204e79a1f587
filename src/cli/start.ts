/** `npm start`: the whole platform on this machine, with nothing else installed. @module */
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { faultIn } from './call-failure.ts'
import { CliError } from './cli-error.ts'
import { connectHelp, ModuleList, type ModuleSummary } from './connect-help.ts'
import { localSetupVars } from './local-setup-code.ts'
import { applyMigrations } from './migrate.ts'
import { deprecatedFeatures } from './modules/deprecated-features.ts'
import { writeNewestMigrations } from './newest-migrations.ts'
import type { LogLine } from './platform-process.ts'
import { assertPortFree, loopbackHosts, parsePort } from './ports.ts'
import { defaultConfigPath, localStateDir, projectRoot } from './project.ts'
import { type Reload, type ReloadingPlatform, serveReloading } from './reload.ts'
import { lockState } from './state-lock.ts'
import { changesIn } from './watch-sources.ts'

const DEFAULT_PORT = '8484'
const ANSWER_DEADLINE_MS = 15_000
const STOP_DEADLINE_MS = 10_000
/** Out of watches or of open files, or a system that has none. */
const CANNOT_WATCH = ['ENOSPC', 'EMFILE', 'ENOSYS']

/** Serves until SIGINT or SIGTERM, then resolves with workerd gone. @throws {CliError} */
export async function run(args: string[]): Promise<void> {
  const { port, configPath, verbose } = parseStartArgs(args)
  const stateDir = localStateDir()
  const hosts = loopbackHosts()
  const stopped = stopSignal()

  await assertPortFree(port, hosts)
  await using _ = await lockState(stateDir)
  let platform: ReloadingPlatform | undefined
  try {
    progress('Applying D1 migrations …')
    await applyMigrations({ configPath, stateDir, signal: stopped })
    await writeNewestMigrations(configPath)
    const warn = warnings()
    await warn()
    progress('Building the Worker …')
    platform = await serveReloading({
      configPath,
      stateDir,
      ports: [port],
      hosts,
      devVars: true,
      vars: await localSetupVars(stateDir),
      onLog: logPrinter(verbose),
      signal: stopped,
    })
    const origin = `http://localhost:${port}`
    progress('Waiting for its first answer …')
    const modules = await listModules(origin, stopped)
    print(`\nQuayside is running at ${origin}\n`)
    print(connectHelp(origin, modules))
    print(`Data is kept in ${stateDir}. Changes are served as you save. Press Ctrl-C to stop.`)
    await keepUpToDate(platform, { origin, modules, stopped, warn })
  } catch (error) {
    if (!stopped.aborted) throw error // a stop during start-up makes whatever ran fail
  } finally {
    await platform?.stop()
  }
  print('Stopped.')
}

/** Reloads after every change, until the signal. */
async function keepUpToDate(
  platform: ReloadingPlatform,
  { origin, modules, stopped, warn }: Served,
): Promise<void> {
  let last: Reload['outcome'] = 'reloaded'
  const known = new Set(modules.map(({ name }) => name))
  try {
    for await (const _ of changesIn(platform.places(), stopped)) {
      const reload = await platform.reload()
      if (!reload) continue
      if (reload.outcome === 'unchanged') {
        if (last === 'kept') print('\nWhat runs is what the sources say again.')
      } else if (reload.outcome === 'kept') {
        process.stderr.write(`\n${reload.problem}\n`)
        print('The version from before keeps running. Mend it and save.')
      } else {
        const seconds = (reload.milliseconds / 1000).toFixed(1)
        print(`\nReloaded in ${seconds} s: ${fewOf(reload.changed)}`)
        await warn()
        await announceNew(known, origin, stopped)
      }
      if (reload.outcome !== 'kept' && reload.waiting.length > 0) {
        print(`To be applied when you start again: ${fewOf(reload.waiting)}`)
      }
      last = reload.outcome
    }
  } catch (error) {
    if (!CANNOT_WATCH.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    process.stderr.write(
      `Changes are not noticed here (${(error as Error).message}). Restart to see them.\n`,
    )
    await aborted(stopped)
  }
}

/** What can be connected to since the last time. */
async function announceNew(known: Set<string>, origin: string, stopped: AbortSignal) {
  try {
    const news = (await listModules(origin, stopped)).filter(({ name }) => !known.has(name))
    for (const { name } of news) known.add(name)
    if (news.length > 0) print(`\n${connectHelp(origin, news)}`)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    process.stderr.write(`${error.message}\n`)
  }
}

interface Served {
  origin: string
  modules: ModuleSummary[]
  stopped: AbortSignal
  warn(): Promise<void>
}

/** Says what modules use that will not be there for ever, each thing once. */
function warnings(): () => Promise<void> {
  let said: string[] = []
  return async () => {
    const found = await deprecatedFeatures()
    for (const warning of found) if (!said.includes(warning)) process.stderr.write(`${warning}\n`)
    said = found
  }
}

function fewOf(paths: string[]): string {
  const names = paths.map((path) => relative(projectRoot, path))
  return names.length > 4
    ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
    : names.join(', ')
}

function parseStartArgs(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string' },
        config: { type: 'string', default: defaultConfigPath },
        verbose: { type: 'boolean', default: false },
      },
    })
    const port =
      values.port === undefined
        ? parsePort(process.env.PORT || DEFAULT_PORT, 'PORT')
        : parsePort(values.port, '--port')
    return { port, configPath: resolve(values.config), verbose: values.verbose }
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError(
      `${(error as Error).message}\nUsage: npm start -- [--port N] [--verbose] [--config FILE]`,
      { cause: error },
    )
  }
}

async function listModules(origin: string, stopped: AbortSignal): Promise<ModuleSummary[]> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(ANSWER_DEADLINE_MS)])
  const url = `${origin}/modules.json`
  try {
    const response = await fetch(url, { signal })
    if (!response.ok) throw new Error(`it answered ${response.status}`)
    return ModuleList.parse(await response.json()).modules
  } catch (error) {
    throw new CliError(
      `The Worker started, but ${url} does not list its modules: ${(error as Error).message}. ` +
        'Run `npm start -- --verbose` to see what the Worker logs.',
      { cause: error },
    )
  }
}

/** Aborted by the first SIGINT, SIGTERM or SIGHUP; Ctrl-C under npm arrives twice. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) return
    controller.abort()
    // Only when something hangs: Miniflare's exit hook still takes workerd along.
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  return controller.signal
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

/** The Worker logs a line per call; only trouble is shown unless asked for, a module's in a sentence. */
function logPrinter(verbose: boolean) {
  return ({ level, message }: LogLine) => {
    const isShown = verbose || level === 'error' || level === 'warn'
    const words = isShown ? message : faultIn(message)
    if (words !== undefined) process.stderr.write(`${words}\n`)
  }
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
