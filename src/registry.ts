/**
 * Turns the module list into what the platform serves, and refuses a faulty one when it starts:
 * every problem at once, each as a sentence with the file and the field.
 *
 * @module
 */

import { brokenReferences, closeObjects, isObject, keywordValues } from './lib'
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
import type { Schema, ServerDefinition, ToolDefinition } from './sdk'

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
  /** The `tools` array of `tools/list` as JSON text, rendered once per isolate and revision. */
  toolsJson(revision: Revision): string
}

export type Registry = ReadonlyMap<string, HostedServer>

/** The module list cannot be served. The message has one line per problem. */
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
    tools.set(tool.name, hostTool(tool, of))
  }
  const rendered = new Map<Revision, string>()
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
    toolsJson(revision) {
      let json = rendered.get(revision)
      if (json === undefined) {
        const codec = CODECS[revision]
        json = JSON.stringify([...tools.values()].map((tool) => codec.tool(tool.description)))
        rendered.set(revision, json)
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
  const inputSchema = wireSchema('input', tool.input, report)
  if (inputSchema.type !== 'object') {
    report('input', 'must describe an object; its JSON Schema has another or no root type')
  }
  const { params, problems } = readHeaderParams(inputSchema)
  for (const problem of problems) report('input', `at ${problem}`)
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
      ...(tool._meta && { _meta: tool._meta }),
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

function checkIcons(field: string, icons: readonly Icon[] | undefined, report: Report): void {
  for (const [index, { src }] of (icons ?? []).entries()) {
    if (!/^(https:\/\/|data:)/i.test(src)) {
      report(`${field}[${index}].src`, 'must be an https or data: URL')
    }
  }
}
