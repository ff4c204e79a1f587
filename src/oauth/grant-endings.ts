/**
 * Grants that end by a rule rather than by somebody's request: nobody is there to see to what
 * follows, so the object that kept the grant does, and goes on trying until it is done.
 *
 * @module
 */
import { type AuditEvent, type AuditFacts, redact } from '../audit'
import { readConfig } from '../config'
import { digestUuid } from '../lib'
import { clientGrants, createSpool, objectStub } from '../store'
import { ACCESS_TOKEN_SECONDS } from './lifetimes'
import { moduleIn } from './resources'

export type EndingReason =
  /** Its code was not redeemed in time, or too many others were waiting. */
  | 'unused'
  /** It was not refreshed for its whole life. */
  | 'expired'
  /** Its client had too many of them. */
  | 'surplus'
  /** A step-up led to one with more scopes. */
  | 'replaced'

interface GrantEnding {
  grantId: string
  tenant: string
  userId: string
  clientId: string
  resource: string
  scopes: string[]
  reason: EndingReason
  /** Id of the grant that came in its place. */
  replacedBy: string | null
  /** Epoch milliseconds. */
  at: number
}

export type EndingBindings = Pick<Cloudflare.Env, 'AUDIT_QUEUE' | 'CONTROL_STATE' | 'DB'>

/** What is still to be done about grants that have ended. */
export interface GrantEndings {
  /** Notes that a grant ends, in the transaction that deletes it and before it does. */
  note(grantId: string, reason: EndingReason, atMs: number): void
  hasPending(): boolean
  /**
   * Does what is to be done: every isolate is told, the index of clients forgets them, the record
   * has them. Each part is harmless when done twice; what fails stays to be done. Never throws.
   */
  settle(): Promise<void>
}

const SETTLED_AT_ONCE = 50

/** Beside the table `grants`, one of its own: `endings`. */
export function createGrantEndings(
  storage: DurableObjectStorage,
  bindingsOf: () => EndingBindings,
): GrantEndings {
  const { sql } = storage
  const spool = createSpool(storage, () => bindingsOf().AUDIT_QUEUE)

  const settleSome = async (endings: GrantEnding[]): Promise<void> => {
    const [first] = endings
    if (!first) return
    // They are all of one person: the object's.
    const { tenant, userId } = first
    const env = bindingsOf()
    const nowMs = Date.now()
    const control = objectStub(env.CONTROL_STATE, { ...readConfig(env), tenant }, 'control')
    const cut = [{ kind: 'person' as const, id: userId }]
    await control.cut(cut, Math.floor(nowMs / 1000), ACCESS_TOKEN_SECONDS + 60)
    await clientGrants(env.DB, tenant).removeAll(endings.map(({ grantId }) => grantId))
    const events = await Promise.all(endings.map(eventOf))
    const entries = events.map((event) => ({ id: event.id, body: JSON.stringify(event) }))
    await spool.keep({ entries, overflow: JSON.stringify(droppedEvent(first, nowMs)) }, nowMs)
    for (const { grantId } of endings) {
      sql.exec('DELETE FROM endings WHERE grant_id = ?', grantId)
    }
  }

  return {
    note(grantId, reason, atMs) {
      sql.exec(
        `INSERT OR IGNORE INTO endings
            (grant_id, tenant, user_id, client_id, resource, scope, replaced_by, reason, at)
          SELECT grant_id, tenant, user_id, client_id, resource, scope, replaced_by, ?, ?
          FROM grants WHERE grant_id = ?`,
        reason,
        atMs,
        grantId,
      )
    },
    hasPending: () =>
      sql.exec('SELECT 1 FROM endings LIMIT 1').toArray().length > 0 || spool.size().rows > 0,
    async settle() {
      try {
        let some = readSome(sql)
        for (; some.length > 0; some = readSome(sql)) await settleSome(some)
      } catch (cause) {
        console.warn(JSON.stringify({ event: 'endings_wait', detail: String(cause) }))
      }
      await spool.drain()
    },
  }
}

const readSome = (sql: SqlStorage): GrantEnding[] =>
  sql
    .exec<{
      grant_id: string
      tenant: string
      user_id: string
      client_id: string
      resource: string
      scope: string
      reason: EndingReason
      replaced_by: string | null
      at: number
    }>('SELECT * FROM endings ORDER BY at LIMIT ?', SETTLED_AT_ONCE)
    .toArray()
    .map(({ tenant, resource, reason, at, ...row }) => ({
      grantId: row.grant_id,
      tenant,
      userId: row.user_id,
      clientId: row.client_id,
      resource,
      scopes: row.scope === '' ? [] : row.scope.split(' '),
      reason,
      replacedBy: row.replaced_by,
      at,
    }))

function wordsFor({ reason, replacedBy }: GrantEnding): Pick<AuditFacts, 'type' | 'detail'> {
  switch (reason) {
    case 'unused':
      return { type: 'grant_expired', detail: 'its code was not used' }
    case 'expired':
      return { type: 'grant_expired', detail: 'it was not used for 30 days' }
    case 'surplus':
      return {
        type: 'grant_revoked',
        detail: 'made room for a newer one of the same client',
      }
    case 'replaced':
      return { type: 'grant_revoked', detail: `replaced by grant ${replacedBy}` }
    default:
      return reason satisfies never
  }
}

/** The same event however often it is made, so that it is recorded once. */
async function eventOf(ending: GrantEnding): Promise<AuditEvent> {
  const { grantId, tenant, userId, clientId, resource, scopes, at } = ending
  const id = await digestUuid(`grant ending\0${tenant}\0${grantId}`)
  const facts: AuditFacts = {
    ...wordsFor(ending),
    subject: `person:${userId}`,
    actor: 'platform',
    clientId,
    grantId,
    scopes,
    module: moduleIn(resource),
    outcome: 'ok',
  }
  return redact(facts, noRequest(tenant, id), { id, at })
}

function droppedEvent({ tenant, userId }: GrantEnding, at: number): AuditEvent {
  const id = crypto.randomUUID()
  const facts = { type: 'records_dropped', subject: `person:${userId}`, outcome: 'failed' } as const
  return redact(facts, noRequest(tenant, id), { id, at })
}

/** No request made it happen, so it is named after itself. */
const noRequest = (tenant: string, correlationId: string) => ({
  tenant,
  correlationId,
  sourceAddress: undefined,
  userAgent: undefined,
})
