/**
 * Who is connected right now, and how they hear of what concerns them; the `NotificationHub` object.
 *
 * @module
 */

export { announce } from './announce'
export { type Following, type FollowOptions, followTopics } from './follow'
export { createListReporter } from './list-reporter'
export { NotificationHub } from './notification-hub'
export {
  type Change,
  hubOfTopic,
  isListTopic,
  LIST_TOPICS,
  type ListPrints,
  type ListTopic,
  noticeText,
  type Published,
  readNotice,
  topicOf,
} from './topics'
export { type Watch, type WatchOptions, watchAccess } from './watch'
