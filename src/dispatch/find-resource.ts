import { matchUri } from '../lib'
import type { HostedServer, HostedTemplate } from '../registry'
import type { ResourceDefinition, ResourceTemplateDefinition, ToolContext } from '../sdk'
import type { Provided } from './provide'

/** A resource, or a template with its variables filled in. */
export interface Readable {
  definition: ResourceDefinition | ResourceTemplateDefinition
  description: object
  read(context: ToolContext & Provided): unknown
}

/**
 * What an address leads to: the resource or app that has it, else the first template that matches.
 * Models write addresses as they look, not as RFC 6570 would expand them, so what no template
 * matches may have slashes in its last variable.
 */
export function findResource(server: HostedServer, uri: string): Readable | undefined {
  const exact = server.resources.get(uri) ?? server.apps.get(uri)
  if (exact) return { ...exact, read: (context) => exact.definition.read(context) }
  const templates = [...server.templates.values()]
  return firstMatch(templates, uri, false) ?? firstMatch(templates, uri, true)
}

function firstMatch(
  templates: readonly HostedTemplate[],
  uri: string,
  slashesAtEnd: boolean,
): Readable | undefined {
  for (const { definition, description, template } of templates) {
    const variables = matchUri(template, uri, slashesAtEnd)
    if (variables) {
      return { definition, description, read: (context) => definition.read(variables, context) }
    }
  }
  return undefined
}
