/**
 * Who is connected right now, and how they hear of what concerns them; the `NotificationHub` object.
 *
 * @module
 */
export { NotificationHub } from './notification-hub'
export { type Watch, type WatchOptions, watchAccess } from './watch'
