import type { Scope } from '../sdk'

/** The scopes a module declares, by name. */
export type Scopes = Readonly<Record<string, Scope>>

/**
 * Every scope of a module that `granted` amounts to: each granted one and all it covers, directly
 * or through others. A name that the module does not declare amounts to nothing: a grant outlives
 * the version of the module it was made for, and may be for several modules.
 */
export function expandScopes(scopes: Scopes, granted: Iterable<string>): ReadonlySet<string> {
  const expanded = new Set<string>()
  const pending = [...granted]
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (expanded.has(name)) continue // also what ends a cycle, which start-up refuses
    const scope = Object.hasOwn(scopes, name) ? scopes[name] : undefined
    if (!scope) continue
    expanded.add(name)
    pending.push(...scope.covers)
  }
  return expanded
}

/** Those of `needed` that `granted` does not amount to, in the order given. */
export function missingScopes(
  scopes: Scopes,
  needed: readonly string[],
  granted: ReadonlySet<string>,
): string[] {
  if (needed.length === 0) return []
  const held = expandScopes(scopes, granted)
  return needed.filter((scope) => !held.has(scope))
}
