/**
 * A Worker in a workerd of its own, with nothing of Miniflare or wrangler in front of it.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { unstable_readConfig as readConfig } from 'wrangler'
import { defaultConfigPath, projectRoot } from '../../src/cli/project.ts'
import { runWrangler } from '../../src/cli/run-wrangler.ts'

export interface WorkerProcess {
  port: number
  pid: number
  stop(): Promise<void>
}

export interface StartWorkerOptions {
  name: string
  /** The TypeScript file to bundle. */
  entry: string
  /** An existing folder for the bundle, the configuration and the data of objects. */
  directory: string
  /** Durable Object classes to bind: binding name to class name. */
  objects: Record<string, string>
  /** Names of queue producers to bind; what is sent is taken and forgotten. */
  queues?: readonly string[]
  /** Networks that it may reach, in workerd's words; `public` alone unless given, as deployed. */
  networks?: readonly string[]
}

// The one that wrangler brings, which is the one that deployed copies are tested with.
const wranglerPath = createRequire(import.meta.url).resolve('wrangler/package.json')
const requireOfWrangler = createRequire(wranglerPath)
const { default: workerdBin }: { default: string } = requireOfWrangler('workerd')
export const { version: workerdVersion }: { version: string } =
  requireOfWrangler('workerd/package.json')

/** Answers as a queue does that has taken a message; a body nobody reads would hold up its sender. */
const QUEUE_SINK = `export default {
  async fetch(request) {
    await request.arrayBuffer()
    const metrics = { backlogCount: 0, backlogBytes: 0, oldestMessageTimestamp: 0 }
    return Response.json({ metadata: { metrics } })
  },
}`
/** A bare workerd has no e-mail, which some packages import without using it. */
const NO_EMAIL = 'export default { EmailMessage: class EmailMessage {} }'
const START_DEADLINE_MS = 10_000

/** Bundles a Worker, minified, and serves it on a free loopback port until `stop()`. */
export async function startWorker(options: StartWorkerOptions): Promise<WorkerProcess> {
  const configPath = await bundle(options)
  const child = spawn(workerdBin, ['serve', '--control-fd=3', configPath], {
    // Production has no stdout. What a Worker logs is formatted and goes to /dev/null.
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const killAtExit = () => child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const exited = once(child, 'exit')
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000)
  })
  const stop = async () => {
    child.kill('SIGKILL') // it keeps nothing that is worth an orderly end
    await exited
    process.off('exit', killAtExit)
  }
  const ended = exited.then(() => {
    throw new Error(`workerd ended before it listened:\n${errors}`)
  })
  try {
    const control = child.stdio[3] as Readable // opened as a pipe above
    const port = await Promise.race([listeningPort(control), ended])
    return { port, pid: child.pid ?? 0, stop } // it has one: it listens
  } catch (error) {
    await stop()
    throw error
  }
}

/** Every target is built with the settings of the real Worker. Returns the path of the config. */
async function bundle({
  name,
  entry,
  directory,
  objects,
  queues = [],
  networks = ['public'],
}: StartWorkerOptions): Promise<string> {
  const deployed = readConfig({ config: defaultConfigPath })
  const { compatibility_date, compatibility_flags, keep_names } = deployed
  const aliases: Record<string, string> = deployed.alias ?? {}
  const alias = Object.fromEntries(
    Object.entries(aliases).map(([from, to]) => [from, resolve(projectRoot, to)]),
  )
  const wranglerConfig = join(directory, 'wrangler.json')
  const settings = { name, main: entry, compatibility_date, compatibility_flags, keep_names, alias }
  await writeFile(wranglerConfig, JSON.stringify(settings))
  const outDir = ['--outdir', directory, '--config', wranglerConfig]
  await runWrangler(['deploy', '--dry-run', '--minify', ...outDir], { purpose: `build ${name}` })

  const bindings = Object.entries(objects).map(
    ([binding, className]) =>
      `(name = "${binding}", durableObjectNamespace = (className = "${className}"))`,
  )
  bindings.push(...queues.map((queue) => `(name = "${queue}", queue = "sink")`))
  const namespaces = Object.values(objects).map(
    (className) => `(className = "${className}", uniqueKey = "${className}", enableSql = true)`,
  )
  const flags = compatibility_flags.map((flag: string) => `"${flag}"`)
  const objectsDir = join(directory, 'objects')
  await mkdir(objectsDir)
  await writeFile(join(directory, 'sink.js'), QUEUE_SINK)
  await writeFile(join(directory, 'no-email.js'), NO_EMAIL)
  const configPath = join(directory, 'config.capnp')
  await writeFile(
    configPath,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "sink", worker = .sink),
    (name = "internet", network = (allow = [${networks.map((it) => `"${it}"`).join(', ')}])),
    (name = "objects", disk = (path = "${objectsDir}", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  extensions = [.extension],
);
const extension :Workerd.Extension = (
  modules = [
    (name = "cloudflare-internal:email", esModule = embed "no-email.js", internal = true),
  ],
);
const sink :Workerd.Worker = (
  modules = [(name = "sink.js", esModule = embed "sink.js")],
  compatibilityDate = "${compatibility_date}",
);
const worker :Workerd.Worker = (
  modules = [(name = "${name}.js", esModule = embed "${name}.js")],
  compatibilityDate = "${compatibility_date}",
  compatibilityFlags = [${flags.join(', ')}],
  bindings = [${bindings.join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "objects"),
);
`,
  )
  return configPath
}

async function listeningPort(control: Readable): Promise<number> {
  const lines = createInterface({ input: control })
  const [line] = await once(lines, 'line', { signal: AbortSignal.timeout(START_DEADLINE_MS) })
  const { port }: { port: number } = JSON.parse(line)
  return port
}
