/**
 * Pages for people, and the list of modules for programs.
 *
 * @module
 */
import {
  describeParameters,
  type ModuleView,
  type PromptView,
  type ResourceView,
  renderHomePage,
  renderModulePage,
  type ToolView,
} from '../../console'
import { OPERATOR_MODULE } from '../../oauth'
import { ProtocolError } from '../../protocol'
import type { HostedPrompt, HostedServer, HostedTool, Registry } from '../../registry'
import type { ResourceDefinition, ResourceTemplateDefinition } from '../../sdk'
import { connectorUrl } from '../listing'
import { publicPageResponse } from '../page-response'
import type { Services } from '../services'
import { visitorOf } from '../signed-in'
import { effectOf } from '../tool-effect'

/** `/`. @param listed What is listed there, which is not all that is registered. */
export async function homePage(
  request: Request,
  listed: Registry,
  services: Services,
): Promise<Response> {
  const { origin } = services
  const visitor = await visitorOf(request, services)
  const modules = [...listed.values()].map((server) => moduleView(server, origin))
  const html = renderHomePage({ origin, modules, visitor })
  return publicPageResponse(request, html, { personal: visitor.name !== undefined })
}

/** `/<module>`. @throws {ProtocolError} `unknown_module` */
export async function modulePage(
  request: Request,
  name: string,
  services: Services,
): Promise<Response> {
  const server = services.registry.get(name)
  if (!server) throw new ProtocolError('unknown_module', `There is no page at "/${name}".`)
  const visitor = await visitorOf(request, services)
  const html = renderModulePage(moduleView(server, services.origin), visitor)
  return publicPageResponse(request, html, { personal: visitor.name !== undefined })
}

/** `/modules.json`: what is hosted here, for `npm start` and other programs. */
export function moduleList(origin: string, registry: Registry): Response {
  const modules = [...registry.values()].map(({ definition, tools }) => ({
    name: definition.name,
    title: definition.title ?? definition.name,
    version: definition.version,
    description: definition.description,
    access: definition.access,
    url: connectorUrl(definition.name, origin),
    tools: [...tools.values()].map(({ description: { name, title } }) => ({ name, title })),
  }))
  return Response.json({ modules }, { headers: { 'cache-control': 'no-store' } })
}

function moduleView(server: HostedServer, origin: string): ModuleView {
  const { definition, tools, resources, templates, prompts } = server
  return {
    name: definition.name,
    title: definition.title ?? definition.name,
    version: definition.version,
    description: definition.description,
    access: definition.access,
    connectorUrl: connectorUrl(definition.name, origin),
    isListed: definition.name !== OPERATOR_MODULE,
    tools: [...tools.values()].map(toolView),
    resources: [
      ...[...resources].map(([uri, { definition }]) => resourceView(definition, uri, false)),
      ...[...templates].map(([uri, { definition }]) => resourceView(definition, uri, true)),
    ],
    prompts: [...prompts.values()].map(promptView),
  }
}

function toolView({ description: tool, definition: { ui } }: HostedTool): ToolView {
  return {
    name: tool.name,
    title: tool.title ?? tool.name,
    description: tool.description,
    effect: effectOf(tool.annotations),
    openWorld: tool.annotations.openWorldHint,
    app: ui?.app ? 'shows' : ui?.visibility?.includes('model') === false ? 'serves' : undefined,
    parameters: describeParameters(tool.inputSchema),
  }
}

function resourceView(
  { name, title = name, description, mimeType }: ResourceDefinition | ResourceTemplateDefinition,
  address: string,
  isTemplate: boolean,
): ResourceView {
  return { name, title, description, address, isTemplate, mimeType }
}

function promptView({ definition, inputSchema }: HostedPrompt): PromptView {
  const { name, title = name, description } = definition
  return { name, title, description, parameters: describeParameters(inputSchema) }
}
