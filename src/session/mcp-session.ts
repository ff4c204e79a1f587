import { DurableObject } from 'cloudflare:workers'
import { readConfig } from '../config'
import { PURPOSES } from '../keys'
import { isObject } from '../lib'
import { isListTopic, LIST_TOPICS, noticeText } from '../notify'
import { jsonRpcError, type LogLevel, ProtocolError, type RequestId } from '../protocol'
import { objectStub } from '../store'
import {
  type Introduction,
  type ObjectFrame,
  partsOf,
  type Refusal,
  type RunnerFrame,
  readFrame,
  type SessionOwner,
  writeFrame,
} from './frames'
import { INTRODUCTION_HEADER } from './introduction'
import { type CallRow, type EventPart, KEEP_MS, type StreamRow, sessionRecord } from './record'
import { EARLY_STATE_URL, type SessionState, stateResponse } from './state'
import { byHub, type Subscription, subscriptionRecord } from './subscriptions'

/** How long a call whose runner is out of reach may still be claimed by it. */
export const LEASE_MS = 10_000
/** How long a question can be answered. */
export const QUESTION_LIFE_MS = 10 * 60_000
/**
 * How long a call with its answers waits for the runner that asked before another goes on with it:
 * one whose socket broke is back by then, and still has the client's connection.
 */
export const COMEBACK_MS = 1000
/**
 * How often a running call is looked after. A crash of this object tells nobody: what it finds out
 * only then has waited for a lease already, and waits for another.
 */
const WATCH_MS = LEASE_MS
/** A call that lost as many runners, since its last answers if it has any, is not given another. */
const MAX_LOSSES = 3
/** A session that has shown no stream for as long is told nothing until it shows one again. */
const LISTENED_LATELY_MS = 5 * 60_000
/** A client that says nothing but `initialize` and listens has as long to say that it is ready. */
const READY_WITHIN_SECONDS = 60
/** A clock of ours that is behind must not find the session alive again. */
const TOMBSTONE_MARGIN_MS = 60_000

/** What became of an answer. */
export interface AnswerTaken extends SessionState {
  /** The call that has all its answers now, and that somebody has to go on with. */
  ready?: string
}

/** What the object remembers of a socket while it sleeps. */
type Attachment =
  | { role: 'runner'; key: string; fence: number; stream: number }
  | {
      role: 'carrier' | 'substitute'
      stream: number
      /** The round of questions after which its Worker was last asked to go on with the call. */
      offered?: number
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
  readonly #record: ReturnType<typeof sessionRecord>
  readonly #subscriptions: ReturnType<typeof subscriptionRecord>
  #state: SessionState | undefined
  /** Whether its client was heard to say anything that it says only once it is ready. */
  #isReady = false

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env) // what wrangler.toml binds
    this.#record = sessionRecord(state.storage)
    this.#subscriptions = subscriptionRecord(state.storage)
  }

  /**
   * Whether the session goes on, and what its client has set. Writes nothing, unless it has a stream
   * whose client was not heard to be ready before.
   *
   * @param isReady Whether whoever asks serves a client that has `initialize` behind it.
   */
  state(isReady = false): SessionState {
    if (isReady && !this.#isReady) {
      this.#isReady = true
      this.#subscriptions.setReady()
    }
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
    const calls = this.#record.openCalls().filter(({ requests }) => requests.includes(request))
    if (calls.length === 0) this.#record.addCancellation(request, Date.now())
    for (const call of calls) this.#cancelOne(call, request, reason)
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
    const { questions } = this.#record
    const key = questions.answer(question, answer)
    if (key === undefined) return this.state()
    const call = this.#record.call(key)
    if (call?.state === 'asking') this.#goOnIfAnswered(call, Date.now())
    const isReady = this.#record.call(key)?.state === 'ready'
    await this.#schedule()
    return isReady ? { ...this.state(), ready: key } : this.state()
  }

  /** Ends the session for good: every connection closes, and only the word of it is kept. */
  async end(session: SessionOwner): Promise<SessionState> {
    this.#open(session)
    if (!this.state().over) {
      await this.#leaveHubs()
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
    if (!this.#subscriptions.add(subscription)) return { ...this.state(), full: true }
    if (this.#subscriptions.isKnown()) await this.#tellHubs('listen', [subscription.topic])
    else if (this.#isListening(Date.now())) await this.#listenAtHubs()
    await this.#schedule()
    return this.state()
  }

  async unsubscribe(session: SessionOwner, uri: string): Promise<SessionState> {
    if (this.state().over || !this.#record.exists()) return this.state()
    this.#open(session)
    const topic = this.#subscriptions.remove(uri)
    // What a hub says all the same goes nowhere.
    if (topic !== undefined && this.#subscriptions.isKnown()) {
      await this.#tellHubs('unlisten', [topic]).catch(logUntold)
    }
    return this.state()
  }

  /**
   * Says that something has changed. False when the session does not want to hear of it, or has shown
   * no stream lately: it asks for notices again once it does.
   *
   * @param topic What has changed, as the hubs know it.
   */
  async tell(notice: string, topic: string): Promise<boolean> {
    const session = this.#record.session()
    if (!session || session.over) return false
    if (!isListTopic(topic) && !this.#subscriptions.hasTopic(topic)) return false
    const now = Date.now()
    if (!this.#isListening(now)) {
      this.#subscriptions.setUnknown()
      return false
    }
    // Nothing may be said before the client is ready (H-22), and then it asks for itself.
    const isReady = this.#isReady || this.#subscriptions.isReady()
    if (!isReady && now / 1000 < begunAt(session) + READY_WITHIN_SECONDS) return true
    // Said once is enough for whoever comes back: many notices must not push results out.
    this.#record.dropNotices(notice)
    return this.push(notice)
  }

  /** A message that belongs to no call: on the newest stream a GET opened, or nowhere. */
  async push(message: string): Promise<boolean> {
    if (this.state().over || !this.#record.exists()) return false
    const streams = this.#record.listenerStreams()
    const stream = streams.find(({ id }) => this.#carrier(id)) ?? streams[0]
    if (!stream) return false
    this.#append(stream, message)
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
      return stateResponse(this.state(this.#isReady || request.url !== EARLY_STATE_URL))
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
        await this.#listenAtHubs(introduction.role === 'listener').catch(logUntold)
      }
      await this.#schedule()
    }
    return new Response(null, { status: 101, webSocket: theirs })
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    const attachment = attachmentOf(socket)
    const read = readFrame<RunnerFrame>(data)
    if (!read || attachment?.role !== 'runner' || this.state().over) return
    const call = this.#record.call(attachment.key)
    if (!call || call.fence !== attachment.fence) {
      this.#send(socket, { type: 'refused', reason: 'superseded' })
      socket.close(1000, 'superseded')
      return
    }
    const { frame, body } = read
    switch (frame.type) {
      case 'message':
        this.#record.setMessage(call.key, body)
        break
      case 'event':
        this.#onEvent(socket, call, frame, body)
        break
      case 'entry':
        this.#record.questions.keepEntryPart(call.key, frame.round, frame.part, body)
        break
      case 'resume':
        this.#onResume(socket, call, frame.round)
        break
      default:
        frame satisfies never
    }
    // The alarm that was set when the runner came is early enough for whatever it says.
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
      await this.#leaveHubs()
      this.#end()
    }
    if (endsAt + TOMBSTONE_MARGIN_MS <= now) return await this.#drop()
    for (const call of this.#record.openCalls()) {
      if (call.state === 'running' || call.leaseUntil > now) continue
      if (call.state === 'asking') this.#expire(call, now)
      else if (call.state === 'ready') this.#offer(call, now)
      else this.#giveUp(call, now)
    }
    if (!this.#isListening(now)) await this.#leaveHubs()
    // Only now: a call may have come while the hubs were told. What is kept when all else is old says
    // nothing that the session's id does not.
    const hasRecord = this.#record.dropIdle(now, this.#isCarried)
    if (hasRecord || !this.#subscriptions.isEmpty()) await this.#schedule()
    else await this.#drop()
  }

  /** Whether there is, or was a moment ago, a stream to say something on. */
  #isListening(now: number): boolean {
    return this.#record
      .listenerStreams()
      .some(({ id, touchedAt }) => this.#isCarried(id) || touchedAt > now - LISTENED_LATELY_MS)
  }

  /**
   * Has the hubs tell this session, unless they know already, and hears what it has missed.
   *
   * @param isFresh Whether there is a new stream, which does not show what was said on those before:
   *   whoever opens it had none, or no id to come back with.
   */
  async #listenAtHubs(isFresh = false): Promise<void> {
    if (this.state().over) return
    const isKnown = this.#subscriptions.isKnown()
    if (isKnown && !isFresh) return
    const topics = isKnown ? [...LIST_TOPICS] : this.#subscriptions.topics()
    const missed = await this.#tellHubs('listen', topics)
    if (!isKnown) this.#subscriptions.setKnown(this.#isReady)
    for (const list of missed.filter(isListTopic)) await this.tell(noticeText({ list }), list)
  }

  async #leaveHubs(): Promise<void> {
    if (!this.#subscriptions.isKnown()) return
    this.#subscriptions.setUnknown()
    // One that does not hear of it is told when it next has something to say.
    await this.#tellHubs('unlisten', this.#subscriptions.topics()).catch(logUntold)
  }

  /** What was missed, when it begins to listen. @throws when a hub cannot be reached. */
  async #tellHubs(what: 'listen' | 'unlisten', topics: string[]): Promise<string[]> {
    const session = this.#record.session()
    const [tenant = '', module = ''] = session?.owner.split('/') ?? []
    const config = { ...readConfig(this.env), tenant }
    const id = this.ctx.id.toString()
    const ageMs = session ? Date.now() - begunAt(session) * 1000 : 0
    const telling = [...byHub(module, topics)].map(async ([name, some]) => {
      const tell = async (): Promise<string[]> => {
        const hub = objectStub(this.env.NOTIFICATION_HUB, config, name)
        // One of an earlier version answers with nothing.
        if (what === 'listen') return (await hub.listen(id, some, ageMs)) ?? []
        await hub.unlisten(id, some)
        return []
      }
      // One that was moved or restarted answers by a fresh stub.
      return tell().catch(tell)
    })
    return (await Promise.all(telling)).flat()
  }

  async #drop(): Promise<void> {
    this.#state = undefined
    await this.#record.drop()
  }

  /** Closes all there is of the session and leaves the word that it is over. */
  #end(): void {
    this.#record.end()
    this.#subscriptions.clear()
    this.#state = undefined
    for (const socket of this.ctx.getWebSockets()) {
      this.#send(socket, { type: 'over' })
      socket.close(1000, 'over')
    }
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
        this.#listen(socket, introduction.carrier, now)
        return undefined
      case 'resumer':
        return this.#resume(socket, introduction, now)
      case 'runner':
        return this.#run(socket, introduction, now)
      case 'substitute':
        return this.#standBy(socket, introduction.key, now)
      default:
        return introduction satisfies never
    }
  }

  #listen(socket: WebSocket, carrier: string, now: number): void {
    const { stream, dropped } = this.#record.addListenerStream(now, this.#isCarried)
    for (const id of dropped) this.#endCarrier(id)
    this.#carry(socket, stream, carrier, [], now)
  }

  #resume(
    socket: WebSocket,
    { from, carrier, again }: Introduction & { role: 'resumer' },
    now: number,
  ): Refusal | undefined {
    const stream = this.#record.stream(from.stream)
    const events = stream?.kind === from.kind ? this.#record.eventsAfter(from) : undefined
    if (!stream || !events) {
      // Nothing that is missing on a stream of notices will ever come: a fresh one is as good.
      if (from.kind === 'post') return 'gone'
      this.#listen(socket, carrier, now)
      return undefined
    }
    // Its client has come back on a newer connection while this one was cut off from here.
    if (again && stream.carrier !== carrier) return 'taken'
    if (!stream.open && events.length === 0) return stream.cancelled ? 'cancelled' : 'ended'
    this.#carry(socket, stream, carrier, events, now)
    const call = this.#record.callOfStream(stream.id)
    if (call?.state === 'abandoned') this.#adopt(call, socket, now)
    // One that has had its time and did not ask to go on says nothing any more.
    const isLeft = call?.state === 'ready' && (call.leaseUntil <= now || !this.#runner(call))
    if (isLeft) this.#offer(call, now)
    return undefined
  }

  #standBy(socket: WebSocket, key: string, now: number): Refusal | undefined {
    const call = this.#record.call(key)
    if (call?.state !== 'ready') return 'ended'
    this.#endSubstitute(call.stream)
    this.#accept(socket, { role: 'substitute', stream: call.stream })
    if (call.leaseUntil <= now) this.#offer(call, now)
    return undefined
  }

  #run(
    socket: WebSocket,
    { key, fence, requests, resumes }: Introduction & { role: 'runner' },
    now: number,
  ): Refusal | undefined {
    const known = this.#record.call(key)
    if (known ? known.fence !== fence : fence !== 1) return 'superseded'
    const call = known ?? this.#record.addCall(key, requests, now + LEASE_MS, now)
    const stream = this.#record.stream(call.stream)
    if (stream?.cancelled) return 'cancelled'
    this.#runner(call)?.close(1000, 'attached anew')
    this.#accept(socket, { role: 'runner', key, fence, stream: call.stream })
    this.#send(socket, { type: 'attached', stream: call.stream, next: stream?.next ?? 1 })
    // What it sent last was kept, and only the word of that got lost.
    if (call.state === 'done') return undefined
    const waits = call.state === 'asking' || (call.state === 'ready' && !resumes)
    if (waits) this.#tellOfAnswers(socket, call)
    else this.#record.setState(key, 'running', fence, now + LEASE_MS)
    if (resumes) {
      for (const [part, body] of this.#record.questions.entryOf(key).entries()) {
        this.#send(socket, { type: 'entry', part }, body)
      }
      this.#sendAnswers(socket, key)
      this.#send(socket, { type: 'go' })
      this.#endSubstitute(call.stream)
    }
    // The runner's own connection to the client is the older one by now.
    if (this.#isCarried(call.stream)) this.#send(socket, { type: 'taken' })
    // What it is not waited for any more: it may not have heard, or was overtaken by it.
    for (const id of requests) {
      if (!call.requests.includes(id)) this.#send(socket, { type: 'cancel', id })
    }
    for (const id of this.#record.takeCancellations(call.requests, now)) {
      const left = this.#record.call(key)
      if (left) this.#cancelOne(left, id, undefined)
    }
    return undefined
  }

  /** Shows a stream on this connection, and on no other from now on. */
  #carry(
    socket: WebSocket,
    stream: StreamRow,
    carrier: string,
    events: EventPart[],
    now: number,
  ): void {
    const before = this.#carrier(stream.id)
    if (before) {
      this.#send(before, { type: 'taken' })
      before.close(1000, 'taken')
    }
    const call = stream.kind === 'post' ? this.#record.callOfStream(stream.id) : undefined
    if (call) this.#toRunner(call, { type: 'taken' })
    this.#record.setCarrier(stream.id, carrier, now)
    this.#accept(socket, { role: 'carrier', stream: stream.id })
    this.#send(socket, { type: 'attached', stream: stream.id, next: stream.next })
    for (const { body, ...event } of events) this.#send(socket, { type: 'event', ...event }, body)
    if (!stream.open) this.#endCarrier(stream.id)
  }

  #onEvent(
    socket: WebSocket,
    call: CallRow,
    frame: RunnerFrame & { type: 'event' },
    body: string,
  ): void {
    const { seq, part, parts, answers, last, asks } = frame
    const now = Date.now()
    if (call.state === 'done') {
      // The word that it was kept got lost.
      this.#send(socket, { type: 'kept', seq })
      return
    }
    const { questions } = this.#record
    if (asks && !questions.add(call.key, { ...asks, stream: call.stream, seq })) {
      this.#send(socket, { type: 'kept', seq, refused: true })
      return
    }
    if (!this.#record.keepPart(call.stream, { seq, part, parts, body }, now)) return
    if (answers !== undefined) {
      this.#record.setRequests(
        call.key,
        call.requests.filter((request) => request !== answers),
      )
    }
    if (last) this.#record.finish(call, false, now)
    this.#send(socket, { type: 'kept', seq })
    this.#show(call.stream, seq)
    if (last) this.#endCarrier(call.stream)
    if (asks?.isLast && questions.completeRound(call.key, asks.round)) {
      const asking = { ...call, state: 'asking' as const }
      this.#record.setState(call.key, 'asking', call.fence, now + QUESTION_LIFE_MS)
      this.#goOnIfAnswered(asking, now)
    }
  }

  /** A call that has asked is told of its answers, once there are all. */
  #goOnIfAnswered(call: CallRow, now: number): void {
    const { questions } = this.#record
    if (questions.of(call.key).some(({ answer }) => answer === undefined)) return
    this.#record.setState(call.key, 'ready', call.fence, now + COMEBACK_MS)
    const runner = this.#runner(call)
    if (runner) this.#tellOfAnswers(runner, { ...call, state: 'ready' })
  }

  /** Tells a runner that waits what has come of its questions. */
  #tellOfAnswers(runner: WebSocket, { key, state }: CallRow): void {
    const { questions } = this.#record
    const round = questions.roundOf(key)
    if (state === 'ready' && round !== undefined) {
      this.#sendAnswers(runner, key)
      this.#send(runner, { type: 'ready', round })
    } else if (questions.of(key).length === 0) this.#send(runner, { type: 'unanswered' })
  }

  #sendAnswers(runner: WebSocket, key: string): void {
    for (const { id, answer } of this.#record.questions.of(key)) {
      if (answer !== undefined) this.#send(runner, { type: 'answer', id }, answer)
    }
  }

  /** The runner that asked goes on. It asks again when it did not hear that it may. */
  #onResume(socket: WebSocket, call: CallRow, round: number): void {
    if (this.#record.questions.roundOf(call.key) !== round) return
    if (call.state === 'ready') {
      this.#record.setState(call.key, 'running', call.fence, Date.now() + LEASE_MS)
      this.#endSubstitute(call.stream)
    } else if (call.state !== 'running') return
    this.#send(socket, { type: 'go' })
  }

  /** Has somebody go on with a call that has its answers: the client's connection lasts longest. */
  #offer(call: CallRow, now: number): void {
    const runner = this.#runner(call)
    const round = this.#record.questions.roundOf(call.key) ?? 0
    const isNew = (socket: WebSocket): boolean => {
      const attachment = attachmentOf(socket)
      return attachment?.role !== 'runner' && attachment?.offered !== round
    }
    const takers = this.#takers(call)
    // One that did not come the first time may yet: perhaps it could not reach this object.
    const taker = takers.find(isNew) ?? takers[0]
    if (taker) {
      // Whoever asked takes it no more, though its socket may still be there.
      runner?.close(1000, 'superseded')
      const next = { ...call, fence: call.fence + 1 }
      taker.serializeAttachment({ ...attachmentOf(taker), offered: round })
      this.#adopt(next, taker, now)
    } else if (call.leaseUntil + KEEP_MS <= now) this.#giveUp(call, now)
    // Else whoever comes back for its stream goes on with it.
  }

  /** Nobody has answered in time: its runner says so, or, when there is none, the log. */
  #expire(call: CallRow, now: number): void {
    const { questions } = this.#record
    const runner = this.#runner(call)
    const isTold = questions.of(call.key).length === 0
    questions.withdraw(call.key)
    if (runner && !isTold) {
      this.#record.setState(call.key, 'asking', call.fence, now + LEASE_MS)
      this.#send(runner, { type: 'unanswered' })
      return
    }
    this.#fail({ ...call, fence: call.fence + 1 }, unanswered())
  }

  /** Adds a whole message to a stream and shows it. */
  #append({ id, next }: StreamRow, message: string): void {
    const bodies = partsOf(message)
    for (const [part, body] of bodies.entries()) {
      this.#record.keepPart(id, { seq: next, part, parts: bodies.length, body }, Date.now())
    }
    this.#show(id, next)
  }

  #show(stream: number, seq: number): void {
    const carrier = this.#carrier(stream)
    if (!carrier) return
    const events = this.#record.eventsAfter({ kind: 'post', stream, seq: seq - 1 }) ?? []
    for (const { body, ...event } of events) {
      if (event.seq === seq) this.#send(carrier, { type: 'event', ...event }, body)
    }
  }

  #finish(call: CallRow, cancelled: boolean): void {
    this.#record.finish(call, cancelled, Date.now())
    this.#endCarrier(call.stream)
  }

  #endCarrier(stream: number): void {
    const carrier = this.#carrier(stream)
    if (!carrier) return
    this.#send(carrier, { type: 'end' })
    carrier.close(1000, 'end')
  }

  #cancelOne(call: CallRow, request: RequestId, reason: string | undefined): void {
    this.#toRunner(call, { type: 'cancel', id: request, ...(reason !== undefined && { reason }) })
    const left = call.requests.filter((it) => it !== request)
    if (left.length === 0) this.#finish(call, true)
    else this.#record.setRequests(call.key, left)
  }

  /** A call that nobody runs: somebody else may, or its client is told that it is lost. */
  #giveUp(call: CallRow, now: number): void {
    this.#record.dropUnfinished(call.stream)
    this.#record.questions.dropUnfinished(call.key)
    const next = { ...call, fence: call.fence + 1 }
    if (call.state === 'missing' && this.#goesOnAgain(call)) {
      this.#record.setState(call.key, 'ready', next.fence, now)
      this.#offer({ ...next, state: 'ready', leaseUntil: now }, now)
      return
    }
    if (call.state === 'missing' && call.message !== undefined && call.fence < MAX_LOSSES) {
      // Whoever comes back for its stream runs it.
      this.#record.setState(call.key, 'abandoned', next.fence, now + KEEP_MS)
      const carrier = this.#carrier(call.stream)
      if (carrier) this.#adopt(next, carrier, now)
      return
    }
    this.#fail(next, lost())
  }

  /** Whether a call whose runner is lost has answers to go on with; a journal repeats no once. */
  #goesOnAgain({ key }: CallRow): boolean {
    const { questions } = this.#record
    return questions.roundOf(key) !== undefined && questions.countLoss(key) < MAX_LOSSES
  }

  /** Answers what is left of a call with an error. */
  #fail(call: CallRow, error: ProtocolError): void {
    for (const request of call.requests) {
      const stream = this.#record.stream(call.stream)
      if (stream) this.#append(stream, jsonRpcError(request, error))
    }
    this.#finish(call, false)
  }

  #adopt(call: CallRow, taker: WebSocket, now: number): void {
    const { key, fence, stream, requests, message = '' } = call
    // One that has its answers is not lost when whoever takes it does not come: nobody ran it.
    const state = call.state === 'ready' ? 'ready' : 'missing'
    this.#record.setState(key, state, fence, now + LEASE_MS)
    const progress = lastProgress(this.#record.newestBodies(stream))
    const frame = {
      type: 'adopt',
      key,
      fence,
      ...(progress !== undefined && { progress }),
      ...(this.#record.questions.roundOf(key) !== undefined && { resumes: requests }),
    } as const
    this.#send(taker, frame, message)
  }

  async #onGone(socket: WebSocket): Promise<void> {
    socket.close()
    if (this.state().over) return
    const attachment = attachmentOf(socket)
    // Until here it was shown, and its client has as long as any to come back.
    if (attachment?.role === 'carrier') this.#record.touch(attachment.stream, Date.now())
    await this.#schedule()
  }

  /**
   * When to wake up next: for the first lease that ends, for what is old, or for the end of all.
   * Finds out whose runner is gone first: a crash takes the sockets along and tells nobody.
   */
  async #schedule(): Promise<void> {
    const session = this.#record.session()
    if (!session) return
    const now = Date.now()
    const endsAt = session.expiresAt * 1000
    let due = session.over || endsAt <= now ? endsAt + TOMBSTONE_MARGIN_MS : endsAt
    if (this.#record.hasPassing()) due = Math.min(due, now + KEEP_MS)
    for (const call of this.#record.openCalls()) {
      // Nobody has a claim to it or is there to take it, and somebody may still come.
      const isLeft =
        call.state === 'ready' && call.leaseUntil <= now && this.#takers(call).length === 0
      if (isLeft) due = Math.min(due, call.leaseUntil + KEEP_MS)
      else if (call.state !== 'running') due = Math.min(due, call.leaseUntil)
      else if (this.#runner(call)) due = Math.min(due, now + WATCH_MS)
      else {
        this.#record.setState(call.key, 'missing', call.fence, now + LEASE_MS)
        due = Math.min(due, now + LEASE_MS)
      }
    }
    const set = await this.ctx.storage.getAlarm()
    if (set === null || set > due || set <= now) await this.ctx.storage.setAlarm(due)
  }

  #open({ owner, expiresAt }: SessionOwner): void {
    this.#record.open(owner, expiresAt)
    // The object is named by a sealed id that only its owner can open; this is the second lock.
    if (this.#record.session()?.owner !== owner) throw new Error('a session of somebody else')
  }

  #accept(socket: WebSocket, attachment: Attachment): void {
    this.ctx.acceptWebSocket(socket, [`${attachment.role}/${attachment.stream}`])
    socket.serializeAttachment(attachment)
  }

  readonly #isCarried = (stream: number): boolean => this.#carrier(stream) !== undefined

  #carrier(stream: number): WebSocket | undefined {
    return this.ctx.getWebSockets(`carrier/${stream}`).findLast(isOpen)
  }

  #substitute(stream: number): WebSocket | undefined {
    return this.ctx.getWebSockets(`substitute/${stream}`).findLast(isOpen)
  }

  /** Who could go on with a call, the client's connection first. */
  #takers({ stream }: CallRow): WebSocket[] {
    return [this.#carrier(stream), this.#substitute(stream)].filter(
      (socket) => socket !== undefined,
    )
  }

  #endSubstitute(stream: number): void {
    const substitute = this.#substitute(stream)
    if (!substitute) return
    this.#send(substitute, { type: 'end' })
    substitute.close(1000, 'end')
  }

  #runner({ stream, fence }: CallRow): WebSocket | undefined {
    return this.ctx.getWebSockets(`runner/${stream}`).findLast((socket) => {
      const attachment = attachmentOf(socket)
      return isOpen(socket) && attachment?.role === 'runner' && attachment.fence === fence
    })
  }

  #toRunner(call: CallRow, frame: ObjectFrame): void {
    const runner = this.#runner(call)
    if (runner) this.#send(runner, frame)
  }

  #send(socket: WebSocket, frame: ObjectFrame, body?: string): void {
    try {
      socket.send(writeFrame(frame, body))
    } catch {
      // Its close event follows, or its other end comes back; what it missed is in the log.
    }
  }
}

const attachmentOf = (socket: WebSocket): Attachment | undefined =>
  (socket.deserializeAttachment() ?? undefined) as Attachment | undefined // as `#accept` wrote it

/** How far a call has come, in the words of its last progress notification. */
function lastProgress(newestFirst: Iterable<string>): number | undefined {
  for (const body of newestFirst) {
    const { method, params } = JSON.parse(body)
    if (method === 'notifications/progress' && isObject(params)) return Number(params.progress)
  }
  return undefined
}

/** In epoch seconds. */
const begunAt = ({ expiresAt }: SessionOwner): number => expiresAt - PURPOSES.session

/** Whether a Worker shows a stream of notices. */
const isForNotices = (introduction: Introduction): boolean =>
  introduction.role === 'listener' ||
  (introduction.role === 'resumer' && introduction.from.kind === 'get')

function logUntold(cause: unknown): void {
  console.warn(JSON.stringify({ event: 'hubs_not_told', detail: String(cause) }))
}

const isOpen = (socket: WebSocket): boolean => socket.readyState === WebSocket.OPEN

const lost = (): ProtocolError =>
  new ProtocolError(
    'internal_error',
    'The call was interrupted, and nobody knows whether it took effect. Check before trying again.',
  )

const unanswered = (): ProtocolError =>
  new ProtocolError(
    'item_failed',
    `Nobody answered the question of this call within ${QUESTION_LIFE_MS / 60_000} minutes, so it ` +
      'was given up. Call again to be asked again.',
  )
