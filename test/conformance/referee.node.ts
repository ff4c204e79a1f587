/**
 * Serves the fixture and sets the official conformance suite on it.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { projectRoot } from '../../src/cli/project.ts'
import { runCommand } from '../support/command.ts'
import { start } from '../support/platform.ts'
import { temporaryFolder } from '../support/temporary.ts'
import type { Check } from './judge.ts'
import type { Suite } from './suites.ts'

export const conformanceEntry = join(import.meta.dirname, 'entry.ts')

export const REFEREE = join(
  projectRoot,
  'node_modules/@modelcontextprotocol/conformance/dist/index.js',
)

export const Checks = z.array(
  z.object({
    id: z.string(),
    status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
    errorMessage: z.string().optional(),
  }),
)

export interface ConformanceServer extends AsyncDisposable {
  /** Where the fixture answers. */
  url: string
}

/** Serves the fixture on a port of 127.0.0.1, by default a free one. */
export async function startConformance(port = 0): Promise<ConformanceServer> {
  const platform = await start({ entry: conformanceEntry, port })
  return {
    url: `${platform.origin}/conformance/mcp`,
    [Symbol.asyncDispose]: () => platform.stop(),
  }
}

/** Runs one suite against `url` and returns the checks of each scenario. */
export async function runSuite({ name, args, scenarios }: Suite, url: string) {
  await using folder = await temporaryFolder()
  const command = [REFEREE, 'server', '--url', url, ...args, '-o', folder.path]
  // Its exit code says nothing here: known gaps fail it, and warnings do not.
  const { stdout, stderr } = await runCommand(process.execPath, command)
  const checks = new Map<string, Check[]>()
  for (const entry of await readdir(folder.path)) {
    // `server-<scenario>-2026-01-31T12-00-00-000Z`
    const scenario = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(entry)?.[1]
    if (scenario !== undefined) checks.set(scenario, await readChecks(join(folder.path, entry)))
  }
  if (checks.size !== scenarios) {
    const found = `${checks.size} scenarios in place of ${scenarios}`
    throw new Error(`suite ${name} ran ${found}\n${stdout}\n${stderr}`)
  }
  return checks
}

/** None when the scenario ran out of time: it leaves an empty folder. */
async function readChecks(folder: string): Promise<Check[]> {
  const [name] = await readdir(folder)
  return name === undefined
    ? []
    : Checks.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))
}
