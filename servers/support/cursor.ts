import { ToolError } from '#sdk'

/** Where a page ended: the next one starts with what is older. */
export interface Position {
  createdAt: number
  id: number
}

/** A position as clients hand it back. It says nothing that the page itself did not. */
export const cursorOf = ({ createdAt, id }: Position): string =>
  `t1-${createdAt.toString(36)}-${id.toString(36)}`

/** @throws {ToolError} `bad_cursor` for anything that `cursorOf` did not write. */
export function positionOf(cursor: string): Position {
  // Nine digits of base 36 stay below 2^53.
  const [, createdAt, id] = /^t1-([0-9a-z]{1,9})-([0-9a-z]{1,9})$/.exec(cursor) ?? []
  if (createdAt === undefined || id === undefined) {
    throw new ToolError(
      'bad_cursor',
      'That cursor is not one of search_tickets. Pass next_cursor of the last page unchanged, or ' +
        'leave it out to start from the newest ticket.',
    )
  }
  return { createdAt: Number.parseInt(createdAt, 36), id: Number.parseInt(id, 36) }
}
