import { isObject } from '../lib'

/**
 * The client capabilities a session remembers, one bit each: the id they are sealed into travels
 * with every request. Append only; a bit never changes its meaning while old ids live.
 */
const BITS = [
  'roots',
  'roots.listChanged',
  'sampling',
  'sampling.tools',
  'sampling.context',
  'elicitation',
  'elicitation.form',
  'elicitation.url',
  'tasks',
  'tasks.list',
  'tasks.cancel',
] as const

const PATHS = BITS.map((path) => path.split('.'))

/** The declared capabilities as a bit set; those nobody here asks about are left out. */
export function packCapabilities(declared: unknown): number {
  return PATHS.reduce(
    (bits, path, index) => (isDeclared(declared, path) ? bits | (1 << index) : bits),
    0,
  )
}

/** The capabilities of a bit set, shaped like MCP's ClientCapabilities. */
export function unpackCapabilities(bits: number): Record<string, Record<string, unknown>> {
  const capabilities: Record<string, Record<string, unknown>> = {}
  for (const [index, [name = '', part]] of PATHS.entries()) {
    if ((bits & (1 << index)) === 0) continue
    capabilities[name] ??= {}
    const parts = capabilities[name]
    if (part !== undefined) parts[part] = {}
  }
  return capabilities
}

function isDeclared(declared: unknown, path: readonly string[]): boolean {
  let value = declared
  for (const key of path) value = isObject(value) ? value[key] : undefined
  return isObject(value) || value === true
}
