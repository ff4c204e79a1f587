import type { Json } from './journal'

/**
 * A copy of a value as JSON keeps it; a field that is undefined is left out. Or where, and why, it
 * is no JSON: what would come back as something else must not be recorded.
 */
export function readJson(
  value: unknown,
): { ok: true; json: Json } | { ok: false; problem: string } {
  const problem = problemOf(value, 'it', new Set())
  // What has just been found to be made of nothing but JSON.
  return problem === undefined
    ? { ok: true, json: JSON.parse(JSON.stringify(value)) as Json }
    : { ok: false, problem }
}

function problemOf(value: unknown, at: string, above: Set<unknown>): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${at} is ${value}`
  if (typeof value !== 'object') return `${at} is of type ${typeof value}`
  if (above.has(value)) return `${at} contains itself`
  if (!Array.isArray(value) && !isPlain(value)) {
    return `${at} is a ${value.constructor?.name ?? 'special object'}`
  }
  above.add(value)
  const entries = Array.isArray(value)
    ? Array.from(value, (each, index) => [`${at}[${index}]`, each] as const)
    : Object.entries(value)
        .filter(([, each]) => each !== undefined)
        .map(([key, each]) => [`${at}.${key}`, each] as const)
  for (const [path, each] of entries) {
    const problem = problemOf(each, path, above)
    if (problem !== undefined) return problem
  }
  above.delete(value)
  return undefined
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
