/**
 * Takes access away: of one grant, of a person, of a client. In this order, so that a failure in
 * between leaves something to repeat it with: the grants go, then every isolate is told, then the
 * index forgets them.
 *
 * @module
 */
import type { Cut } from '../control'
import type { ClientGrantRow, ClientGrants, People } from '../store'
import type { UserGrants } from './user-grants'

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
  grantsOf(userId: string): Pick<DurableObjectStub<UserGrants>, 'revokeAll' | 'revokeSome'>
  cut(cuts: Cut[]): Promise<void>
  /** Told of each grant that has ended. */
  ended(grant: { userId: string; grantId: string; row: ClientGrantRow | undefined }): void
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

/** Revokes, or undefined when nothing has this id. Repeating it is harmless. */
export async function revokeAccess(
  { kind, id }: RevokeTarget,
  ports: RevokePorts,
): Promise<Revoked | undefined> {
  switch (kind) {
    case 'grant': {
      const row = await ports.clientGrants.find(id)
      return row && revokeRows([row], [{ kind: 'person', id: row.userId }], ports)
    }
    case 'person':
      return (await ports.people.find(id)) ? revokePerson(id, ports) : undefined
    case 'client': {
      const rows = await ports.clientGrants.ofClient(id)
      if (rows.length === 0 && !(await ports.isClient(id))) return undefined
      const now = rows.slice(0, MAX_GRANTS)
      const done = await revokeRows(now, [{ kind, id }], ports)
      return { ...done, remaining: rows.length - now.length }
    }
    default:
      return kind satisfies never
  }
}

/** Whatever the object holds, whether the index knows it or not: codes in flight included. */
async function revokePerson(userId: string, ports: RevokePorts): Promise<Revoked> {
  const rows = await ports.clientGrants.ofPerson(userId)
  const ended = await ports.grantsOf(userId).revokeAll()
  await ports.cut([{ kind: 'person', id: userId }])
  await ports.clientGrants.removeAll(rows.map(({ grantId }) => grantId))
  for (const grantId of ended) {
    ports.ended({ userId, grantId, row: rows.find((row) => row.grantId === grantId) })
  }
  return { grants: ended.length, people: ended.length > 0 ? 1 : 0, remaining: 0 }
}

async function revokeRows(
  rows: ClientGrantRow[],
  cuts: Cut[],
  ports: RevokePorts,
): Promise<Revoked> {
  const byPerson = Map.groupBy(rows, ({ userId }) => userId)
  const ended = await Promise.all(
    [...byPerson].map(async ([userId, theirs]) => {
      const asked = theirs.map(({ grantId }) => grantId)
      const gone = new Set(await ports.grantsOf(userId).revokeSome(asked))
      return theirs.filter(({ grantId }) => gone.has(grantId))
    }),
  )
  await ports.cut(cuts)
  await ports.clientGrants.removeAll(rows.map(({ grantId }) => grantId))
  for (const row of ended.flat()) ports.ended({ userId: row.userId, grantId: row.grantId, row })
  return {
    grants: ended.flat().length,
    people: ended.filter((theirs) => theirs.length > 0).length,
    remaining: 0,
  }
}
