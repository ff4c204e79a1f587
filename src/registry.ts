/**
 * Turns the module list into what the platform serves, and refuses a faulty one when it starts:
 * every problem at once, each as a sentence with the file and the field.
 *
 * @module
 */

import { brokenReferences, closeObjects, isObject, keywordValues } from './lib'
import { isVisible } from './policy'
import {
  CODECS,
  type HeaderParam,
  type Icon,
  type JsonSchema,
  type Revision,
  readHeaderParams,
  type ServerInfo,
  type Tool,
} from './protocol'
import { ROLES, type Schema, type ServerDefinition, type ToolDefinition } from './sdk'

/** A tool as hosted: its definition and everything derived from it once. */
export interface HostedTool {
  definition: ToolDefinition
  /** What `tools/list` shows, in the widest shape. */
  description: Tool
  /** Parameters that 2026 clients repeat in headers. */
  headerParams: readonly HeaderParam[]
}

/** A module as hosted. */
export interface HostedServer {
  definition: ServerDefinition
  info: ServerInfo
  tools: ReadonlyMap<string, HostedTool>
  /**
   * The `tools` array of `tools/list` for callers with these roles, as JSON text: rendered once per
   * isolate, revision and set of tools they can see.
   */
  toolsJson(revision: Revision, roles: ReadonlySet<string>): string
}

export type Registry = ReadonlyMap<string, HostedServer>

/** The module list cannot be served. The message has every problem, each from a new line. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

const MODULE_NAME = /^[a-z][a-z0-9-]{0,31}$/
const TOOL_NAME = /^[A-Za-z0-9_\-.]{1,64}$/
const MAX_TIMEOUT_MS = 15 * 60_000

/**
 * @param reserved First path segments the platform serves itself; no module may take one.
 * @throws {RegistryError} when any definition is faulty.
 */
export function createRegistry(
  servers: readonly ServerDefinition[],
  reserved: ReadonlySet<string> = new Set(),
): Registry {
  const problems: string[] = []
  const registry = new Map<string, HostedServer>()
  for (const [index, definition] of servers.entries()) {
    const { name } = definition
    const listed = `servers/index.ts: entry ${index + 1}: name "${name}"`
    if (!MODULE_NAME.test(name)) {
      problems.push(`${listed} must match [a-z][a-z0-9-]{0,31}, like its folder`)
    } else if (reserved.has(name)) {
      problems.push(`${listed} is a path of the platform itself; choose another`)
    } else if (registry.has(name)) {
      problems.push(`${listed} is already taken by an earlier entry`)
    }
    const report = (field: string, problem: string) =>
      problems.push(`servers/${name}/index.ts: ${field} ${problem}`)
    registry.set(name, hostServer(definition, report))
  }
  if (problems.length > 0) throw new RegistryError(problems)
  return registry
}

type Report = (field: string, problem: string) => void

function hostServer(definition: ServerDefinition, report: Report): HostedServer {
  const { name, version, title, description, websiteUrl, icons } = definition
  if (version.trim() === '') report('version', 'is empty')
  checkIcons('icons', icons, report)
  checkScopes(definition, report)
  const tools = new Map<string, HostedTool>()
  for (const [index, tool] of definition.tools.entries()) {
    const field = `tools[${index}]`
    const of = (part: string, problem: string) => report(`${field}.${part}`, problem)
    if (!TOOL_NAME.test(tool.name)) {
      of('name', `"${tool.name}" must be 1 to 64 characters of A-Za-z0-9_-.`)
    } else if (tools.has(tool.name)) {
      of('name', `"${tool.name}" is already taken by an earlier tool`)
    }
    for (const scope of tool.scopes) {
      if (!Object.hasOwn(definition.scopes, scope)) {
        of('scopes', `names "${scope}", which the module's own scopes do not declare`)
      }
    }
    if (tool.uses?.db && !definition.uses.db) {
      of('uses.db', "is set, and the module's own uses do not have it")
    }
    tools.set(tool.name, hostTool(tool, of))
  }
  const rendered = new Map<string, string>()
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
    tools,
    toolsJson(revision, roles) {
      // Roles are few; the ones no tool asks about make no difference to the list.
      const asked = new Set(definition.tools.flatMap((tool) => tool.roles ?? []))
      const key = [revision, ...[...asked].filter((role) => roles.has(role)).sort()].join(' ')
      let json = rendered.get(key)
      if (json === undefined) {
        const codec = CODECS[revision]
        const visible = [...tools.values()].filter((tool) => isVisible(tool.definition, { roles }))
        json = JSON.stringify(visible.map((tool) => codec.tool(tool.description)))
        rendered.set(key, json)
      }
      return json
    },
  }
}

function hostTool(tool: ToolDefinition, report: Report): HostedTool {
  if (typeof tool.description !== 'string' || tool.description.trim() === '') {
    report('description', 'is empty; it is what a model picks the tool by')
  }
  if (!(tool.timeoutMs > 0 && tool.timeoutMs <= MAX_TIMEOUT_MS)) {
    report('timeoutMs', `must be above 0 and at most ${MAX_TIMEOUT_MS}`)
  }
  checkIcons('icons', tool.icons, report)
  checkRoles(tool.roles, report)
  const inputSchema = wireSchema('input', tool.input, report)
  if (inputSchema.type !== 'object') {
    report('input', 'must describe an object; its JSON Schema has another or no root type')
  }
  const { params, problems } = readHeaderParams(inputSchema)
  for (const problem of problems) report('input', `at ${problem}`)
  // Clients that ask for permission before a call look for what it needs here.
  const security = [{ type: 'oauth2', scopes: tool.scopes }]
  const meta = tool.scopes.length > 0 ? { securitySchemes: security, ...tool._meta } : tool._meta
  const outputSchema = tool.output && wireSchema('output', tool.output, report)
  return {
    definition: tool,
    description: {
      name: tool.name,
      ...(tool.title !== undefined && { title: tool.title }),
      description: tool.description,
      ...(tool.icons && { icons: tool.icons }),
      inputSchema,
      ...(outputSchema && { outputSchema }),
      annotations: tool.annotations,
      ...(meta && { _meta: meta }),
    },
    headerParams: params,
  }
}

/** The JSON Schema clients see, closed wherever it does not say otherwise. */
function wireSchema(side: 'input' | 'output', schema: Schema, report: Report): JsonSchema {
  try {
    const { vendor, jsonSchema } = schema['~standard']
    const written = jsonSchema[side]({ target: 'draft-2020-12' })
    for (const reference of brokenReferences(written)) {
      report(side, `refers to "${reference}", which is not within the schema; none is fetched`)
    }
    // The validator behind jsonSchema() would let everything through.
    if (keywordValues(written, '$dynamicRef').length > 0) {
      report(side, 'uses $dynamicRef, which is not checked here; use $ref')
    }
    const closed = closeObjects(written)
    if (!isObject(closed)) throw new Error('the schema is not an object')
    if (vendor === 'quayside') return closed
    // Libraries stamp the dialect on every schema; 2020-12 is what clients assume without it.
    const { $schema: _, ...rest } = closed
    return side === 'input' ? { type: 'object', ...rest } : rest
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    report(side, `cannot be written as JSON Schema: ${reason}`)
    return { type: 'object' }
  }
}

/**
 * A scope's name tells its module to whoever sees it alone: a token request without a resource is
 * matched to its module by this prefix.
 */
function checkScopes({ name, scopes }: ServerDefinition, report: Report): void {
  for (const [scope, { description, covers }] of Object.entries(scopes)) {
    const field = `scopes["${scope}"]`
    // The rest is what RFC 6749 §3.3 allows, less what would need quoting in a header.
    if (
      !scope.startsWith(`${name}:`) ||
      !/^[a-z][a-z0-9_.:-]*$/.test(scope.slice(name.length + 1))
    ) {
      report(field, `must be "${name}:" and a word of a-z0-9_.:-`)
    }
    if (description.trim() === '') report(field, 'has no description for the consent page')
    for (const covered of covers) {
      if (!Object.hasOwn(scopes, covered)) {
        report(`${field}.covers`, `names "${covered}", which the module's scopes do not declare`)
      }
    }
  }
  for (const cycle of scopeCycles(scopes)) {
    report('scopes', `cover each other in a circle: ${cycle.join(' → ')}`)
  }
}

/** Each circle of covering scopes, once, from its first member back to it. */
function scopeCycles(scopes: ServerDefinition['scopes']): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const visit = (scope: string, path: string[]): void => {
    const at = path.indexOf(scope)
    if (at >= 0) {
      cycles.push([...path.slice(at), scope])
      return
    }
    if (done.has(scope) || !Object.hasOwn(scopes, scope)) return
    for (const covered of scopes[scope]?.covers ?? []) visit(covered, [...path, scope])
    done.add(scope)
  }
  for (const scope of Object.keys(scopes)) visit(scope, [])
  return cycles
}

function checkRoles(roles: readonly string[] | undefined, report: Report): void {
  if (roles?.length === 0) report('roles', 'is empty, so nobody could call the tool')
  const known: readonly string[] = ROLES
  for (const role of roles ?? []) {
    if (!known.includes(role)) {
      report('roles', `names "${role}"; there are: ${known.join(', ')}`)
    }
  }
}

function checkIcons(field: string, icons: readonly Icon[] | undefined, report: Report): void {
  for (const [index, { src }] of (icons ?? []).entries()) {
    if (!/^(https:\/\/|data:)/i.test(src)) {
      report(`${field}[${index}].src`, 'must be an https or data: URL')
    }
  }
}
