/**
 * Bundles the Worker the way a deployment does (`wrangler deploy --dry-run`), so that what runs
 * locally and in the tests is what would be uploaded.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, extname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildCacheDir, projectRoot } from './project.ts'
import { runWrangler } from './run-wrangler.ts'

export interface WorkerModule {
  path: string
  type: 'ESModule' | 'CompiledWasm' | 'Text' | 'Data'
  contents: Uint8Array
}

export interface BuildWorkerOptions {
  configPath: string
  /** The file to build instead of the configuration's `main`. */
  entry?: string
  signal?: AbortSignal
}

const MODULE_TYPES: Record<string, WorkerModule['type']> = {
  '.js': 'ESModule',
  '.mjs': 'ESModule',
  '.wasm': 'CompiledWasm',
  '.bin': 'Data',
  '.txt': 'Text',
  '.html': 'Text',
  '.sql': 'Text',
}

const KEEP_BUILDS_MS = 24 * 3600 * 1000

/** Bundles into `outDir` and returns the modules of the bundle, the main one first. */
export async function bundleWorker(
  outDir: string,
  { configPath, entry, signal }: BuildWorkerOptions,
): Promise<WorkerModule[]> {
  await runWrangler(
    ['deploy', ...(entry ? [entry] : []), '--dry-run', '--outdir', outDir, '--config', configPath],
    { purpose: 'build the Worker', ...(signal && { signal }) },
  )
  return readBundle(outDir)
}

/**
 * The modules of the Worker, built only when something it is made of has changed since a build of
 * any process: start-up stays quick and ten test files do not pay for ten builds.
 */
export async function buildWorker(options: BuildWorkerOptions): Promise<WorkerModule[]> {
  const sources = await hashSources(options)
  const cached = join(buildCacheDir, sources)
  const modules = await readBundle(cached).catch(ignoreMissing)
  if (modules) return modules

  await mkdir(buildCacheDir, { recursive: true })
  await removeOldBuilds()
  const scratch = `${cached}.${randomUUID()}`
  try {
    const built = await bundleWorker(scratch, options)
    // A file saved while wrangler was reading may be in this build, old or new: do not keep it.
    if ((await hashSources(options)) === sources) {
      // A rename is atomic: another process sees the whole build or none. When two build the same
      // sources at once, the loser's rename fails and both have the same bytes.
      await rename(scratch, cached).catch(ignoreTaken)
    }
    return built
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Size of the modules as uploaded, compressed, in bytes. */
export function gzipBytes(modules: readonly WorkerModule[]): number {
  return modules.reduce((sum, { contents }) => sum + gzipSync(contents).byteLength, 0)
}

async function readBundle(directory: string): Promise<WorkerModule[]> {
  const modules: WorkerModule[] = []
  for (const path of await filesUnder(directory)) {
    const name = relative(directory, path)
    const type = MODULE_TYPES[extname(path)]
    // Beside the modules wrangler leaves a source map and a README.
    if (type) modules.push({ path: name, type, contents: await readFile(path) })
  }
  // wrangler names the main module after the entry and hashes into the names of all others, which
  // it never writes as JavaScript: every import of a script is bundled.
  return modules.sort((a, b) => Number(b.type === 'ESModule') - Number(a.type === 'ESModule'))
}

/** A digest of everything that can change the bundle. */
async function hashSources(options: BuildWorkerOptions): Promise<string> {
  // By their place in the project: a copy of it makes the same Worker.
  const placeOf = (path: string) => relative(projectRoot, path)
  const hash = createHash('sha256').update(placeOf(options.entry ?? ''))
  for (const [path, digest] of await sourceDigests(options)) {
    hash.update(`\n${placeOf(path)}\n${digest}`)
  }
  return hash.digest('hex').slice(0, 32)
}

/** Folders whose files can all change the bundle; there are single files beside them. */
export const sourceFolders = ({ entry }: BuildWorkerOptions): string[] => [
  ...new Set([
    join(projectRoot, 'src'),
    join(projectRoot, 'servers'),
    ...(entry ? [dirname(entry)] : []),
  ]),
]

/** Each file that can change the bundle with a digest of what is in it, sorted by path. */
export async function sourceDigests(options: BuildWorkerOptions): Promise<Map<string, string>> {
  const files = (await Promise.all(sourceFolders(options).map(filesUnder))).flat()
  files.push(options.configPath)
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json']) {
    files.push(join(projectRoot, name))
  }
  const digests = new Map<string, string>()
  for (const path of [...new Set(files)].sort()) {
    if (path.startsWith(import.meta.dirname)) continue // the commands are no part of the Worker
    const contents = await readFile(path).catch(ignoreMissing) // removed since it was listed
    if (contents) digests.set(path, createHash('sha256').update(contents).digest('hex'))
  }
  return digests
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

async function removeOldBuilds(): Promise<void> {
  for (const name of await readdir(buildCacheDir)) {
    const path = join(buildCacheDir, name)
    // Another process may have removed it in between.
    const age = Date.now() - ((await stat(path).catch(ignoreMissing))?.mtimeMs ?? Date.now())
    if (age > KEEP_BUILDS_MS) await rm(path, { recursive: true, force: true })
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function ignoreTaken(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
}
