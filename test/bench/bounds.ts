import type { Case, Target } from './cases.ts'

/**
 * What is held to a bound: one case over another of the same round, or by how much more than a
 * third one it is.
 */
export const BOUNDS: { case: string; less?: string; over: string; bound: number }[] = [
  { case: 'tools/call, 2026', over: 'plain JSON echo', bound: 1.3 },
  {
    case: 'tools/call, 2026, token',
    less: 'tools/call, 2026',
    over: 'plain JSON echo',
    bound: 0.2,
  },
  { case: 'initialize, 2025', over: 'plain JSON echo', bound: 1.5 },
  { case: 'tools/call, 2025', over: 'plain JSON echo by an object', bound: 1.25 },
  { case: 'tools/list, 100 tools', over: 'tools/list, 1 tool', bound: 1.5 },
]

/** What others make of the same requests. */
export const PEERS: ReadonlySet<Target> = new Set(['sdk', 'agents-handler', 'agent'])

export const isHeldToABound = ({ name, target }: Case): boolean =>
  !PEERS.has(target) && BOUNDS.some((it) => [it.case, it.less, it.over].includes(name))
