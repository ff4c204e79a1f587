/**
 * Which scopes a person is asked about, and which of them a decision grants.
 *
 * @module
 */
import type { AuthRequest } from '@cloudflare/workers-oauth-provider'
import type { ConsentScopeView } from '../console'
import { baselineScopes } from '../oauth'
import { expandScopes, isVisible } from '../policy'
import type { HostedServer } from '../registry'
import type { Item } from '../sdk'
import type { Person } from '../store'
import type { Services } from './services'
import { effectOf } from './tool-effect'

/** Whether there is anything to be asked about at all. */
export const hasScopes = ({ definition }: HostedServer): boolean =>
  Object.keys(definition.scopes).length > 0

/**
 * What the client asks for and the module has. A client that asks for nothing gets what it had
 * before, as some do when they reconnect, or else the baseline.
 */
export async function askedScopes(
  { scope, clientId, resource }: AuthRequest,
  server: HostedServer,
  person: Person,
  { authorizationServer, now }: Services,
): Promise<string[]> {
  const known = (names: readonly string[]) =>
    names.filter((name) => Object.hasOwn(server.definition.scopes, name))
  if (known(scope).length > 0) return known(scope)
  const grants = await authorizationServer.grantsOf(person.id).list(now())
  const former = grants.find(
    (grant) => grant.clientId === clientId && grant.resource === (resource ?? ''),
  )
  const before = known(former?.scope ?? [])
  return before.length > 0 ? before : baselineScopes(server)
}

/** A person grants what was asked, or less: whatever a scope covers, and never what was not offered. */
export function grantedScopes(
  ticked: string[],
  offeredScopes: string[],
  asked: AuthRequest,
  server: HostedServer,
  person: Person,
): string[] {
  const offered = scopeViews(server, offeredScopes, person).map(({ name }) => name)
  const scopes = offered.filter((name) => ticked.includes(name))
  if (scopes.length === 0) return []
  return asked.scope.includes('offline_access') ? [...scopes, 'offline_access'] : scopes
}

/**
 * Each scope on offer with what it opens. A broad one stands beside what it covers. One of which
 * everything is for other roles is not offered: it would come to life when the person's changes.
 */
export function scopeViews(
  server: HostedServer,
  asked: string[],
  person: Person,
): ConsentScopeView[] {
  const { scopes } = server.definition
  const names = new Set(asked.flatMap((name) => [name, ...expandScopes(scopes, [name])]))
  const roles = new Set([person.role])
  return [...names].flatMap((name) => {
    const needing = <Hosted extends { definition: Item }>(items: ReadonlyMap<string, Hosted>) =>
      [...items.values()].filter(({ definition }) => definition.scopes.includes(name))
    const isOpen = ({ definition }: { definition: Item }) => isVisible(definition, { roles })
    const allTools = needing(server.tools)
    const allResources = [...needing(server.resources), ...needing(server.templates)]
    const allPrompts = needing(server.prompts)
    const all = [...allTools, ...allResources, ...allPrompts]
    if (all.length > 0 && !all.some(isOpen)) return []
    const tools = allTools.filter(isOpen).map((tool) => ({
      ...inWords(tool),
      effect: effectOf(tool.description.annotations),
      openWorld: tool.description.annotations.openWorldHint,
    }))
    const description = scopes[name]?.description ?? name
    const includes = [...expandScopes(scopes, [name])]
      .filter((covered) => covered !== name)
      .map((covered) => scopes[covered]?.description ?? covered)
    return [
      {
        name,
        description,
        checked: asked.includes(name),
        includes,
        tools,
        resources: allResources.filter(isOpen).map(inWords),
        prompts: allPrompts.filter(isOpen).map(inWords),
      },
    ]
  })
}

const inWords = ({ definition }: { definition: Item }) => ({
  title: definition.title ?? definition.name,
  description: definition.description,
})
