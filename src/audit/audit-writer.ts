import { startTimer, within, withoutCredentials } from '../lib'
import type { AuditEvent, AuditEventType, AuditFacts, AuditOrigin } from './audit-event'
import { countFlood, emptyFloodCount, type FloodCount } from './flood-count'
import { redact } from './redact'

/** What the writer sends to: the queue the consumer reads. A message is a JSON array of events. */
export interface AuditQueue {
  send(message: string, options: { contentType: 'text' }): Promise<unknown>
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
  /** Epoch milliseconds. */
  now(): number
}

/** What an isolate remembers from one request to the next; plain values. */
export interface WriterMemory {
  flood: FloodCount
  /** Epoch milliseconds until which the queue is not asked again. */
  queueDownUntil: number
  /** Of any request, not on their way yet. */
  gathered: Gathered[]
  /** Epoch milliseconds by which they should have been sent. */
  gatheredDueAt: number
}

/** An event to be. */
interface Gathered {
  facts: AuditFacts
  origin: AuditOrigin
  stamp: { id: string; at: number }
}

export const emptyWriterMemory = (): WriterMemory => ({
  flood: emptyFloodCount(),
  queueDownUntil: Number.NEGATIVE_INFINITY,
  gathered: [],
  gatheredDueAt: Number.NEGATIVE_INFINITY,
})

/** Writes the record of one request. No method throws. */
export interface AuditWriter {
  /** Writes soon; the answer need not wait for it. */
  write(facts: AuditFacts): void
  /** Writes at once. True when it is safe with the queue or the spool, false when it is nowhere. */
  writeNow(facts: AuditFacts): Promise<boolean>
  /**
   * Writes within a second, together with what other requests of the isolate have to say. A send
   * costs more than most calls; an isolate that dies takes that second with it, so this is for
   * what changed nothing.
   */
  gather(facts: AuditFacts): void
  /** Does the work of writing once the answer is on its way: nobody waits for it. */
  afterwards(work: () => void): void
}

/** Makes the writer of a request. One for all requests of an isolate. */
export type AuditWriters = (
  origin: AuditOrigin,
  waitUntil: (work: Promise<unknown>) => void,
) => AuditWriter

/** A queue that takes longer counts as down: somebody is waiting for the call behind it. */
const QUEUE_DEADLINE_MS = 1000
const SPOOL_DEADLINE_MS = 5000
/** How long the name of a client may take; then an event is written without it. */
export const LABEL_DEADLINE_MS = 1000
/** Or every call would wait for it anew. */
const QUEUE_PAUSE_MS = 5000
const EVENTS_PER_MESSAGE = 250
/** A message may have 128 KB, and a send costs the same whatever is in it. */
const MAX_MESSAGE_BYTES = 120_000
const GATHER_MS = 1000
/** What anybody can cause, without being known or let in. */
const FROM_STRANGERS: ReadonlySet<AuditEventType> = new Set([
  'client_registered',
  'client_refused',
  'sign_in_failed',
])

/** Writes events to the queue, or to a spool when the queue does not take them. */
export function createAuditWriters(ports: AuditWriterPorts): AuditWriters {
  const { queue, spool, labelOf, memory, now } = ports

  const stamp = () => ({ id: randomId(), at: now() })

  const labelled = async (event: AuditEvent, origin: AuditOrigin): Promise<AuditEvent> => {
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
    const messages = messagesOf(events)
    const kept = await Promise.all(
      messages.map(async (some) => (await send(some.text)) || keep(some.events)),
    )
    return kept.every(Boolean)
  }

  const send = async (message: string): Promise<boolean> => {
    if (now() < memory.queueDownUntil) return false
    try {
      // A success that comes too late means two deliveries of one id, which is one row.
      await within(QUEUE_DEADLINE_MS, queue.send(message, { contentType: 'text' }))
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
        const { tenant, correlationId } = own[0] as AuditEvent // each subject is that of an event
        const dropped = { type: 'records_dropped', subject, outcome: 'failed' } as const
        const from = { tenant, correlationId, sourceAddress: undefined, userAgent: undefined }
        const overflow = JSON.stringify(redact(dropped, from, stamp()))
        try {
          const entries = own.map((event) => ({ id: event.id, body: JSON.stringify(event) }))
          return await within(SPOOL_DEADLINE_MS, spool(subject, { entries, overflow }))
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

  const deliverGathered = async (): Promise<void> => {
    const gathered = memory.gathered
    memory.gathered = []
    await deliver(gathered.map(({ facts, origin, stamp }) => redact(facts, origin, stamp)))
  }

  return (origin, waitUntil) => {
    let waiting: AuditEvent[] = []

    const flush = async (): Promise<void> => {
      // Whatever else is said in this turn goes along.
      await startTimer(0).over
      const events = waiting
      waiting = []
      await Promise.all(events.map((event) => labelled(event, origin))).then(deliver)
    }

    return {
      write(facts) {
        const leftOut = isFromStranger(facts) ? countFlood(memory.flood, now()) : 0
        if (leftOut === undefined) return
        const counted = leftOut > 0 ? { ...facts, count: leftOut } : facts
        waiting.push(redact(counted, origin, stamp()))
        if (waiting.length === 1) waitUntil(flush())
      },
      writeNow: (facts) => deliver([redact(facts, origin, stamp())]),
      afterwards: (work) => waitUntil(startTimer(0).over.then(work)),
      gather(facts) {
        const { gathered } = memory
        gathered.push({ facts, origin, stamp: stamp() })
        if (gathered.length >= EVENTS_PER_MESSAGE) waitUntil(deliverGathered())
        // Whoever comes first sees to it that nothing waits for a request that never comes; and
        // whoever comes late, that nothing waits for one that was let go before its time.
        else if (gathered.length === 1 || now() > memory.gatheredDueAt) {
          memory.gatheredDueAt = now() + 2 * GATHER_MS
          waitUntil(startTimer(GATHER_MS).over.then(deliverGathered))
        }
      },
    }
  }
}

/** Events in as few messages as a queue takes them in. */
function messagesOf(events: AuditEvent[]): { events: AuditEvent[]; text: string }[] {
  const messages: { events: AuditEvent[]; text: string }[] = []
  let [some, text, bytes]: [AuditEvent[], string, number] = [[], '', 0]
  const close = (): void => {
    if (some.length > 0) messages.push({ events: some, text: `[${text}]` })
    ;[some, text, bytes] = [[], '', 0]
  }
  for (const event of events) {
    const json = JSON.stringify(event)
    const jsonBytes = mostBytes(json)
    if (some.length >= EVENTS_PER_MESSAGE || bytes + jsonBytes > MAX_MESSAGE_BYTES) close()
    text += some.length === 0 ? json : `,${json}`
    some.push(event)
    bytes += jsonBytes
  }
  close()
  return messages
}

/** What a text takes at most, and the comma before it: no UTF-16 unit has more than three bytes. */
const mostBytes = (text: string): number =>
  (/^[\t\x20-\x7e]*$/.test(text) ? 1 : 3) * text.length + 1

const isFromStranger = ({ type, subject }: AuditFacts): boolean =>
  FROM_STRANGERS.has(type) || (type === 'access_refused' && subject === undefined)

const randomId = (): string => crypto.randomUUID()
