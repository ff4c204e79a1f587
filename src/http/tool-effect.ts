import type { ToolView } from '../console'
import type { ToolAnnotations } from '../protocol'

/** The worst a tool can do, from its hints; absent ones were made pessimistic long before. */
export const effectOf = (hints: Required<ToolAnnotations>): ToolView['effect'] =>
  hints.readOnlyHint ? 'read' : hints.destructiveHint ? 'delete' : 'change'
