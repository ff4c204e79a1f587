/** Few enough that all of them can be asked, and none has to serve everybody. */
const HUBS = 8

/** The object that knows who is connected as this person. */
export function hubName(personId: string): `hub/${string}` {
  return `hub/${shareOf(personId, HUBS)}`
}

/** The object that knows which lists of which module the newest version has. */
export const VERSIONS_HUB = 'hub/versions'

/** What can be heard of in a module: a list, by its name, or the digest of what else there is. */
const TOPIC_HUBS = 4

/**
 * The object that knows who listens for a topic of a module: one for its lists, and a few for all
 * the rest, so that neither a busy module nor a busy resource has others wait.
 */
export function topicHubName(module: string, topic: { list: string } | { digest: string }): string {
  const share = 'list' in topic ? 'lists' : shareOf(topic.digest, TOPIC_HUBS)
  return `hub/${module}/${share}`
}

const shareOf = (text: string, shares: number): number =>
  [...text].reduce((total, char) => total + char.charCodeAt(0), 0) % shares
