import { type Change, hubOfTopic, noticeText, type Published, topicOf } from './topics'

/** What announcing needs of a hub. */
interface Hub {
  publish(changes: readonly Published[]): Promise<void>
}

/** Of one message to a hub. */
const MAX_CHANGES = 500

/**
 * Tells all who listen, in every isolate, what has changed in a module.
 *
 * @param hubNamed A fresh stub of this hub.
 */
export async function announce(
  module: string,
  changes: readonly Change[],
  hubNamed: (name: string) => Hub,
): Promise<void> {
  const published = await Promise.all(
    changes.map(async (change) => ({ topic: await topicOf(change), text: noticeText(change) })),
  )
  const hubs = Map.groupBy(published, ({ topic }) => hubOfTopic(module, topic))
  await Promise.all([...hubs].flatMap(([name, some]) => inParts(some, name, hubNamed)))
}

function inParts(
  changes: Published[],
  name: string,
  hubNamed: (name: string) => Hub,
): Promise<void>[] {
  const parts: Promise<void>[] = []
  for (let start = 0; start < changes.length; start += MAX_CHANGES) {
    const part = changes.slice(start, start + MAX_CHANGES)
    // One that was moved or restarted answers by a fresh stub.
    parts.push(
      hubNamed(name)
        .publish(part)
        .catch(() => hubNamed(name).publish(part)),
    )
  }
  return parts
}
