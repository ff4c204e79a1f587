import { encodeBase64Url, startTimer, withoutCredentials } from '../lib'
import type { AuditEvent, AuditEventType, AuditFacts, AuditOrigin } from './audit-event'
import { countFlood, emptyFloodCount, type FloodCount } from './flood-count'
import { redact } from './redact'

/** What the writer sends to: the queue the consumer reads. */
export interface AuditQueue {
  sendBatch(messages: { body: unknown; contentType: 'json' }[]): Promise<unknown>
}

/** Events as an object keeps them while the queue takes none. */
export interface SpooledEvents {
  entries: { id: string; body: string }[]
  /** The event that tells of those there was no room for. */
  overflow: string
}

export interface AuditWriterPorts {
  queue: AuditQueue
  /**
   * Keeps events until the queue takes them again, with whoever caused them.
   *
   * @returns False when there was no room for all of them.
   */
  spool(subject: string | undefined, events: SpooledEvents): Promise<boolean>
  /** What a client calls itself, for events whose facts leave that open. */
  labelOf(clientId: string): Promise<string | undefined>
  memory: WriterMemory
  waitUntil(work: Promise<unknown>): void
  /** Epoch milliseconds. */
  now(): number
}

/** What an isolate remembers from one request to the next; plain values. */
export interface WriterMemory {
  flood: FloodCount
  /** Epoch milliseconds until which the queue is not asked again. */
  queueDownUntil: number
}

export const emptyWriterMemory = (): WriterMemory => ({
  flood: emptyFloodCount(),
  queueDownUntil: Number.NEGATIVE_INFINITY,
})

/** Writes the record of one request. Neither method throws. */
export interface AuditWriter {
  /** Writes soon; the answer need not wait for it. */
  write(facts: AuditFacts): void
  /** Writes at once. True when it is safe with the queue or the spool, false when it is nowhere. */
  writeNow(facts: AuditFacts): Promise<boolean>
}

/** A queue that takes longer counts as down: somebody is waiting for the call behind it. */
const QUEUE_DEADLINE_MS = 1000
const SPOOL_DEADLINE_MS = 5000
const LABEL_DEADLINE_MS = 1000
/** Or every call would wait for it anew. */
const QUEUE_PAUSE_MS = 5000
/** Events are a few kilobytes at most; a queue takes 256 KB at once. */
const SEND_AT_ONCE = 32
/** What anybody can cause, without being known or let in. */
const FROM_STRANGERS: ReadonlySet<AuditEventType> = new Set([
  'client_registered',
  'client_refused',
  'sign_in_failed',
])

/** Writes events of one request to the queue, or to a spool when the queue does not take them. */
export function createAuditWriter(origin: AuditOrigin, ports: AuditWriterPorts): AuditWriter {
  const { queue, spool, labelOf, memory, waitUntil, now } = ports
  let waiting: AuditEvent[] = []

  const compose = (facts: AuditFacts): AuditEvent =>
    redact(facts, origin, { id: randomId(), at: now() })

  const flush = async (): Promise<void> => {
    // Whatever else is said in this turn goes along: a batch of calls often ends in one.
    await startTimer(0).over
    const events = waiting
    waiting = []
    await Promise.all(events.map(labelled)).then(deliver)
  }

  const labelled = async (event: AuditEvent): Promise<AuditEvent> => {
    // A call brings the label its client sent; looking one up would cost every call a query.
    if (event.callId !== undefined || event.clientId === undefined || event.clientLabel) {
      return event
    }
    try {
      const { id, at } = event
      const clientLabel = await within(LABEL_DEADLINE_MS, labelOf(event.clientId))
      return redact({ ...event, clientLabel }, origin, { id, at })
    } catch {
      return event // a name less, not an event less
    }
  }

  const deliver = async (events: AuditEvent[]): Promise<boolean> => {
    const chunks = Array.from({ length: Math.ceil(events.length / SEND_AT_ONCE) }, (_, index) =>
      events.slice(index * SEND_AT_ONCE, (index + 1) * SEND_AT_ONCE),
    )
    const kept = await Promise.all(chunks.map(async (chunk) => (await send(chunk)) || keep(chunk)))
    return kept.every(Boolean)
  }

  const send = async (events: AuditEvent[]): Promise<boolean> => {
    if (now() < memory.queueDownUntil) return false
    const messages = events.map((body) => ({ body, contentType: 'json' as const }))
    try {
      // A success that comes too late means two deliveries of one id, which is one row.
      await within(QUEUE_DEADLINE_MS, queue.sendBatch(messages))
      return true
    } catch {
      memory.queueDownUntil = now() + QUEUE_PAUSE_MS
      return false
    }
  }

  const keep = async (events: AuditEvent[]): Promise<boolean> => {
    const subjects = new Set(events.map(({ subject }) => subject))
    const kept = await Promise.all(
      [...subjects].map(async (subject) => {
        const own = events.filter((event) => event.subject === subject)
        const overflow = compose({ type: 'records_dropped', subject, outcome: 'failed' })
        try {
          const entries = own.map((event) => ({ id: event.id, body: JSON.stringify(event) }))
          const spooling = spool(subject, { entries, overflow: JSON.stringify(overflow) })
          return await within(SPOOL_DEADLINE_MS, spooling)
        } catch (cause) {
          // The log is the last place there is; an event has nothing in it a log may not have.
          const detail = withoutCredentials(String(cause))
          console.error(JSON.stringify({ event: 'audit_lost', detail, events: own }))
          return false
        }
      }),
    )
    return kept.every(Boolean)
  }

  return {
    write(facts) {
      const leftOut = isFromStranger(facts) ? countFlood(memory.flood, now()) : 0
      if (leftOut === undefined) return
      waiting.push(compose(leftOut > 0 ? { ...facts, count: leftOut } : facts))
      if (waiting.length === 1) waitUntil(flush())
    },
    writeNow: (facts) => deliver([compose(facts)]),
  }
}

const isFromStranger = ({ type, subject }: AuditFacts): boolean =>
  FROM_STRANGERS.has(type) || (type === 'access_refused' && subject === undefined)

/** What `work` comes to, unless it takes too long. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const deadline = startTimer(milliseconds)
  const late = deadline.over.then((): never => {
    throw new Error(`no answer within ${milliseconds} ms`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    deadline.stop()
  }
}

const randomId = (): string => encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)))
