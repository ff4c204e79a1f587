/**
 * A Worker's side of a stream of a 2026 client: which of the things it listens for have changed,
 * over a socket to each hub that knows of some.
 *
 * @module
 */
import { within } from '../lib'
import { type HubSocket, type HubStub, keepHubSocket, type NoRoom } from './hub-socket'
import {
  FOLLOWER_HEADER,
  type Follower,
  type HubMessage,
  hubOfTopic,
  type ListPrints,
} from './topics'

export interface FollowOptions {
  module: string
  topics: readonly string[]
  /** Whom the stream is counted for; empty for nobody known. */
  principal: string
  /** Where nobody comes from whom it would be counted for; empty where that is not known either. */
  network: string
  /** A fresh stub of this hub. */
  hubNamed(name: string): ReturnType<HubStub>
  /** Called for each topic that has changed, or may have while nobody could tell. */
  onChange(topic: string): void
  /** Another version has the module's lists from now on. */
  onNewVersion(prints: Partial<ListPrints>): void
  /** Nothing more will be heard: a hub that had restarted had no room left. */
  onLost(): void
}

export type Following =
  | { ok: true; stop(): void }
  /** Who has as many streams as there may be, or that nobody can tell. */
  | { ok: false; reason: NoRoom | 'unreachable' }

const CONNECT_DEADLINE_MS = 8000

/** Resolves once nothing is missed any more. Keep the Worker alive until it is stopped. */
export async function followTopics(options: FollowOptions): Promise<Following> {
  const { module, topics } = options
  const hubs = Map.groupBy(topics, (topic) => hubOfTopic(module, topic))
  const sockets: HubSocket[] = []
  const refused = Promise.withResolvers<NoRoom>()
  const stop = () => {
    for (const socket of sockets) socket.close()
  }
  const opening = [...hubs].map(([name, some]) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    sockets.push(followAt(name, some, options, { onFollowing: resolve, onFull: refused.resolve }))
    return promise
  })
  const all = Promise.all(opening).then(() => 'following' as const)
  const outcome = await within(CONNECT_DEADLINE_MS, Promise.race([all, refused.promise])).catch(
    () => 'unreachable' as const,
  )
  if (outcome === 'following') return { ok: true, stop }
  stop()
  return { ok: false, reason: outcome }
}

function followAt(
  name: string,
  topics: string[],
  { principal, network, hubNamed, onChange, onNewVersion, onLost }: FollowOptions,
  { onFollowing, onFull }: { onFollowing(): void; onFull(of: NoRoom): void },
): HubSocket {
  /** When it was last known that nothing was missed; undefined before the first time. */
  let heardAt: number | undefined
  let isConnected = false
  return keepHubSocket({
    hub: () => hubNamed(name),
    introduce() {
      // A socket that broke was good until somebody noticed, and nobody knows how long ago.
      if (isConnected) heardAt = Date.now()
      isConnected = false
      const away = heardAt === undefined ? undefined : Date.now() - heardAt
      const follower: Follower = { topics, principal, network, away }
      return { [FOLLOWER_HEADER]: JSON.stringify(follower) }
    },
    onMessage(text) {
      const message = JSON.parse(text) as HubMessage // only hubs write here
      if (message.v !== 1) return
      switch (message.type) {
        case 'following':
          isConnected = true
          heardAt = Date.now()
          message.missed.forEach(onChange)
          if (message.prints) onNewVersion(message.prints)
          onFollowing()
          break
        case 'changed':
          message.topics.forEach(onChange)
          if (message.prints) onNewVersion(message.prints)
          break
        default:
          message satisfies never
      }
    },
    onRefused: (of) => (heardAt === undefined ? onFull(of) : onLost()),
  })
}
