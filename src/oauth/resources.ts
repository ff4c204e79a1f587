/**
 * Modules as protected resources (RFC 9728, RFC 8707): one resource per module, its URL the
 * connector URL without a slash at the end. Clients spell it as their user typed it; what follows
 * makes one audience of all spellings.
 *
 * @module
 */
import type { HostedServer, Registry } from '../registry'

/** The platform's own module: first part of its URL, which none of `servers/` can have. */
export const OPERATOR_MODULE = 'operator'

export const METADATA_PREFIX = '/.well-known/oauth-protected-resource'

/** The canonical resource indicator of a module. */
export const resourceOf = (origin: string, module: string): string => `${origin}/${module}/mcp`

/** The name of the module behind a canonical resource indicator, whether it is still hosted or not. */
export const moduleIn = (resource: string): string | undefined =>
  /^\/([^/]+)\/mcp$/.exec(URL.parse(resource)?.pathname ?? '')?.[1]

/** The modules that need a token, by canonical resource indicator. */
export function protectedResources(registry: Registry, origin: string): Map<string, HostedServer> {
  return new Map(
    [...registry.values()]
      .filter(({ definition }) => definition.access === 'authenticated')
      .map((server) => [resourceOf(origin, server.info.name), server]),
  )
}

/**
 * A `resource` value in its canonical spelling: scheme and host in lower case, no default port, no
 * slash at the end, no query. Anything that is no URL stays as it is, to be refused by name.
 */
export function canonicalResource(value: string): string {
  const url = URL.parse(value)
  if (url?.hash !== '' || url.username !== '' || url.password !== '') return value
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/**
 * The resource a request means that names none: the one whose module all its scopes belong to.
 * Older clients know neither RFC 8707 nor more than one server per host.
 */
export function resourceFromScopes(
  scopes: readonly string[],
  resources: ReadonlyMap<string, HostedServer>,
): string | undefined {
  const modules = new Set(
    scopes.filter((scope) => scope !== 'offline_access').map((scope) => scope.split(':')[0]),
  )
  // Nobody means the platform's own module who does not name it.
  const hosted = [...resources].filter(([, { info }]) => info.name !== OPERATOR_MODULE)
  if (modules.size === 0) return hosted.length === 1 ? hosted[0]?.[0] : undefined
  if (modules.size !== 1) return undefined
  const [module] = modules
  for (const [resource, server] of resources) if (server.info.name === module) return resource
  return undefined
}

/**
 * The scopes a client should ask for first: those of the module's reading tools, where there are
 * none those of what else it has, else the least.
 */
export function baselineScopes({ definition }: HostedServer): string[] {
  const { tools, resources, resourceTemplates, prompts, scopes } = definition
  const reading = tools.filter(({ annotations }) => annotations.readOnlyHint)
  const asked = [reading, [...resources, ...resourceTemplates, ...prompts]].map((items) => [
    ...new Set(items.flatMap((item) => item.scopes)),
  ])
  return asked.find((some) => some.length > 0) ?? Object.keys(scopes).slice(0, 1)
}
