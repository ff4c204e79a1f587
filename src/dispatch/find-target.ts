import { matchUri } from '../lib'
import type { HostedServer, HostedTemplate } from '../registry'
import type { Caller, Item } from '../sdk'
import type { Call } from './call'
import { callTool } from './call-tool'
import { completeArgument } from './complete-argument'
import type { Ending, ItemKind } from './ending'
import { getPrompt } from './get-prompt'
import { listResources } from './list-resources'
import { readResource } from './read-resource'
import type { CallStart, DispatchPorts } from './record'

/** What a call is about, found. */
export interface Target {
  kind: ItemKind
  item: Item
  /** As lists show it. */
  description: object
  /** Whether using it changes nothing. */
  readOnly: boolean
  /** Checks what came with the call and runs it. Whether the caller may has been decided. */
  run(caller: Caller, start: CallStart, ports: DispatchPorts): Promise<Ending>
}

/** What a call is about, whether its caller may know of it or not; undefined when nothing is. */
export function findTarget(call: Call): Target | undefined {
  const { server } = call
  switch (call.method) {
    case 'tools/call': {
      const tool = server.tools.get(call.tool)
      if (!tool) return undefined
      const { definition: item, description } = tool
      const readOnly = item.annotations.readOnlyHint
      const run: Target['run'] = (caller, start, ports) =>
        callTool(tool, call, caller, start, ports)
      return { kind: 'tool', item, description, readOnly, run }
    }
    case 'resources/read': {
      const found = findResource(server, call.uri)
      if (!found) return undefined
      const { definition: item, description } = found
      const run: Target['run'] = (caller, start, ports) =>
        readResource(found, call, caller, start, ports)
      return { kind: 'resource', item, description, readOnly: true, run }
    }
    case 'prompts/get': {
      const prompt = server.prompts.get(call.prompt)
      if (!prompt) return undefined
      const { definition: item, description } = prompt
      const run: Target['run'] = (caller, start, ports) =>
        getPrompt(prompt, call, caller, start, ports)
      return { kind: 'prompt', item, description, readOnly: true, run }
    }
    case 'completion/complete': {
      const [kind, hosted] =
        'prompt' in call.of
          ? (['prompt', server.prompts.get(call.of.prompt)] as const)
          : (['resource', server.templates.get(call.of.template)] as const)
      if (!hosted) return undefined
      const run: Target['run'] = (caller, _, ports) => completeArgument(hosted, call, caller, ports)
      const { definition: item, description } = hosted
      return { kind, item, description, readOnly: true, run }
    }
    case 'resources/list': {
      const template = server.templates.get(call.template)
      if (!template) return undefined
      const run: Target['run'] = (caller, _, ports) => listResources(template, call, caller, ports)
      const { definition: item, description } = template
      return { kind: 'resource', item, description, readOnly: true, run }
    }
    default:
      return call satisfies never
  }
}

type FoundResource = Parameters<typeof readResource>[0]

/**
 * What an address leads to: the resource that has it, else the first template that matches. Models
 * write addresses as they look, not as RFC 6570 would expand them, so what no template matches may
 * have slashes in its last variable.
 */
function findResource(server: HostedServer, uri: string): FoundResource | undefined {
  const exact = server.resources.get(uri)
  if (exact) return { ...exact, read: (context) => exact.definition.read(context) }
  const templates = [...server.templates.values()]
  return firstMatch(templates, uri, false) ?? firstMatch(templates, uri, true)
}

function firstMatch(
  templates: readonly HostedTemplate[],
  uri: string,
  slashesAtEnd: boolean,
): FoundResource | undefined {
  for (const { definition, description, template } of templates) {
    const variables = matchUri(template, uri, slashesAtEnd)
    if (variables) {
      return { definition, description, read: (context) => definition.read(variables, context) }
    }
  }
  return undefined
}
