/**
 * Serves the fixture and sets the official conformance suite on it.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { projectRoot } from '../../src/cli/project.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { allowAt, openBrowser, register, siteAt } from '../support/oauth-flow.ts'
import { start } from '../support/platform.ts'
import { freePort, temporaryFolder } from '../support/temporary.ts'
import type { Check } from './judge.ts'
import type { Suite } from './suites.ts'

export const conformanceEntry = join(import.meta.dirname, 'entry.ts')

export const REFEREE = join(
  projectRoot,
  'node_modules/@modelcontextprotocol/conformance/dist/index.js',
)

const Checks = z.array(
  z.object({
    id: z.string(),
    status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
    errorMessage: z.string().optional(),
  }),
)

export interface ConformanceServer extends AsyncDisposable {
  origin: string
  /** Where the fixture answers. */
  url: string
}

/** Serves the fixture on a port of 127.0.0.1, by default a free one. */
export async function startConformance(port = 0): Promise<ConformanceServer> {
  const platform = await start({ entry: conformanceEntry, port })
  return {
    origin: platform.origin,
    url: `${platform.origin}/conformance/mcp`,
    [Symbol.asyncDispose]: () => platform.stop(),
  }
}

/** Runs one suite against `url` and returns the checks of each scenario. */
export async function runSuite({ name, args, scored, notScored }: Suite, url: string) {
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
  const listed = new Set([...scored, ...notScored])
  const lost = [...listed].filter((scenario) => !checks.has(scenario))
  const unknown = [...checks.keys()].filter((scenario) => !listed.has(scenario))
  if (lost.length + unknown.length > 0) {
    const found = `did not run ${lost.join(', ')}, and ran unlisted ${unknown.join(', ')}`
    throw new Error(`suite ${name} ${found}\n${stdout}\n${stderr}`)
  }
  return checks
}

/**
 * Sets the suite for authorization servers on a platform that hosts `support`, with a script for the
 * person it waits for, and returns the checks of each scenario.
 */
export async function runAuthorizationSuite(origin: string): Promise<Map<string, Check[]>> {
  await using folder = await temporaryFolder()
  const site = siteAt(origin)
  const port = await freePort()
  // Public: where a server knows clients without a secret, the referee never sends one.
  const { clientId } = await register(site, {
    redirect_uris: [`http://127.0.0.1:${port}/callback`],
  })
  await using command = startCommand(process.execPath, [
    ...[REFEREE, 'authorization', '--url', origin, '--port', String(port)],
    ...['--client-id', clientId, '--resource', `${origin}/support/mcp`],
    ...['--output-dir', folder.path],
  ])
  await command.printed(/\/authorize\?\S+\n/)
  const address = /http\S+\/authorize\?\S+/.exec(command.stdout)?.[0] ?? ''
  const cameBack = await allowAt(openBrowser(site), address)
  await (await fetch(cameBack)).text()
  await command.finished
  const scenarios = await readdir(folder.path)
  return new Map(
    await Promise.all(
      scenarios.map(
        async (scenario): Promise<[string, Check[]]> => [
          scenario,
          await readChecks(join(folder.path, scenario)),
        ],
      ),
    ),
  )
}

/** None when the scenario ran out of time: it leaves an empty folder. */
async function readChecks(folder: string): Promise<Check[]> {
  const [name] = await readdir(folder)
  return name === undefined
    ? []
    : Checks.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))
}
