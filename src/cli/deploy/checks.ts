/** Whether what is about to be uploaded is fit to be deployed; everything here works offline. @module */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { readConfig as readSettings } from '../../config.ts'
import { databaseBinding, databaseBlock } from '../../store/module-name.ts'
import { gzipBytes, type WorkerModule } from '../build-worker.ts'
import { CliError } from '../cli-error.ts'
import { deprecatedFeatures } from '../modules/deprecated-features.ts'
import { listedModules, MODULE_LIST } from '../modules/module-list.ts'
import { writeNewestMigrations } from '../newest-migrations.ts'
import { preparePlatform, rehearsePlatform } from '../platform-process.ts'
import { defaultConfigPath, projectRoot } from '../project.ts'
import { readRawConfig } from '../read-config.ts'

/** A Worker above this starts noticeably later on a cold isolate. In KB of 1,000 bytes. */
const MAX_WORKER_KB = 300

const Vars = z.record(z.string(), z.unknown()).default({})
const Databases = z.array(z.object({ binding: z.string() }))
const Written = z.object({
  vars: Vars,
  d1_databases: Databases.default([]),
  env: z
    .record(z.string(), z.object({ vars: Vars, d1_databases: Databases.optional() }))
    .default({}),
})

/**
 * Looks at the configuration of every environment, builds the Worker as it will be uploaded, and
 * starts it here. Prints its size, and what its modules use that will not be there for ever.
 *
 * @throws {CliError} on the first thing that is not fit to be deployed.
 */
export async function checkDeployment(configPath: string): Promise<void> {
  const written = Written.parse(readRawConfig(configPath))
  assertNotLocal(configPath, written)
  assertSettings(configPath, written)
  if (configPath === defaultConfigPath) await assertDatabases(written)
  await writeNewestMigrations(configPath)
  for (const warning of await deprecatedFeatures()) console.warn(warning)

  const stateDir = await mkdtemp(join(tmpdir(), 'quayside-check-'))
  try {
    // As deployed: what a local copy may do is of no interest here.
    const vars = { QUAYSIDE_LOCAL: null }
    const options = { configPath, stateDir, ports: [0], hosts: ['127.0.0.1'], vars }
    const prepared = await preparePlatform(options)
    assertSize(prepared.modules)
    await rehearsePlatform(prepared, options)
  } finally {
    await rm(stateDir, { recursive: true, force: true })
  }
}

/**
 * QUAYSIDE_LOCAL opens what only a developer's machine may do. It is looked for in every
 * environment of the file, not only in the one being deployed: the next deployment may name another.
 */
function assertNotLocal(configPath: string, { vars, env }: z.output<typeof Written>): void {
  const places: [string, object][] = [
    ['vars', vars],
    ...Object.entries(env).map(([name, it]): [string, object] => [`env.${name}.vars`, it.vars]),
  ]
  const place = places.find(([, it]) => 'QUAYSIDE_LOCAL' in it)?.[0]
  if (place) {
    throw new CliError(
      `${configPath} sets QUAYSIDE_LOCAL in [${place}]. Remove it: it opens what only a ` +
        'developer’s own machine may do, and `npm start` sets it by itself.',
    )
  }
}

/** A setting that makes no sense would stop the deployed copy, which only its clients would hear of. */
function assertSettings(configPath: string, { vars, env }: z.output<typeof Written>): void {
  for (const settings of [vars, ...Object.values(env).map((it) => it.vars)]) {
    try {
      readSettings(settings)
    } catch (error) {
      if ((error as Error).name !== 'ConfigError') throw error
      throw new CliError(`${configPath}: ${(error as Error).message}`, { cause: error })
    }
  }
}

/** A module that has migrations has a database, in every environment that has any. */
async function assertDatabases({ d1_databases, env }: z.output<typeof Written>): Promise<void> {
  const places: [string | undefined, z.output<typeof Databases>][] = [
    [undefined, d1_databases],
    ...Object.entries(env).flatMap(([name, it]): [string, z.output<typeof Databases>][] =>
      it.d1_databases ? [[name, it.d1_databases]] : [],
    ),
  ]
  const list = await readFile(join(projectRoot, MODULE_LIST), 'utf8')
  for (const module of listedModules(list)) {
    if (!existsSync(join(projectRoot, `servers/${module}/migrations`))) continue
    for (const [environment, databases] of places) {
      const binding = databaseBinding(module)
      if (databases.some((it) => it.binding === binding)) continue
      throw new CliError(
        `servers/${module} has migrations, but the binding ${binding} does not exist` +
          `${environment ? ` in the environment ${environment}` : ''}. ` +
          `Add to wrangler.toml:\n${databaseBlock(module, environment)}`,
      )
    }
  }
}

function assertSize(modules: readonly WorkerModule[]): void {
  const kilobytes = Math.ceil(gzipBytes(modules) / 1000)
  console.log(`Worker: ${kilobytes} KB gzip`)
  if (kilobytes > MAX_WORKER_KB) {
    throw new CliError(
      `The Worker is too large: ${kilobytes} KB gzip, and ${MAX_WORKER_KB} KB is the limit. ` +
        'Look for a dependency that a tool module does not need.',
    )
  }
}
