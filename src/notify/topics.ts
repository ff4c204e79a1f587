/**
 * What can be heard of in a module, and how it is told. A topic names the same thing in every
 * isolate and version, and fits into a tag: a list by its name, a resource by a digest.
 *
 * @module
 */
import { shortDigest } from '../lib'
import { jsonRpcNotification } from '../protocol'
import { topicHubName } from '../store'

/** The lists of a module whose changes are told; templates are told with the resources. */
export const LIST_TOPICS = ['tools', 'prompts', 'resources'] as const
export type ListTopic = (typeof LIST_TOPICS)[number]

/** Something that has changed. */
export type Change =
  | { list: ListTopic }
  /** `of` is the principal whose resource it is, where each has its own at that address. */
  | { uri: string; of: string | undefined }

export const isListTopic = (topic: string): topic is ListTopic =>
  LIST_TOPICS.some((list) => list === topic)

export const topicOf = async (change: Change): Promise<string> =>
  'list' in change ? change.list : shortDigest(JSON.stringify([change.uri, change.of ?? null]))

/** The object that knows who listens for a topic. */
export const hubOfTopic = (module: string, topic: string): string =>
  topicHubName(module, isListTopic(topic) ? { list: topic } : { digest: topic })

/** A change as clients are told of it. */
export const noticeText = (change: Change, meta?: Record<string, unknown>): string =>
  'list' in change
    ? jsonRpcNotification(`notifications/${change.list}/list_changed`, {
        ...(meta && { _meta: meta }),
      })
    : jsonRpcNotification('notifications/resources/updated', {
        uri: change.uri,
        ...(meta && { _meta: meta }),
      })

/** Reads what `noticeText` wrote; undefined for any other message. */
export function readNotice(text: string): { list: ListTopic } | { uri: string } | undefined {
  const { method, params } = JSON.parse(text)
  if (method === 'notifications/resources/updated') return { uri: String(params?.uri) }
  const list = LIST_TOPICS.find((it) => method === `notifications/${it}/list_changed`)
  return list && { list }
}

/** A change on its way through the hub. */
export interface Published {
  topic: string
  /** The notice for sessions, which have no subscription of their own to name. */
  text: string
}

/** A digest of each list of a module, which tells two versions of it apart. */
export type ListPrints = Record<ListTopic, string>

/** From the hub to a Worker that follows topics; old Workers meet new hubs while a deploy runs. */
export type HubMessage =
  /**
   * The hub listens from here on; of these topics something may have been missed before. `prints` as
   * below; a hub of an earlier version sends none.
   */
  | { v: 1; type: 'following'; missed: string[]; prints?: Partial<ListPrints> }
  /** `prints` has the lists that another version of the module has now, by topic. */
  | { v: 1; type: 'changed'; topics: string[]; prints?: Partial<ListPrints> }

/** How a Worker says what it follows when it opens a socket. */
export interface Follower {
  topics: string[]
  /** Counted, so that one caller cannot take all there is room for; empty for nobody known. */
  principal: string
  /** Counted in the place of a principal, with all who share it; old Workers do not say it. */
  network?: string
  /** Milliseconds since it last heard; undefined for one that has only begun. */
  away: number | undefined
}

/** Carries a `Follower`, as JSON. */
export const FOLLOWER_HEADER = 'quayside-follower'
