/** What `npm start` does when a source changes: the next version, or the last one that worked. @module */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { MiniflareCoreError } from 'miniflare'
import { type BuildWorkerOptions, sourceDigests, sourceFolders } from './build-worker.ts'
import { CliError } from './cli-error.ts'
import { isContentMigration } from './content-migrations.ts'
import { applyMigrations } from './migrate.ts'
import { writeNewestMigrations } from './newest-migrations.ts'
import {
  buildOptions,
  type PreparedPlatform,
  preparePlatform,
  type RunningPlatform,
  type RunPlatformOptions,
  rehearsePlatform,
  servePlatform,
} from './platform-process.ts'
import { projectRoot } from './project.ts'
import { readConfig } from './read-config.ts'
import type { WatchedPlaces } from './watch-sources.ts'

/** What became of a change. */
export type Reload =
  /** The Worker that runs is what the sources make: for a comment, say, or a change taken back. */
  | { outcome: 'unchanged'; waiting: string[] }
  | { outcome: 'reloaded'; changed: string[]; waiting: string[]; milliseconds: number }
  /** The version from before runs on. */
  | { outcome: 'kept'; problem: string }

export interface ReloadingPlatform {
  /** Serves what has changed since the last time, if it is fit to be served; undefined if nothing has. */
  reload(): Promise<Reload | undefined>
  /** Where changes come from. */
  places(): WatchedPlaces
  stop(): Promise<void>
}

/**
 * Serves the platform so that it can be replaced by what the sources have become. State stays: the
 * next Worker starts on the same data, on the same port, once the last one has ended, because two
 * on one state folder would each write over what the other stored. It is started elsewhere first,
 * so that one that would not start never takes the place of one that runs.
 *
 * A database that is new gets its tables. Migrations that come to one that is there wait for the
 * next start (`waiting`): each runs once, and what was saved first may be half of it.
 *
 * @throws {CliError} when the first version does not start.
 */
export async function serveReloading(options: RunPlatformOptions): Promise<ReloadingPlatform> {
  let layout = readLayout(options)
  let sources = await readSources(layout)
  let current = await preparePlatform(options)
  let running: RunningPlatform = await servePlatform(current, options)
  /** Bindings whose databases have been brought up to date. */
  let migrated = new Set(layout.databases.keys())

  /** In the place of the running one; when it does not start there, that one is started again. */
  const replace = async (next: PreparedPlatform) => {
    const bindings = [...layout.databases.keys()]
    const only = bindings.filter((binding) => !migrated.has(binding))
    await running.stop()
    try {
      if (only.length > 0) await applyMigrations({ ...options, only })
      running = await servePlatform(next, options)
      current = next
      migrated = new Set(bindings)
    } catch (error) {
      if (!options.signal?.aborted) running = await servePlatform(current, options)
      throw error
    }
  }

  return {
    places: () => ({
      trees: [...sourceFolders(layout.build), ...layout.databases.values()],
      folders: [projectRoot, dirname(resolve(options.configPath))],
    }),
    stop: () => running.stop(),
    async reload() {
      const startedAt = Date.now()
      // One that cannot be read is a change like any other, and its error is told below.
      layout = attempt(() => readLayout(options)) ?? layout
      await writeNewestMigrations(options.configPath).catch(ignoreCliError)
      const latest = await readSources(layout)
      const changed = differences(sources, latest)
      sources = latest
      if (changed.length === 0) return undefined
      try {
        const next = await preparePlatform(options)
        const waiting = changed.filter(
          (path) =>
            latest.has(path) &&
            [...migrated].some((binding) => layout.databases.get(binding) === dirname(path)),
        )
        if (fingerprint(next) === fingerprint(current)) return { outcome: 'unchanged', waiting }
        await rehearsePlatform(next, options)
        await replace(next)
        return { outcome: 'reloaded', changed, waiting, milliseconds: Date.now() - startedAt }
      } catch (error) {
        if (!(error instanceof CliError || error instanceof MiniflareCoreError)) throw error
        return { outcome: 'kept', problem: error.message }
      }
    },
  }
}

/** Where the configuration says things are. */
interface Layout {
  build: BuildWorkerOptions
  /** The folder of the migrations of each database, by binding. */
  databases: Map<string, string>
}

/** @throws {CliError} when the configuration cannot be read. */
function readLayout(options: RunPlatformOptions): Layout {
  const { d1_databases: databases, main } = readConfig(options.configPath)
  return {
    build: buildOptions(options, main),
    databases: new Map(
      databases.map(({ binding, migrations_dir: folder = 'migrations' }) => [
        binding,
        resolve(dirname(options.configPath), folder),
      ]),
    ),
  }
}

/**
 * Everything that makes a difference, each file with a digest of what is in it. Content migrations
 * make none: commands write them, the Worker serves without them, and the next start applies them.
 */
async function readSources({ build, databases }: Layout): Promise<Map<string, string>> {
  const digests = await sourceDigests(build)
  const paths = [join(dirname(build.configPath), '.dev.vars')]
  for (const folder of databases.values()) {
    const names = (await readdir(folder).catch(ignoreMissing)) ?? []
    paths.push(...names.map((name) => join(folder, name)))
  }
  for (const path of paths) digests.set(path, await digestOf(path))
  for (const path of digests.keys()) if (isContentMigration(basename(path))) digests.delete(path)
  return digests
}

async function digestOf(path: string): Promise<string> {
  const contents = await readFile(path).catch(ignoreMissing)
  return contents ? createHash('sha256').update(contents).digest('hex') : ''
}

/** Paths that are in one and not in the other, or differ. */
const differences = (before: Map<string, string>, after: Map<string, string>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort()

/** Equal for platforms that behave alike. */
function fingerprint({ workers }: PreparedPlatform): string {
  const hash = createHash('sha256')
  const json = JSON.stringify(workers, (_, value: unknown) =>
    value instanceof Uint8Array ? createHash('sha256').update(value).digest('hex') : value,
  )
  return hash.update(json).digest('hex')
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    return ignoreCliError(error)
  }
}

function ignoreCliError(error: unknown): undefined {
  if (!(error instanceof CliError)) throw error
}
