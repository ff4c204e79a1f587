import { DurableObject } from 'cloudflare:workers'
import { readConfig } from '../config'
import { askAgain } from '../lib'
import { objectById, objectStub } from '../store'
import { type FanOut, hubRecord, type Listener, REMEMBER_MS, type SessionWord } from './hub-record'
import { NO_ROOM_STATUS, type NoRoom } from './hub-socket'
import {
  FOLLOWER_HEADER,
  type Follower,
  type HubMessage,
  hubOfTopic,
  type ListPrints,
  noticeText,
  type Published,
} from './topics'
import { PERSON_HEADER } from './watch'

/** Followers of one module's lists, or of a share of its resources. */
const MAX_FOLLOWERS = 5000
/** Of these, streams of one principal; and those of anonymous callers who share a network. */
const MAX_OF_ONE = 20
const MAX_OF_NETWORK = 200
/** A change of a version is told to those who come as late: a reload takes their streams along. */
const NEW_VERSION_MS = 60_000
/** Sessions that are told in one life of the alarm, and at a time. */
const FAN_OUT_BATCH = 400
const FAN_OUT_AT_ONCE = 20
/** Another version's lists are told this far apart at least, where versions may run by turns. */
const COOL_MS = 60_000
/** An attempt to tell of new lists that failed is repeated. */
const RETRY_MS = 5000

/**
 * Whoever has to hear of something, in a few objects per tenant, each for its share:
 *
 * - `hub/<number>`: connections that outlast a request's answer, by the person they serve. They look
 *   again whether they may go on when somebody's access changes. Stores nothing.
 * - `hub/<module>/<share>`: who listens for what changes in a module. A Worker with a stream of a 2026
 *   client keeps a hibernatable WebSocket; a session of a 2025 client has a row, because what it is
 *   told goes through its log and outlives its connections.
 * - `hub/versions`: which lists the newest version of each module has, so that a deployment tells
 *   the streams that older ones have opened.
 *
 * All of them sleep until there is something to tell.
 */
export class NotificationHub extends DurableObject<
  Pick<Cloudflare.Env, 'MCP_SESSION' | 'NOTIFICATION_HUB'>
> {
  readonly #record: ReturnType<typeof hubRecord>
  readonly #config: ReturnType<typeof readConfig>
  /** Who follows what; read back from the sockets when the object wakes up. */
  #followers: Map<string, Set<WebSocket>> | undefined

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // what wrangler.toml binds
    const config = readConfig(this.env)
    // Workers of two tenants may share these objects; the name says whose this one is.
    const [tenant = config.tenant] = state.id.name?.split('/') ?? []
    this.#config = { ...config, tenant }
    // Nobody deploys in turns to their own machine, and whoever saves wants to see it.
    this.#record = hubRecord(state.storage, config.local ? 0 : COOL_MS)
  }

  /** Takes the WebSocket of a Worker that serves a person, or a stream of a 2026 client. */
  override async fetch(request: Request): Promise<Response> {
    const person = request.headers.get(PERSON_HEADER)
    const follower = request.headers.get(FOLLOWER_HEADER)
    if (follower !== null) return this.#follow(JSON.parse(follower) as Follower) // only we reach it
    if (person === null) return new Response('not a WebSocket of ours', { status: 400 })
    const { 0: theirs, 1: ours } = new WebSocketPair()
    this.ctx.acceptWebSocket(ours, [person])
    return new Response(null, { status: 101, webSocket: theirs })
  }

  /** Has everybody who serves these people look again whether they may. */
  accessChanged(people: readonly string[]): void {
    for (const person of people) {
      for (const socket of this.ctx.getWebSockets(person)) trySend(socket, 'look again')
    }
  }

  /**
   * A session that has a stream, and what it wants to hear of. Safe to repeat.
   *
   * @param awayMs For how long it may have been told nothing.
   * @param word Old sessions do not number theirs: each counts for the first.
   * @returns Lists that another version has changed in that time.
   */
  listen(
    session: string,
    topics: readonly string[],
    awayMs = 0,
    word: SessionWord = { number: 0, holder: '' },
  ): string[] {
    this.#record.addListener(session, topics, word)
    return this.#record.broughtWithin(topics, awayMs, Date.now())
  }

  /** @param number As with `listen`; what was said later holds, whatever comes first. */
  unlisten(session: string, topics: readonly string[], number = Number.MAX_SAFE_INTEGER): void {
    this.#record.removeListener(session, topics, number)
  }

  /**
   * Tells everybody who listens: sockets at once, sessions in the alarm, which begins again where
   * a crash has stopped it. So some may hear of a change twice, and nobody not at all.
   */
  async publish(changes: readonly Published[], prints?: Partial<ListPrints>): Promise<void> {
    const now = Date.now()
    const told = new Map<WebSocket, string[]>()
    let hasSessions = false
    if (prints) this.#record.keepPrints(prints)
    for (const change of changes) {
      if (this.#record.addChange(change, prints !== undefined, now)) hasSessions = true
      for (const socket of this.#followersOf(change.topic)) {
        told.set(socket, [...(told.get(socket) ?? []), change.topic])
      }
    }
    for (const [socket, topics] of told) {
      send(socket, { v: 1, type: 'changed', topics, ...(prints && { prints }) })
    }
    if (hasSessions) await this.ctx.storage.setAlarm(now)
  }

  /** Which lists the modules of an isolate have; see `hub/versions`. */
  async reportLists(prints: Readonly<Record<string, ListPrints>>): Promise<void> {
    this.#record.setLists(prints)
    await this.#tellNewLists()
    await this.#schedule()
  }

  /** Goes on telling sessions, and tells of lists that had to wait. Safe to run twice. */
  override async alarm(): Promise<void> {
    let left = FAN_OUT_BATCH
    for (let next = this.#record.nextFanOut(); next && left > 0; next = this.#record.nextFanOut()) {
      left -= await this.#fanOut(next, left)
    }
    await this.#tellNewLists()
    await this.#schedule()
  }

  override webSocketClose(socket: WebSocket): void {
    this.#forget(socket)
    socket.close()
  }

  override webSocketError(socket: WebSocket): void {
    this.#forget(socket)
  }

  #follow({ topics, principal, network = '', away }: Follower): Response {
    const holder = principal || (network && `network/${network}`)
    const noRoom = this.#noRoom(holder, principal === '' ? MAX_OF_NETWORK : MAX_OF_ONE)
    if (noRoom) return new Response(null, { status: NO_ROOM_STATUS[noRoom] })
    const { 0: theirs, 1: ours } = new WebSocketPair()
    this.ctx.acceptWebSocket(ours, holder === '' ? [] : [holder])
    ours.serializeAttachment(topics)
    this.#remember(ours, topics)
    const missed = this.#missed(topics, away)
    // Whoever was here before may be of a version that this one has replaced meanwhile.
    const prints = away === undefined ? {} : this.#printsSince(topics, away)
    send(ours, { v: 1, type: 'following', missed, prints })
    return new Response(null, { status: 101, webSocket: theirs })
  }

  #noRoom(holder: string, most: number): NoRoom | undefined {
    const own = holder === '' ? [] : this.ctx.getWebSockets(holder).filter(isOpen)
    if (own.length >= most) return 'own'
    return this.ctx.getWebSockets().length >= MAX_FOLLOWERS ? 'all' : undefined
  }

  #missed(topics: string[], away: number | undefined): string[] {
    const now = Date.now()
    if (away === undefined) return this.#record.broughtWithin(topics, NEW_VERSION_MS, now)
    // Nobody knows any more, and to hear of nothing new costs less than to miss something.
    if (away + MARGIN_MS >= REMEMBER_MS) return topics
    return this.#record.changedWithin(topics, away + MARGIN_MS, now)
  }

  #printsSince(topics: string[], away: number): Partial<ListPrints> {
    const brought = this.#record.broughtWithin(topics, away + MARGIN_MS, Date.now())
    return this.#record.printsOf(brought)
  }

  #followersOf(topic: string): Iterable<WebSocket> {
    if (!this.#followers) {
      this.#followers = new Map()
      for (const socket of this.ctx.getWebSockets()) {
        const topics = socket.deserializeAttachment() as string[] | null // as `#follow` wrote it
        if (isOpen(socket)) this.#remember(socket, topics ?? [])
      }
    }
    return this.#followers.get(topic) ?? []
  }

  #remember(socket: WebSocket, topics: readonly string[]): void {
    for (const topic of topics) {
      const sockets = this.#followers?.get(topic) ?? new Set()
      this.#followers?.set(topic, sockets.add(socket))
    }
  }

  #forget(socket: WebSocket): void {
    for (const [topic, sockets] of this.#followers ?? []) {
      if (sockets.delete(socket) && sockets.size === 0) this.#followers?.delete(topic)
    }
  }

  /** Tells the next sessions. Returns how many. */
  async #fanOut(fanOut: FanOut, limit: number): Promise<number> {
    const listeners = this.#record.listenersAfter(fanOut, Math.min(limit, FAN_OUT_AT_ONCE))
    await Promise.all(listeners.map((listener) => this.#tell(fanOut, listener)))
    this.#record.advance(fanOut, listeners.at(-1)?.session)
    return listeners.length
  }

  async #tell({ topic, text }: FanOut, listener: Listener): Promise<void> {
    const session = () => objectById(this.env.MCP_SESSION, listener.session)
    try {
      const isListening = await askAgain(() => session().tell(text, topic))
      if (!isListening) this.#record.dropListener(topic, listener)
    } catch (cause) {
      // It must not keep the others waiting.
      console.warn(JSON.stringify({ event: 'session_not_told', detail: String(cause) }))
    }
  }

  async #tellNewLists(): Promise<void> {
    const modules = Map.groupBy(this.#record.newLists(Date.now()), ({ module }) => module)
    for (const [module, lists] of modules) {
      const changes = lists.map(({ list }) => ({ topic: list, text: noticeText({ list }) }))
      const prints = Object.fromEntries(lists.map(({ list, print }) => [list, print]))
      const hub = hubOfTopic(module, 'tools')
      try {
        await askAgain(() =>
          objectStub(this.env.NOTIFICATION_HUB, this.#config, hub).publish(changes, prints),
        )
        for (const list of lists) this.#record.setTold(list, Date.now())
      } catch (cause) {
        console.warn(JSON.stringify({ event: 'lists_not_told', module, detail: String(cause) }))
      }
    }
  }

  async #schedule(): Promise<void> {
    const now = Date.now()
    const due = this.#record.due(now)
    if (due === undefined) return
    const isRetry = due <= now && !this.#record.nextFanOut()
    await this.ctx.storage.setAlarm(isRetry ? now + RETRY_MS : due)
  }
}

/** A broken socket is noticed a moment late. */
const MARGIN_MS = 5000

const isOpen = (socket: WebSocket): boolean => socket.readyState === WebSocket.OPEN

const send = (socket: WebSocket, message: HubMessage): void =>
  trySend(socket, JSON.stringify(message))

function trySend(socket: WebSocket, text: string): void {
  try {
    socket.send(text)
  } catch {
    // It is closing, and whoever holds the other end comes back.
  }
}
