import { askAgain, shortDigest } from '../lib'
import type { HostedServer, Registry } from '../registry'
import { VERSIONS_HUB } from '../store'
import type { NotificationHub } from './notification-hub'
import type { ListPrints } from './topics'

const REPORT_PAUSE_MS = 5000

export type ListReporter = ReturnType<typeof createListReporter>

/**
 * Has streams that another version of a module has opened hear of the lists of this one. Keep one
 * per isolate, and ask it to report until it has.
 */
export function createListReporter(registry: Registry) {
  const prints = new Map<string, ListPrints>()
  /** Epoch milliseconds from which lists are to be reported; undefined once they were. */
  let reportFrom: number | undefined = 0

  return {
    isDue: (): boolean => reportFrom !== undefined && Date.now() >= reportFrom,

    /** Reports, once for all requests that ask. @param topicHub A fresh stub of this hub. */
    async report(topicHub: (name: string) => DurableObjectStub<NotificationHub>): Promise<void> {
      reportFrom = undefined
      try {
        for (const [name, server] of registry) {
          if (server.definition.push) prints.set(name, await printsOf(server))
        }
        await askAgain(() => topicHub(VERSIONS_HUB).reportLists(Object.fromEntries(prints)))
      } catch (cause) {
        // Not with each request: an object that is out of reach is not helped by all of them.
        reportFrom = Date.now() + REPORT_PAUSE_MS
        console.warn(JSON.stringify({ event: 'lists_not_reported', detail: String(cause) }))
      }
    },

    /** A digest of each list of a module as this isolate has it; undefined until they are made. */
    printsOf: (module: string): ListPrints | undefined => prints.get(module),
  }
}

/** What tells the lists of one version of a module from those of another. */
const printsOf = async (server: HostedServer): Promise<ListPrints> => ({
  tools: await shortDigest(server.summary('tools')),
  prompts: await shortDigest(server.summary('prompts')),
  resources: await shortDigest(server.summary('resources', 'resourceTemplates')),
})
