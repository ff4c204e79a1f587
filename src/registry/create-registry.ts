import type { ServerDefinition } from '../sdk'
import { MODULE_NAME } from '../store'
import { isModule } from './check-fields'
import { sharedVariables } from './check-outside'
import { hostServer } from './host-server'
import type { HostedServer, Registry } from './hosted'

/** The module list cannot be served. The message has every problem, each from a new line. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/**
 * @param reserved First path segments the platform serves itself; no module may take one.
 * @throws {RegistryError} when any definition is faulty.
 */
export function createRegistry(
  servers: readonly ServerDefinition[],
  reserved: ReadonlySet<string> = new Set(),
): Registry {
  const problems: string[] = []
  const registry = new Map<string, HostedServer>()
  for (const [index, definition] of servers.entries()) {
    if (!isModule(definition)) {
      const problem = 'is not what defineServer() returns; the folder has it as its default export'
      problems.push(`servers/index.ts: entry ${index + 1} ${problem}`)
      continue
    }
    const { name } = definition
    const listed = `servers/index.ts: entry ${index + 1}: name "${name}"`
    if (!MODULE_NAME.test(name)) {
      problems.push(`${listed} must match [a-z][a-z0-9-]{0,31}, like its folder`)
    } else if (reserved.has(name)) {
      problems.push(`${listed} is a path of the platform itself; choose another`)
    } else if (registry.has(name)) {
      problems.push(`${listed} is already taken by an earlier entry`)
    }
    const report = (field: string, problem: string) =>
      problems.push(`servers/${name}/index.ts: ${field} ${problem}`)
    try {
      registry.set(name, hostServer(definition, report))
    } catch (error) {
      // What types forbid, and no check above has foreseen. It has to name the file at least.
      const reason = error instanceof Error ? error.message : String(error)
      report('is not', `as its types want it (${reason}). \`npm run check\` finds the place`)
    }
  }
  for (const { module, variable, other } of sharedVariables(servers.filter(isModule))) {
    problems.push(
      `servers/${module}/index.ts: ${variable} would be a setting of module "${other}" too; rename it`,
    )
  }
  if (problems.length > 0) throw new RegistryError(problems)
  return registry
}
