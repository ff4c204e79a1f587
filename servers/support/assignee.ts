import type { Caller } from '#sdk'

/** `me` is whoever calls; anything else is an id already. */
export const assigneeIdOf = (
  assignee: string | undefined,
  { principal }: Caller,
): string | undefined => (assignee === 'me' ? principal.id : assignee)
