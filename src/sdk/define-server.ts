import { ERAS, type Era, type Icon } from '../protocol'
import type { Uses } from './context'
import type { PromptDefinition } from './define-prompt'
import type { ResourceDefinition, ResourceTemplateDefinition } from './define-resource'
import type { ToolDefinition } from './define-tool'
import type { ConfigSchemas, SecretSlot } from './outside'

/** What one scope allows. */
export interface Scope {
  /** A sentence for the consent page. */
  description: string
  /** Scopes of this module that whoever holds this one has as well, and what those cover. */
  covers: readonly string[]
}

export interface ServerOptions {
  /** The folder's name and the first part of its URL: `[a-z][a-z0-9-]{0,31}`. */
  name: string
  /** Semantic version of the module; raise it when what clients see changes. */
  version: string
  /** For people. */
  title?: string
  description?: string
  /** How to use the tools together; clients may hand it to the model. */
  instructions?: string
  websiteUrl?: string
  /** Each an https or `data:` URL. */
  icons?: Icon[]
  /** `public` lets anyone call without signing in; `authenticated` unless it says so. */
  access?: 'public' | 'authenticated'
  /**
   * Every scope an item here may ask for, named `<module>:<word>`: a sentence for the consent page,
   * or with it the scopes it `covers`.
   */
  scopes?: Record<string, string | { description: string; covers?: readonly string[] }>
  /** What the platform must provide; an item gets what it names in its own `uses`. */
  uses?: Pick<Uses, 'db'>
  /** Settings, by name in capitals; each is read from `<MODULE>_<NAME>`. */
  config?: ConfigSchemas
  /** Credentials for hosts of `egress`, by name in capitals; each is kept in `<MODULE>_<NAME>`. */
  secrets?: Readonly<Record<string, SecretSlot>>
  /** Hosts that `ctx.fetch` may reach: `api.example.com`, or `*.example.com` for those below it. */
  egress?: readonly string[]
  /**
   * False for a module that never says anything on its own: then clients are spared the stream they
   * would open to listen, and are not told when a new version has other lists. True unless it says so.
   */
  push?: boolean
  /**
   * What clients may speak: `2026` for request by request, `2025` for sessions of the three earlier
   * revisions. Both, unless given; see docs/protocol.md before you leave one out.
   */
  eras?: readonly Era[]
  tools?: readonly ToolDefinition[]
  resources?: readonly ResourceDefinition[]
  resourceTemplates?: readonly ResourceTemplateDefinition[]
  prompts?: readonly PromptDefinition[]
}

/** One hosted MCP server, the default export of `servers/<name>/index.ts`. */
export interface ServerDefinition extends ServerOptions {
  readonly access: 'public' | 'authenticated'
  readonly scopes: Record<string, Scope>
  readonly uses: Pick<Uses, 'db'>
  readonly config: ConfigSchemas
  readonly secrets: Readonly<Record<string, SecretSlot>>
  readonly egress: readonly string[]
  readonly push: boolean
  readonly eras: readonly Era[]
  readonly tools: readonly ToolDefinition[]
  readonly resources: readonly ResourceDefinition[]
  readonly resourceTemplates: readonly ResourceTemplateDefinition[]
  readonly prompts: readonly PromptDefinition[]
}

/** Declares a module. The platform checks it when it starts. */
export function defineServer(options: ServerOptions): ServerDefinition {
  const scopes = Object.entries(options.scopes ?? {}).map(([name, scope]): [string, Scope] => [
    name,
    typeof scope === 'string'
      ? { description: scope, covers: [] }
      : { description: scope.description, covers: scope.covers ?? [] },
  ])
  return {
    ...options,
    access: options.access ?? 'authenticated',
    scopes: Object.fromEntries(scopes),
    uses: options.uses ?? {},
    config: options.config ?? {},
    secrets: options.secrets ?? {},
    egress: options.egress ?? [],
    push: options.push ?? true,
    eras: options.eras ?? ERAS,
    tools: options.tools ?? [],
    resources: options.resources ?? [],
    resourceTemplates: options.resourceTemplates ?? [],
    prompts: options.prompts ?? [],
  }
}
