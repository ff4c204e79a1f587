import { DurableObject } from 'cloudflare:workers'
import { readConfig } from '../config'
import type { LogLevel, RequestId } from '../protocol'
import { objectStub } from '../store'
import {
  type Introduction,
  type Refusal,
  type RunnerFrame,
  readFrame,
  type SessionOwner,
  writeFrame,
} from './frames'
import { INTRODUCTION_HEADER } from './introduction'
import { leftCalls } from './left-calls'
import { attachmentOf, type ObjectSockets, objectSockets } from './object-sockets'
import { KEEP_MS, type SessionRecord, sessionRecord } from './record'
import { runningCalls } from './running-calls'
import { sessionNotices } from './session-notices'
import { type ShownStreams, shownStreams } from './shown-streams'
import { EARLY_STATE_URL, type SessionState, stateResponse } from './state'
import type { Subscription } from './subscriptions'

/** A clock of ours that is behind must not find the session alive again. */
const TOMBSTONE_MARGIN_MS = 60_000

/** What became of an answer. */
export interface AnswerTaken extends SessionState {
  /** The call that has all its answers now, and that somebody has to go on with. */
  ready?: string
}

/**
 * The durable record of one session of a 2025 client: one object each, named
 * `<tenant>/session/<id>`. It holds every logical stream with its log, says which Worker runs a
 * call and which connection shows a stream, and passes cancellations on. It runs nothing and holds
 * no connection to the client: Workers do, each over a hibernatable WebSocket, so that an idle
 * client costs nothing and an eviction loses nothing.
 *
 * Reading itself back and being asked write nothing; the tables come with the first that is kept.
 */
export class McpSession extends DurableObject<Pick<Cloudflare.Env, 'NOTIFICATION_HUB'>> {
  readonly #record: SessionRecord
  readonly #sockets: ObjectSockets
  readonly #streams: ShownStreams
  readonly #running: ReturnType<typeof runningCalls>
  readonly #left: ReturnType<typeof leftCalls>
  readonly #notices: ReturnType<typeof sessionNotices>
  #state: SessionState | undefined

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // what wrangler.toml binds
    this.#record = sessionRecord(state.storage)
    this.#sockets = objectSockets(state)
    this.#streams = shownStreams(this.#record, this.#sockets)
    this.#running = runningCalls(this.#record, this.#sockets, this.#streams)
    this.#left = leftCalls(this.#record, this.#sockets, this.#streams)
    this.#notices = sessionNotices(state, {
      record: this.#record,
      sockets: this.#sockets,
      hubsOf: (tenant) => {
        const config = { ...readConfig(this.env), tenant }
        return (name) => objectStub(this.env.NOTIFICATION_HUB, config, name)
      },
      isOver: () => this.state().over,
      push: (message) => this.push(message),
    })
  }

  /**
   * Whether the session goes on, and what its client has set. Writes nothing, unless it has a stream
   * whose client was not heard to be ready before.
   *
   * @param isReady Whether whoever asks serves a client that has `initialize` behind it.
   */
  state(isReady = false): SessionState {
    if (isReady && !this.#notices.isReady()) this.#notices.setReady()
    if (!this.#state) {
      const row = this.#record.session()
      this.#state = { over: row?.over ?? false, logLevel: row?.logLevel }
    }
    return this.#state
  }

  async setLogLevel(session: SessionOwner, level: LogLevel): Promise<SessionState> {
    if (!this.state().over) {
      this.#open(session)
      this.#record.setLogLevel(level)
      this.#state = undefined
      await this.#schedule()
    }
    return this.state()
  }

  /**
   * Stops a request, wherever it runs. From here on it has no response, whether its runner hears of
   * that now or when it comes back; one that nobody is known to run is noted for its runner.
   */
  async cancel(
    session: SessionOwner,
    request: RequestId,
    reason: string | undefined,
  ): Promise<SessionState> {
    if (this.state().over) return this.state()
    this.#open(session)
    this.#running.cancel(request, reason)
    await this.#schedule()
    return this.state()
  }

  /**
   * Takes what the client says to a question. The first answer counts; one to a question that is
   * closed, or was never asked in this session, changes nothing.
   */
  async answer(session: SessionOwner, question: string, answer: string): Promise<AnswerTaken> {
    if (this.state().over || !this.#record.exists()) return this.state()
    this.#open(session)
    const taken = this.#running.answer(question, answer)
    if (!taken) return this.state()
    await this.#schedule()
    return taken.isReady ? { ...this.state(), ready: taken.key } : this.state()
  }

  /** Ends the session for good: every connection closes, and only the word of it is kept. */
  async end(session: SessionOwner): Promise<SessionState> {
    this.#open(session)
    if (!this.state().over) {
      await this.#notices.leaveHubs()
      this.#end()
      await this.#schedule()
    }
    return this.state()
  }

  /** Has the session told when this changes. `full` when it has as many subscriptions as it may. */
  async subscribe(
    session: SessionOwner,
    subscription: Subscription,
  ): Promise<SessionState & { full?: true }> {
    if (this.state().over) return this.state()
    this.#open(session)
    if (!(await this.#notices.subscribe(subscription))) return { ...this.state(), full: true }
    await this.#schedule()
    return this.state()
  }

  async unsubscribe(session: SessionOwner, uri: string): Promise<SessionState> {
    if (this.state().over || !this.#record.exists()) return this.state()
    this.#open(session)
    await this.#notices.unsubscribe(uri)
    return this.state()
  }

  /**
   * Says that something has changed. False when the session does not want to hear of it, or has shown
   * no stream lately: it asks for notices again once it does.
   *
   * @param topic What has changed, as the hubs know it.
   */
  async tell(notice: string, topic: string): Promise<boolean> {
    return this.#notices.tell(notice, topic)
  }

  /** A message that belongs to no call: on the newest stream a GET opened, or nowhere. */
  async push(message: string): Promise<boolean> {
    if (this.state().over || !this.#record.exists()) return false
    const streams = this.#record.log.listenerStreams()
    const stream = streams.find(({ id }) => this.#sockets.isCarried(id)) ?? streams[0]
    if (!stream) return false
    this.#streams.append(stream, message)
    await this.#schedule()
    return true
  }

  /**
   * Takes the WebSocket of a Worker that carries or runs something, see `Introduction`; answers any
   * other request with the session's state.
   */
  override async fetch(request: Request): Promise<Response> {
    const header = request.headers.get(INTRODUCTION_HEADER)
    if (header === null) {
      return stateResponse(this.state(this.#notices.isReady() || request.url !== EARLY_STATE_URL))
    }
    // Only this platform reaches the object.
    const introduction = JSON.parse(decodeURIComponent(header)) as Introduction
    const { 0: theirs, 1: ours } = new WebSocketPair()
    const refusal = this.#take(ours, introduction)
    if (refusal) {
      ours.accept()
      ours.send(writeFrame({ type: 'refused', reason: refusal }))
      ours.close(1000, refusal)
    } else {
      if (isForNotices(introduction)) {
        // Whoever comes back for a stream that is not kept any more is shown a fresh one.
        const known = introduction.role === 'resumer' ? introduction.from.stream : undefined
        await this.#notices.onStream(attachmentOf(ours)?.stream !== known)
      }
      await this.#schedule()
    }
    return new Response(null, { status: 101, webSocket: theirs })
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    const attachment = attachmentOf(socket)
    const read = readFrame<RunnerFrame>(data)
    if (!read || attachment?.role !== 'runner' || this.state().over) return
    // The alarm that was set when the runner came is early enough for whatever it says.
    this.#running.onFrame(socket, attachment, read.frame, read.body)
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    await this.#onGone(socket)
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.#onGone(socket)
  }

  /** Looks after calls without a runner and what is old. Safe to run twice. */
  override async alarm(): Promise<void> {
    const now = Date.now()
    const session = this.#record.session()
    if (!session) return
    const endsAt = session.expiresAt * 1000
    if (endsAt <= now && !session.over) {
      await this.#notices.leaveHubs()
      this.#end()
    }
    if (endsAt + TOMBSTONE_MARGIN_MS <= now) return await this.#drop()
    this.#left.lookAfter(now)
    if (!this.#notices.isListening(now)) await this.#notices.leaveHubs()
    // Only now: a call may have come while the hubs were told. What is kept when all else is old says
    // nothing that the session's id does not.
    const hasRecord = this.#record.dropIdle(now, this.#sockets.isCarried)
    if (hasRecord || !this.#notices.isEmpty()) await this.#schedule()
    else await this.#drop()
  }

  async #drop(): Promise<void> {
    this.#state = undefined
    await this.#record.drop()
  }

  /** Closes all there is of the session and leaves the word that it is over. */
  #end(): void {
    this.#record.end()
    this.#notices.clear()
    this.#state = undefined
    this.#sockets.endAll()
  }

  /** Lets a Worker in, or says why not. */
  #take(socket: WebSocket, introduction: Introduction): Refusal | undefined {
    if (this.state().over) return 'over'
    // There is nothing to come back for, and no reason to begin a record.
    if (!this.#record.exists()) {
      if (introduction.role === 'resumer' && introduction.from.kind === 'post') return 'gone'
      if (introduction.role === 'substitute') return 'ended'
    }
    this.#open(introduction)
    const now = Date.now()
    switch (introduction.role) {
      case 'listener':
        this.#streams.listen(socket, introduction.carrier, now)
        return undefined
      case 'resumer': {
        const refusal = this.#streams.resume(socket, introduction, now)
        const { kind, stream } = introduction.from
        if (!refusal && kind === 'post') this.#left.offerTo(socket, stream, now)
        return refusal
      }
      case 'runner':
        return this.#running.attach(socket, introduction, now)
      case 'substitute':
        return this.#left.standBy(socket, introduction.key, now)
      default:
        return introduction satisfies never
    }
  }

  async #onGone(socket: WebSocket): Promise<void> {
    socket.close()
    if (this.state().over) return
    const attachment = attachmentOf(socket)
    // Until here it was shown, and its client has as long as any to come back.
    if (attachment?.role === 'carrier') this.#record.log.touch(attachment.stream, Date.now())
    await this.#schedule()
  }

  /** When to wake up next: for the first lease that ends, for what is old, or for the end of all. */
  async #schedule(): Promise<void> {
    const session = this.#record.session()
    if (!session) return
    const now = Date.now()
    const endsAt = session.expiresAt * 1000
    let due = session.over || endsAt <= now ? endsAt + TOMBSTONE_MARGIN_MS : endsAt
    if (this.#record.hasPassing()) due = Math.min(due, now + KEEP_MS)
    due = Math.min(due, this.#left.nextLook(now))
    const set = await this.ctx.storage.getAlarm()
    if (set === null || set > due || set <= now) await this.ctx.storage.setAlarm(due)
  }

  #open({ owner, expiresAt }: SessionOwner): void {
    this.#record.open(owner, expiresAt)
    // The object is named by a sealed id that only its owner can open; this is the second lock.
    if (this.#record.session()?.owner !== owner) throw new Error('a session of somebody else')
  }
}

/** Whether a Worker shows a stream of notices. */
const isForNotices = (introduction: Introduction): boolean =>
  introduction.role === 'listener' ||
  (introduction.role === 'resumer' && introduction.from.kind === 'get')
