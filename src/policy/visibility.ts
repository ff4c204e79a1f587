import type { Caller, Item, ServerDefinition, ToolDefinition } from '../sdk'

/**
 * Whether an item exists for this caller. Roles alone decide: what only lacks a scope stays
 * visible, or nobody could find out what there is to ask for.
 */
export const isVisible = (
  { roles }: { roles?: Item['roles'] | undefined },
  caller: Pick<Caller, 'roles'>,
): boolean => roles === undefined || roles.some((role) => caller.roles.has(role))

/** The tools of a module that exist for this caller, in the module's order. */
export const visibleTools = (
  { tools }: ServerDefinition,
  caller: Pick<Caller, 'roles'>,
): readonly ToolDefinition[] => tools.filter((tool) => isVisible(tool, caller))
