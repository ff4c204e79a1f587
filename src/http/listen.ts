/**
 * `subscriptions/listen` of revision 2026-07-28: one stream that says what has changed, for as long
 * as its client reads it. Nothing is kept of it: a client that comes back begins anew.
 *
 * @module
 */
import { type Circumstances, changeOf } from '../dispatch'
import {
  Cancellation,
  isObject,
  networkOf,
  SSE_HEADERS,
  sseComment,
  sseData,
  startTimer,
} from '../lib'
import { type Change, followTopics, type ListPrints, noticeText, topicOf } from '../notify'
import {
  jsonRpcNotification,
  jsonRpcResult,
  MAX_URI_LENGTH,
  META,
  type Params,
  ProtocolError,
  type RequestId,
} from '../protocol'
import type { HostedServer } from '../registry'
import type { Caller } from '../sdk'
import { closeInTime, MAX_SUBSCRIPTIONS, writeInTime } from '../session'
import type { WatchStart } from './access'
import { KEEP_ALIVE_MS } from './call-carrier'
import type { McpServices } from './services'

export interface ListenRequest {
  http: Request
  server: HostedServer
  id: RequestId
  params: Params
  caller: Caller
  /** Those of a read in the name of this request. */
  circumstances(signal: Cancellation): Circumstances
  /** `_meta` of every result. */
  serverMeta: Record<string, unknown>
}

export interface ListenPorts
  extends Pick<McpServices, 'dispatch' | 'topicHub' | 'listPrints' | 'waitUntil'> {
  watch: WatchStart
}

/** What a client asks for, and what it gets of it. */
interface Filter {
  toolsListChanged?: true
  promptsListChanged?: true
  resourcesListChanged?: true
  resourceSubscriptions?: string[]
}

const LISTS = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
} as const

/** Each notice repeats the id of its request. */
const MAX_ID_LENGTH = 256
/** Resources that are read at a time to see whether their reader may, and all of them together. */
const CHECKS_AT_ONCE = 8
const CHECK_DEADLINE_MS = 10_000

/**
 * Opens the stream.
 *
 * @throws {ProtocolError} `invalid_params` for a filter that is none or a very long id; `unavailable`
 *   when there is no room for another stream or the change could not be heard of.
 */
export async function answerListen(request: ListenRequest, ports: ListenPorts): Promise<Response> {
  const { server, params, caller, id } = request
  if (String(id).length > MAX_ID_LENGTH) {
    throw invalid(`The id of subscriptions/listen has at most ${MAX_ID_LENGTH} characters.`)
  }
  const honoured = await honouredOf(readFilter(params), request, ports)
  const changes = await topicsOf(honoured, server, caller)

  const { headers, signal } = request.http
  const isAnonymous = caller.principal.kind === 'anonymous'
  const pending = new Set<string>()
  const end = Promise.withResolvers<'ended' | 'gone'>()
  let wake = Promise.withResolvers<undefined>()
  const onChange = (topic: string): void => {
    const change = changes.get(topic)
    if (!change) return
    // A change that was not shown yet covers another of the same.
    pending.add(noticeText(change, { [META.subscriptionId]: id }))
    wake.resolve(undefined)
  }
  const following = await followTopics({
    module: server.info.name,
    topics: [...changes.keys()],
    // Nobody is known who is anonymous.
    principal: isAnonymous ? '' : caller.principal.id,
    network: isAnonymous ? networkOf(headers.get('cf-connecting-ip') ?? '') : '',
    hubNamed: ports.topicHub,
    onChange,
    onLost: () => end.resolve('ended'),
    onNewVersion(prints) {
      // Whoever comes back is served by the newer one.
      if (isOutdated(prints, ports.listPrints(server.info.name))) end.resolve('ended')
    },
  })
  if (!following.ok) {
    const isOfNetwork = isAnonymous && following.reason === 'own'
    throw new ProtocolError('unavailable', REFUSALS[isOfNetwork ? 'network' : following.reason])
  }

  // A TransformStream of the standard does not end, not even by abort, while a write waits.
  const { readable, writable } = new IdentityTransformStream()
  const writer = writable.getWriter()
  const watching = ports.watch(() => end.resolve('ended'), 'all')
  const onGone = () => end.resolve('gone')
  if (signal.aborted) onGone()
  else signal.addEventListener('abort', onGone, { once: true })
  // The stream may also break between two writes.
  writer.closed.catch(onGone)
  if (changes.size === 0) end.resolve('ended')

  const pump = async (): Promise<void> => {
    const write = (text: string) => writeInTime(writer, text)
    const takeAll = (): string => {
      const text = [...pending].map(sseData).join('')
      pending.clear()
      wake = Promise.withResolvers()
      return text
    }
    try {
      await write(sseData(acknowledgement(id, honoured)))
      while (true) {
        const tick = startTimer(KEEP_ALIVE_MS)
        const how = await Promise.race([end.promise, pending.size > 0 || wake.promise, tick.over])
        tick.stop()
        if (how === 'gone') break
        const text = takeAll()
        if (how === 'ended') {
          await write(text + sseData(endOf(request)))
          // It waits until the end is read, too.
          await closeInTime(writer)
          return
        }
        // A write that fails is how a client is noticed that has gone.
        await write(text === '' ? sseComment() : text)
      }
    } catch {
      // The only thing that fails here is a write: nobody reads any more.
    }
    await writer.abort().catch(() => undefined)
  }
  const done = pump().finally(() => {
    following.stop()
    watching.stop()
    signal.removeEventListener('abort', onGone)
  })
  ports.waitUntil(done)
  return new Response(readable, { headers: SSE_HEADERS })
}

const REFUSALS = {
  own: 'You have as many streams of this module open as you may. Close one of them first.',
  network:
    'Your network has as many streams of this module open as may be without a sign-in. Close one of them, or try again later.',
  all: 'Too many streams listen to this module already. Try again later.',
  unreachable: 'Changes cannot be heard of right now. Try again in a few seconds.',
} as const

const acknowledgement = (id: RequestId, honoured: Filter): string =>
  jsonRpcNotification('notifications/subscriptions/acknowledged', {
    notifications: honoured,
    _meta: { [META.subscriptionId]: id },
  })

const endOf = ({ id, serverMeta }: ListenRequest): string =>
  jsonRpcResult(
    id,
    JSON.stringify({
      resultType: 'complete',
      _meta: { [META.subscriptionId]: id, ...serverMeta },
    }),
  )

/** @throws {ProtocolError} `invalid_params` */
function readFilter({ notifications }: Params): Filter {
  if (!isObject(notifications)) {
    throw invalid('subscriptions/listen needs params.notifications, an object of what to hear of.')
  }
  const filter: Filter = {}
  for (const field of Object.values(LISTS)) {
    const value = notifications[field]
    if (value !== undefined && typeof value !== 'boolean') {
      throw invalid(`params.notifications.${field} must be true or false.`)
    }
    if (value) filter[field] = true
  }
  const { resourceSubscriptions: uris } = notifications
  if (uris === undefined) return filter
  if (
    !Array.isArray(uris) ||
    uris.length > MAX_SUBSCRIPTIONS ||
    uris.some((uri) => typeof uri !== 'string' || uri.length > MAX_URI_LENGTH)
  ) {
    throw invalid(
      `params.notifications.resourceSubscriptions must be a list of at most ${MAX_SUBSCRIPTIONS} ` +
        `addresses, of ${MAX_URI_LENGTH} characters each.`,
    )
  }
  filter.resourceSubscriptions = [...new Set<string>(uris)]
  return filter
}

/** What there is to hear of, and may be heard by this caller. The rest is left out, unnamed (M-61). */
async function honouredOf(
  asked: Filter,
  request: ListenRequest,
  ports: ListenPorts,
): Promise<Filter> {
  const { capabilities } = request.server
  const honoured: Filter = {}
  for (const [list, field] of Object.entries(LISTS)) {
    const capability = capabilities[list as keyof typeof LISTS]
    if (asked[field] && capability?.listChanged) honoured[field] = true
  }
  if (asked.resourceSubscriptions && capabilities.resources?.subscribe) {
    const uris = await readable(asked.resourceSubscriptions, request, ports)
    if (uris.length > 0) honoured.resourceSubscriptions = uris
  }
  return honoured
}

/**
 * Those of these addresses that the caller can read. Each is read, as only the code behind it knows
 * whether it would show this caller anything: that something has changed is a secret too.
 */
async function readable(
  uris: string[],
  { caller, circumstances }: ListenRequest,
  { dispatch }: ListenPorts,
): Promise<string[]> {
  const late = new Cancellation()
  const deadline = startTimer(CHECK_DEADLINE_MS)
  void deadline.over.then(() => late.abort(new DOMException('Takes too long', 'TimeoutError')))
  const left = uris.entries()
  const can = new Set<string>()
  const check = async (): Promise<void> => {
    for (const [, uri] of left) {
      if (late.aborted) return
      const call = { ...circumstances(late), method: 'resources/read', uri } as const
      if ((await dispatch(call, caller)).kind === 'complete') can.add(uri)
    }
  }
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, check))
  deadline.stop()
  return uris.filter((uri) => can.has(uri))
}

async function topicsOf(
  honoured: Filter,
  server: HostedServer,
  { principal }: Caller,
): Promise<Map<string, Change>> {
  const changes: Change[] = Object.entries(LISTS)
    .filter(([, field]) => honoured[field])
    .map(([list]) => ({ list: list as keyof typeof LISTS }))
  for (const uri of honoured.resourceSubscriptions ?? []) {
    const change = changeOf(server, uri, principal.id)
    if (change) changes.push(change)
  }
  const topics = changes.map(
    async (change): Promise<[string, Change]> => [await topicOf(change), change],
  )
  return new Map(await Promise.all(topics))
}

/** Whether a list of another version is not the one that is served here. */
function isOutdated(theirs: Partial<ListPrints>, ours: ListPrints | undefined): boolean {
  return Object.entries(theirs).some(([list, print]) => ours?.[list as keyof ListPrints] !== print)
}

const invalid = (message: string): ProtocolError => new ProtocolError('invalid_params', message)
