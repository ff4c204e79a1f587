import type { UriTemplate } from '../lib'
import type {
  HeaderParam,
  JsonSchema,
  Prompt,
  Resource,
  ResourceTemplate,
  ServerCapabilities,
  ServerInfo,
  Tool,
} from '../protocol'
import type {
  PromptDefinition,
  ResourceDefinition,
  ResourceTemplateDefinition,
  ServerDefinition,
  ToolDefinition,
} from '../sdk'
import type { Lists } from './lists'

/** A tool as hosted: its definition and everything derived from it once. */
export interface HostedTool {
  definition: ToolDefinition
  /** What `tools/list` shows, in the widest shape. */
  description: Tool
  /** Parameters that 2026 clients repeat in headers. */
  headerParams: readonly HeaderParam[]
}

export interface HostedResource {
  definition: ResourceDefinition
  description: Resource
}

export interface HostedTemplate {
  definition: ResourceTemplateDefinition
  description: ResourceTemplate
  template: UriTemplate
}

export interface HostedPrompt {
  definition: PromptDefinition
  description: Prompt
  inputSchema: JsonSchema
  /** The values of arguments that have a fixed choice. */
  choices: ReadonlyMap<string, readonly string[]>
}

/** A module as hosted. */
export interface HostedServer extends Lists {
  definition: ServerDefinition
  info: ServerInfo
  /** What of the module's own there is to offer; the rest is for the caller's revision to say. */
  capabilities: ServerCapabilities
  /** Whether the module declares settings or secrets. */
  hasSettings: boolean
  tools: ReadonlyMap<string, HostedTool>
  /** By URI. */
  resources: ReadonlyMap<string, HostedResource>
  /** By URI too: read as resources are, and in no list. */
  apps: ReadonlyMap<string, HostedResource>
  /** By URI template, in the order in which they are tried. */
  templates: ReadonlyMap<string, HostedTemplate>
  /** Those of the templates that list their resources. */
  listing: readonly HostedTemplate[]
  prompts: ReadonlyMap<string, HostedPrompt>
}

export type Registry = ReadonlyMap<string, HostedServer>
