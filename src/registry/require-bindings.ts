import { requiresSettings } from '../config'
import { moduleDatabase, moduleSettings, settingRemedy } from '../store'
import { RegistryError } from './create-registry'
import type { Registry } from './hosted'

/**
 * Refuses modules whose bindings the Worker does not have.
 *
 * @throws {RegistryError} when a module lacks a database, a setting or a secret.
 */
export function requireBindings(registry: Registry, bindings: object): void {
  const problems = [...registry.values()].flatMap(({ definition }) => {
    const { name, uses } = definition
    const found = uses.db ? moduleDatabase(bindings, name) : { ok: true as const }
    const settings = moduleSettings(bindings, definition)
    const missing = settings.ok || !requiresSettings(bindings) ? [] : settings.problems
    return [
      ...(found.ok ? [] : [`servers/${name}/index.ts: uses.db: ${found.remedy}`]),
      ...missing.map(
        (it) => `servers/${name}/index.ts: ${it.field}: ${settingRemedy(it, name, true)}`,
      ),
    ]
  })
  if (problems.length > 0) throw new RegistryError(problems)
}
