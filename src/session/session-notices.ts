/**
 * How a session hears of what changes: from the hubs, which are told of it while it has a stream to
 * say something on, or had one a moment ago.
 *
 * @module
 */
import { PURPOSES } from '../keys'
import { askAgain } from '../lib'
import { isListTopic, type NotificationHub, noticeText } from '../notify'
import type { SessionOwner } from './frames'
import type { ObjectSockets } from './object-sockets'
import type { SessionRecord } from './record'
import { byHub, type Subscription, subscriptionRecord } from './subscriptions'

/** A session that has shown no stream for as long is told nothing until it shows one again. */
const LISTENED_LATELY_MS = 5 * 60_000
/**
 * An object that is asked for nothing sleeps after ten seconds at the earliest. One that is younger
 * has heard all that its client has said.
 */
const SLEEPS_AFTER_MS = 10_000
/** A clock of a hub may be ahead of ours, or behind, by as much: then something is told twice. */
const CLOCKS_MS = 2000

type Hub = DurableObjectStub<NotificationHub>

export interface NoticePorts {
  record: SessionRecord
  sockets: ObjectSockets
  /** A fresh stub of a hub of this tenant, by its name. */
  hubsOf(tenant: string): (name: string) => Pick<Hub, 'listen' | 'unlisten'>
  isOver(): boolean
  /** Says something that belongs to no call. False when there is nowhere to say it. */
  push(message: string): Promise<boolean>
}

export function sessionNotices(
  { id, storage }: DurableObjectState,
  { record, sockets, hubsOf, isOver, push }: NoticePorts,
) {
  const subscriptions = subscriptionRecord(storage)
  /** Whether its client was heard to say anything that it says only once it is ready. */
  let isReady = false

  /** Whether there is, or was a moment ago, a stream to say something on. */
  const isListening = (now: number): boolean =>
    record.log
      .listenerStreams()
      .some(({ id, touchedAt }) => sockets.isCarried(id) || touchedAt > now - LISTENED_LATELY_MS)

  /** What was missed, when it begins to listen. @throws when a hub cannot be reached. */
  const tellHubs = async (
    what: 'listen' | 'unlisten',
    topics: string[],
    awayMs = 0,
  ): Promise<string[]> => {
    const [tenant = '', module = '', principal = '', client = ''] =
      record.session()?.owner.split('/') ?? []
    const hubNamed = hubsOf(tenant)
    const number = subscriptions.nextNumber(Date.now())
    // Of a public module's callers nobody is known.
    const word = { number, holder: client === '' ? '' : principal }
    const telling = [...byHub(module, topics)].map(async ([name, some]) => {
      const tell = async (): Promise<string[]> => {
        const hub = hubNamed(name)
        // One of an earlier version answers with nothing.
        if (what === 'listen') return (await hub.listen(id.toString(), some, awayMs, word)) ?? []
        await hub.unlisten(id.toString(), some, number)
        return []
      }
      return askAgain(tell)
    })
    return (await Promise.all(telling)).flat()
  }

  /** Notes that the client was heard to be ready. Writes only where there is anything to tell it. */
  const setReady = (): void => {
    isReady = true
    subscriptions.setReady()
  }

  /** Says that something has changed, see `McpSession.tell`. */
  const tell = async (notice: string, topic: string): Promise<boolean> => {
    const session = record.session()
    if (!session || session.over) return false
    if (!isListTopic(topic) && !subscriptions.hasTopic(topic)) return false
    const now = Date.now()
    if (!isListening(now)) {
      subscriptions.setUnknown()
      return false
    }
    // Nothing may be said before the client is ready (H-22), and then it asks for itself.
    if (!isReady && !subscriptions.isReady()) return true
    // Said once is enough for whoever comes back: many notices must not push results out.
    record.log.dropNotices(notice)
    return push(notice)
  }

  /**
   * Has the hubs tell this session, unless they know already, and hears what it has missed.
   *
   * @param isFresh Whether there is a new stream, which does not show what was said on those before:
   *   whoever opens it had none, or no id to come back with.
   */
  const listenAtHubs = async (isFresh = false): Promise<void> => {
    if (isOver()) return
    const isKnown = subscriptions.isKnown()
    if (isKnown && !isFresh) return
    const session = record.session()
    const now = Date.now()
    const ageMs = session ? now - begunAt(session) * 1000 : 0
    // It may have slept since its client said that it is ready. Before the hubs are told: they may
    // have something to say at once.
    if (ageMs > SLEEPS_AFTER_MS) setReady()
    const awayMs = Math.min(ageMs, now - subscriptions.heardAt() + CLOCKS_MS)
    // All of them: a hub may have made room for others meanwhile.
    const missed = await tellHubs('listen', subscriptions.topics(), awayMs)
    subscriptions.setHeardAt(now)
    if (!isKnown) subscriptions.setKnown(isReady)
    for (const list of missed.filter(isListTopic)) await tell(noticeText({ list }), list)
  }

  return {
    isReady: (): boolean => isReady,

    setReady,

    /** False when there is no room for another. @throws when a hub cannot be reached. */
    async subscribe(subscription: Subscription): Promise<boolean> {
      if (!subscriptions.add(subscription)) return false
      if (subscriptions.isKnown()) await tellHubs('listen', [subscription.topic])
      else if (isListening(Date.now())) await listenAtHubs()
      return true
    },

    async unsubscribe(uri: string): Promise<void> {
      const topic = subscriptions.remove(uri)
      // What a hub says all the same goes nowhere.
      if (topic !== undefined && subscriptions.isKnown()) {
        await tellHubs('unlisten', [topic]).catch(logUntold)
      }
    },

    tell,
    isListening,

    /** A stream of notices was opened, or shown again. */
    onStream: (isFresh: boolean): Promise<void> => listenAtHubs(isFresh).catch(logUntold),

    async leaveHubs(): Promise<void> {
      if (!subscriptions.isKnown()) return
      subscriptions.setUnknown()
      // One that does not hear of it is told when it next has something to say.
      await tellHubs('unlisten', subscriptions.topics()).catch(logUntold)
    },

    /** Whether there is anything that outlives the session's streams. */
    isEmpty: (): boolean => subscriptions.isEmpty(),

    clear: (): void => subscriptions.clear(),
  }
}

/** In epoch seconds. */
const begunAt = ({ expiresAt }: SessionOwner): number => expiresAt - PURPOSES.session

function logUntold(cause: unknown): void {
  console.warn(JSON.stringify({ event: 'hubs_not_told', detail: String(cause) }))
}
