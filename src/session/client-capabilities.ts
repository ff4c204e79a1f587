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

/** The declared capabilities as a bit set; those nobody here asks about are left out. */
export function packCapabilities(declared: unknown): number {
  return BITS.reduce(
    (bits, path, index) => (lookUp(declared, path) ? bits | (1 << index) : bits),
    0,
  )
}

/** The capabilities of a bit set, shaped like MCP's ClientCapabilities. */
export function unpackCapabilities(bits: number): Record<string, Record<string, unknown>> {
  const capabilities: Record<string, Record<string, unknown>> = {}
  for (const [index, path] of BITS.entries()) {
    if ((bits & (1 << index)) === 0) continue
    const [name = '', part] = path.split('.')
    capabilities[name] ??= {}
    const parts = capabilities[name]
    if (part !== undefined) parts[part] = {}
  }
  return capabilities
}

function lookUp(declared: unknown, path: string): boolean {
  const value = path
    .split('.')
    .reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), declared)
  return isObject(value) || value === true
}
