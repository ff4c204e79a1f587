import { type ServerCapabilities, UI_EXTENSION } from '../protocol'
import type { AppDefinition, Item, ServerDefinition, StateDefinition } from '../sdk'
import { checkItemFields, checkModuleFields, type ListName } from './check-fields'
import { checkOutside } from './check-outside'
import { checkItemStates } from './check-state'
import { checkEras, checkIcons, checkItem, checkScopes, type Report } from './checks'
import { checkUse, hostApp } from './host-app'
import { hostPrompt } from './host-prompt'
import { hostResource, hostTemplate } from './host-resource'
import { hostTool } from './host-tool'
import type { HostedPrompt, HostedResource, HostedServer } from './hosted'
import { createLists, type Entry } from './lists'

/** A module with everything derived from its definition once. Problems are reported. */
export function hostServer(definition: ServerDefinition, report: Report): HostedServer {
  const { name, version, title, description, websiteUrl, icons } = definition
  checkModuleFields(definition, report)
  if (typeof version !== 'string' || version.trim() === '') report('version', 'is empty')
  checkIcons('icons', icons, report)
  checkScopes(definition, report)
  checkEras(definition, report)
  checkOutside(definition, report)

  const states = new Map<string, StateDefinition>()
  /** Hosts each item of one list; names are told apart within a kind. */
  const hostAll = <I extends Item, Hosted>(
    list: ListName,
    items: readonly I[],
    host: (item: I, report: Report) => Hosted,
    taken = new Set<string>(),
  ): Hosted[] =>
    items.flatMap((item, index) => {
      if (!checkItemFields(list, index, item, report)) return []
      const of: Report = (field, problem) => report(`${list}[${index}].${field}`, problem)
      checkItem(item, definition, taken, of)
      checkItemStates(item, states, of)
      taken.add(item.name)
      return [host(item, of)]
    })

  const tools = hostAll('tools', definition.tools, hostTool)
  const prompts = hostAll('prompts', definition.prompts, hostPrompt)
  // Both are read, and the record knows either by its name.
  const readable = new Set<string>()
  const addresses = new Set<string>()
  const resources = hostAll(
    'resources',
    definition.resources,
    (item, of) => hostResource(item, addresses, of),
    readable,
  )
  const templates = hostAll(
    'resourceTemplates',
    definition.resourceTemplates,
    (item, of) => hostTemplate(item, addresses, of),
    readable,
  )

  // Where one of them is no tool, which has been reported, apps are not looked at yet.
  const showing = tools.length === definition.tools.length ? definition.tools : []
  // With the first tool that shows it: an app that none shows is never read.
  const apps = new Map<AppDefinition, HostedResource>()
  for (const [index, { ui }] of showing.entries()) {
    const { app } = ui ?? {}
    if (!app || apps.has(app)) continue
    const of: Report = (field, problem) => report(`tools[${index}].ui.app.${field}`, problem)
    checkItem(app, definition, readable, of)
    readable.add(app.name)
    apps.set(app, hostApp(app, addresses, of))
  }
  checkUse(showing, report)

  // Whoever is told of changes must be able to listen for them.
  const told = definition.push ? { listChanged: true } : {}
  const capabilities: ServerCapabilities = {
    ...(tools.length > 0 && { tools: told }),
    ...(resources.length + templates.length + apps.size > 0 && {
      resources: definition.push ? { subscribe: true, ...told } : {},
    }),
    ...(prompts.length > 0 && { prompts: told }),
    ...((prompts.some(completes) || templates.some(completes)) && { completions: {} }),
    ...(apps.size > 0 && { extensions: { [UI_EXTENSION]: {} } }),
  }
  return {
    definition,
    info: {
      name,
      version,
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
      ...(websiteUrl !== undefined && { websiteUrl }),
      ...(icons && { icons }),
    },
    capabilities,
    hasSettings: Object.keys(definition.config).length + Object.keys(definition.secrets).length > 0,
    tools: new Map(tools.map((tool) => [tool.definition.name, tool])),
    resources: new Map(resources.map((resource) => [resource.definition.uri, resource])),
    apps: new Map([...apps].map(([{ uri }, app]) => [uri, app])),
    templates: new Map(templates.map((template) => [template.definition.uriTemplate, template])),
    listing: templates.filter((template) => template.definition.list),
    prompts: new Map(prompts.map((prompt) => [prompt.definition.name, prompt])),
    ...createLists({
      tools: tools.map(({ definition, description }) =>
        entry(definition.name, definition, (codec) => codec.tool(description)),
      ),
      resources: resources.map(({ definition, description }) =>
        entry(definition.uri, definition, (codec) => codec.resource(description)),
      ),
      resourceTemplates: templates.map(({ definition, description }) =>
        entry(definition.uriTemplate, definition, (codec) => codec.resourceTemplate(description)),
      ),
      prompts: prompts.map(({ definition, description }) =>
        entry(definition.name, definition, (codec) => codec.prompt(description)),
      ),
    }),
  }
}

const entry = (key: string, { roles }: Item, spell: Entry['spell']): Entry => ({
  key,
  roles,
  spell,
})

const completes = ({
  definition,
  choices,
}: {
  definition: { complete: object }
  choices?: HostedPrompt['choices']
}): boolean => Object.keys(definition.complete).length > 0 || (choices?.size ?? 0) > 0
