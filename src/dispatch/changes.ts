import type { Change } from '../notify'
import { isVisible, missingScopes } from '../policy'
import type { HostedServer } from '../registry'
import type { Caller, Notify } from '../sdk'
import { findResource } from './find-resource'

/** What a client listens for that wants to hear of an address; undefined where nothing is. */
export function changeOf(
  server: HostedServer,
  uri: string,
  principalId: string,
): (Change & { uri: string }) | undefined {
  const found = findResource(server, uri)
  return found && { uri, of: found.definition.perCaller ? principalId : undefined }
}

/** Whether a notice is for this caller: of a list that is there, or of what they may still read. */
export function mayHear(
  notice: { list: 'tools' | 'prompts' | 'resources' } | { uri: string },
  server: HostedServer,
  { roles, scopes }: Pick<Caller, 'roles' | 'scopes'>,
): boolean {
  if ('list' in notice) return server.capabilities[notice.list]?.listChanged === true
  const found = findResource(server, notice.uri)
  return (
    found !== undefined &&
    isVisible(found.definition, { roles }) &&
    missingScopes(server.definition.scopes, found.definition.scopes, scopes).length === 0
  )
}

/** Passes on what an author's code says has changed: all that it says at once in one go. */
export function notifyOf(
  server: HostedServer,
  { principal }: Caller,
  announce: (server: HostedServer, changes: readonly Change[]) => void,
): Notify {
  const pending = new Map<string, Change>()
  const put = (change: Change): void => {
    if (!server.definition.push) {
      throw new Error(`module "${server.info.name}" declares push: false, so nobody listens to it`)
    }
    if (pending.size === 0) {
      queueMicrotask(() => {
        announce(server, [...pending.values()])
        pending.clear()
      })
    }
    pending.set(JSON.stringify(change), change)
  }
  return {
    resourceUpdated(uri, principalId = principal.id) {
      const change = changeOf(server, uri, principalId)
      if (!change) throw new Error('no resource or template of this module has that address')
      put(change)
    },
    resourcesChanged: () => put({ list: 'resources' }),
    toolsChanged: () => put({ list: 'tools' }),
    promptsChanged: () => put({ list: 'prompts' }),
  }
}
