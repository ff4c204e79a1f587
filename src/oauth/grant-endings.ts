/**
 * What follows when a grant ends: every isolate is told, the index of clients forgets it, the
 * record has it. The object that kept the grant sees to all of it, from a table it writes in the
 * transaction that ends the grant, and goes on trying until it is done: whoever asked may be gone
 * by then, and a rule has nobody who asks.
 *
 * @module
 */
import {
  type AuditEvent,
  type AuditFacts,
  type AuditOrigin,
  LABEL_DEADLINE_MS,
  redact,
} from '../audit'
import { readConfig } from '../config'
import { digestUuid, within } from '../lib'
import { clientGrants, clients, createSpool, objectStub } from '../store'
import { clientLabel } from './client-label'
import { ACCESS_TOKEN_SECONDS } from './lifetimes'
import { moduleIn } from './resources'

/** Why a grant ends, as the record says it. */
export interface EndingCause {
  type: 'grant_revoked' | 'grant_expired'
  /** Who ended it where it was not its owner: `client`, `platform` or `person:<id>`. */
  actor?: 'client' | 'platform' | `person:${string}` | undefined
  /** In words of our own. */
  detail: string
  /** The request that ended it; absent when none did. */
  origin?: AuditOrigin | undefined
}

const byRule = (detail: string): EndingCause => ({
  type: 'grant_revoked',
  actor: 'platform',
  detail,
})
const expired = (detail: string): EndingCause => ({ ...byRule(detail), type: 'grant_expired' })

/** The rules by which grants end. */
export const RULES = {
  /** Its code was not redeemed in time, or too many others were waiting. */
  unused: expired('its code was not used'),
  /** It was not refreshed for its whole life. */
  expired: expired('it was not used for 30 days'),
  /** Its client had too many of them. */
  surplus: byRule('made room for a newer one of the same client'),
  /** A step-up led to one with more scopes. */
  replacedBy: (grantId: string) => byRule(`replaced by grant ${grantId}`),
  reused: (origin: AuditOrigin) => ({ ...byRule('a refresh token was used twice'), origin }),
  codeReused: (origin: AuditOrigin) => ({ ...byRule('its code was used twice'), origin }),
}

interface GrantEnding extends EndingCause {
  grantId: string
  tenant: string
  userId: string
  clientId: string
  resource: string
  scopes: string[]
  /** Epoch milliseconds. */
  at: number
}

export type EndingBindings = Pick<Cloudflare.Env, 'AUDIT_QUEUE' | 'CONTROL_STATE' | 'DB'>

/** What is still to be done about grants that have ended. */
export interface GrantEndings {
  /** Notes that a grant ends, in the transaction that deletes it and before it does. */
  note(grantId: string, cause: EndingCause, atMs: number): void
  hasPending(): boolean
  /**
   * Does what is to be done, each part of it harmless when done twice; what fails stays to be done.
   * Never throws. False when some of it failed.
   */
  settle(): Promise<boolean>
}

const SETTLED_AT_ONCE = 50
/** Somebody may be waiting to hear that everybody was told. */
const CUT_DEADLINE_MS = 5000

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
    const nowSeconds = Math.floor(nowMs / 1000)
    const control = objectStub(env.CONTROL_STATE, { ...readConfig(env), tenant }, 'control')
    const cut = control.cut([userId], nowSeconds, ACCESS_TOKEN_SECONDS + 60)
    await within(CUT_DEADLINE_MS, cut)
    await clientGrants(env.DB, tenant).removeAll(endings.map(({ grantId }) => grantId))
    const rows = clients(env.DB, tenant, () => nowSeconds)
    const labelOf = async (clientId: string): Promise<string | undefined> => {
      const looking = clientLabel(clientId, rows)
      // A name less, not an event less.
      return within(LABEL_DEADLINE_MS, looking).then(
        ({ clientName }) => clientName,
        () => undefined,
      )
    }
    const events = await Promise.all(
      endings.map(async (ending) => eventOf(ending, await labelOf(ending.clientId))),
    )
    const entries = events.map((event) => ({ id: event.id, body: JSON.stringify(event) }))
    await spool.keep({ entries, overflow: JSON.stringify(droppedEvent(first, nowMs)) }, nowMs)
    for (const { grantId } of endings) {
      sql.exec('DELETE FROM endings WHERE grant_id = ?', grantId)
    }
  }

  return {
    note(grantId, { type, actor, detail, origin }, atMs) {
      sql.exec(
        `INSERT OR IGNORE INTO endings
            (grant_id, tenant, user_id, client_id, resource, scope, type, actor, detail, origin, at)
          SELECT grant_id, tenant, user_id, client_id, resource, scope, ?, ?, ?, ?, ?
          FROM grants WHERE grant_id = ?`,
        type,
        actor ?? null,
        detail,
        origin ? JSON.stringify(origin) : null,
        atMs,
        grantId,
      )
    },
    hasPending: () =>
      sql.exec('SELECT 1 FROM endings LIMIT 1').toArray().length > 0 || spool.size().rows > 0,
    async settle() {
      let isSettled = true
      try {
        let some = readSome(sql)
        for (; some.length > 0; some = readSome(sql)) await settleSome(some)
      } catch (cause) {
        isSettled = false
        console.warn(JSON.stringify({ event: 'endings_wait', detail: String(cause) }))
      }
      await spool.drain()
      return isSettled
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
      type: EndingCause['type']
      actor: string | null
      detail: string
      origin: string | null
      at: number
    }>('SELECT * FROM endings ORDER BY at LIMIT ?', SETTLED_AT_ONCE)
    .toArray()
    .map(({ tenant, resource, type, detail, at, ...row }) => ({
      grantId: row.grant_id,
      tenant,
      userId: row.user_id,
      clientId: row.client_id,
      resource,
      scopes: row.scope === '' ? [] : row.scope.split(' '),
      type,
      actor: (row.actor ?? undefined) as EndingCause['actor'], // as `note` was given it
      detail,
      origin: row.origin === null ? undefined : (JSON.parse(row.origin) as AuditOrigin), // likewise
      at,
    }))

/** The same event however often it is made, so that it is recorded once. */
async function eventOf(ending: GrantEnding, clientLabel: string | undefined): Promise<AuditEvent> {
  const { grantId, tenant, userId, clientId, resource, scopes, type, actor, detail, at } = ending
  const id = await digestUuid(`grant ending\0${tenant}\0${grantId}`)
  const facts: AuditFacts = {
    type,
    subject: `person:${userId}`,
    actor,
    clientId,
    clientLabel,
    grantId,
    scopes,
    module: moduleIn(resource),
    outcome: 'ok',
    detail,
  }
  return redact(facts, ending.origin ?? noRequest(tenant, id), { id, at })
}

function droppedEvent({ tenant, userId }: GrantEnding, at: number): AuditEvent {
  const id = crypto.randomUUID()
  const facts = { type: 'records_dropped', subject: `person:${userId}`, outcome: 'failed' } as const
  return redact(facts, noRequest(tenant, id), { id, at })
}

/** What no request made happen is named after itself. */
const noRequest = (tenant: string, correlationId: string): AuditOrigin => ({
  tenant,
  correlationId,
  sourceAddress: undefined,
  userAgent: undefined,
})
