/**
 * Takes access away: of one grant, of a person, of a client.
 *
 * @module
 */
import type { ClientGrantRow, ClientGrants, People } from '../store'

/** What is to lose its access, by its id. */
export interface RevokeTarget {
  kind: 'grant' | 'person' | 'client'
  id: string
}

export interface RevokePorts {
  people: Pick<People, 'find'>
  clientGrants: Pick<ClientGrants, 'find' | 'ofClient' | 'ofPerson' | 'removeAll'>
  /** Whether a client registered itself and is known. */
  isClient(clientId: string): Promise<boolean>
  /**
   * Ends grants of a person everywhere, or all of them; `all` is also codes in flight. Returns those
   * there were.
   *
   * @throws {NotToldError}
   */
  end(userId: string, grantIds: readonly string[] | 'all'): Promise<string[]>
}

/** Grants have ended, but some part of the platform could not be told. */
export class NotToldError extends Error {
  override readonly name = 'NotToldError'

  constructor() {
    super(
      'The access has ended, but not every part of the platform could be told. That is tried again ' +
        'every minute; until then some requests may still be let in.',
    )
  }
}

export interface Revoked {
  /** How many grants have ended. */
  grants: number
  /** Whose they were. */
  people: number
  /** How many are left, because one call ends only so many: repeat it. */
  remaining: number
}

/** Grants of a client that one call ends: each person's are an object of their own to be asked. */
const MAX_GRANTS = 200

/**
 * Revokes, or undefined when nothing has this id. Repeating it is harmless.
 *
 * @throws {NotToldError}
 */
export async function revokeAccess(
  { kind, id }: RevokeTarget,
  ports: RevokePorts,
): Promise<Revoked | undefined> {
  const { people, clientGrants, isClient, end } = ports
  switch (kind) {
    case 'grant': {
      const row = await clientGrants.find(id)
      return row && revokeRows([row], ports)
    }
    case 'person': {
      if (!(await people.find(id))) return undefined
      const rows = await clientGrants.ofPerson(id)
      const ended = await end(id, 'all')
      await forget(rows, ports)
      return { grants: ended.length, people: ended.length > 0 ? 1 : 0, remaining: 0 }
    }
    case 'client': {
      const rows = await clientGrants.ofClient(id)
      if (rows.length === 0 && !(await isClient(id))) return undefined
      const now = rows.slice(0, MAX_GRANTS)
      const done = await revokeRows(now, ports)
      return { ...done, remaining: rows.length - now.length }
    }
    default:
      return kind satisfies never
  }
}

async function revokeRows(rows: ClientGrantRow[], ports: RevokePorts): Promise<Revoked> {
  const byPerson = Map.groupBy(rows, ({ userId }) => userId)
  const ended = await Promise.all(
    [...byPerson].map(([userId, theirs]) => {
      const grantIds = theirs.map(({ grantId }) => grantId)
      return ports.end(userId, grantIds)
    }),
  )
  await forget(rows, ports)
  return {
    grants: ended.flat().length,
    people: ended.filter((theirs) => theirs.length > 0).length,
    remaining: 0,
  }
}

/** Rows of grants that were gone already are nobody else's to take out of the index. */
const forget = (rows: ClientGrantRow[], { clientGrants }: RevokePorts): Promise<void> =>
  clientGrants.removeAll(rows.map(({ grantId }) => grantId))
