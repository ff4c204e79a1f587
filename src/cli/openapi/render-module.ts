/** The files of an imported module: small, plain, and meant to be read before they are trusted. @module */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { settingName } from '../../store/module-name.ts'
import { variableFor } from '../modules/module-list.ts'
import { definitionsFor, referencesIn, type Side } from './convert-schema.ts'
import type { SecretSlot } from './credentials.ts'
import type { ApiDocument, Json } from './document.ts'
import type { ToolPlan } from './plan-tool.ts'

export interface ModulePlan {
  name: string
  title: string
  description: string
  access: 'public' | 'authenticated'
  /** What it was made from, as a person would name it. */
  source: string
  hosts: string[]
  secrets: SecretSlot[]
  tools: ToolPlan[]
}

/** By path in the project. */
export async function renderModule(
  plan: ModulePlan,
  document: ApiDocument,
): Promise<Record<string, string>> {
  const folder = `servers/${plan.name}`
  const schemas = { input: new Map<string, Json>(), output: new Map<string, Json>() }
  const files: Record<string, string> = {
    [`${folder}/api.ts`]: await readFile(join(import.meta.dirname, 'template/api.ts'), 'utf8'),
  }
  for (const tool of plan.tools) {
    files[`${folder}/tools/${fileName(tool)}.ts`] = renderTool(tool, plan, document, schemas)
  }
  if (schemas.input.size + schemas.output.size > 0) {
    files[`${folder}/schemas.ts`] = renderSchemas(schemas)
  }
  files[`${folder}/index.ts`] = renderIndex(plan)
  files[`${folder}/README.md`] = renderReadme(plan)
  files[`test/servers/${plan.name}.test.ts`] = renderTest(plan)
  return files
}

type Schemas = Record<Side, Map<string, Json>>

/** Text from outside becomes a literal and nothing else. */
const literal = (value: unknown): string => JSON.stringify(value)
/** … or a comment that ends where we say. */
const comment = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('*/', '* /')
/** `GET /pets/{id}`. */
const callOf = ({ operation: { method, url } }: ToolPlan): string =>
  `${method} ${url.replace(/^https:\/\/[^/]+/, '')}`
const fileName = ({ name }: ToolPlan): string => name.replaceAll('_', '-')
const exportName = ({ name }: ToolPlan): string => variableFor(name.replaceAll('_', '-'), TAKEN)

/** What a tool's file or the index uses itself. */
const TAKEN =
  'callApi callForText defineTool defineServer jsonSchema inputDefs outputDefs operation'

function renderTool(
  tool: ToolPlan,
  { name, access }: ModulePlan,
  document: ApiDocument,
  schemas: Schemas,
): string {
  const input = renderSchema(tool.input, 'input', document, schemas)
  const output = tool.output && renderSchema(tool.output, 'output', document, schemas)
  const defs = [input, output].flatMap((it) => (it?.uses ? [it.uses] : []))
  const call = output ? 'callApi' : 'callForText'
  return `
/** ${comment(callOf(tool))}. @module */
import { defineTool, jsonSchema } from '#sdk'
import { ${call}, type Operation } from '../api'
${defs.length > 0 ? `import { ${defs.join(', ')} } from '../schemas'` : ''}

const operation: Operation = ${literal(tool.operation)}

export const ${exportName(tool)} = defineTool({
  name: ${literal(tool.name)},
  title: ${literal(tool.title)},
  description: ${literal(tool.description)},
  ${access === 'public' ? '' : `scopes: [${literal(`${name}:${tool.scope}`)}],`}
  annotations: ${literal({ ...tool.annotations, openWorldHint: true })},
  input: jsonSchema(${input.code}),
  ${output ? `output: jsonSchema(${output.code}),` : ''}
  run: (args, context) => ${
    output
      ? 'callApi(operation, args, context)'
      : `callForText(operation, args, context).then((text) => text || 'Done.')`
  },
})
`.replace(/\n\s*\n(?= {2})/g, '\n')
}

function renderSchema(schema: Json, side: Side, document: ApiDocument, schemas: Schemas) {
  const names = referencesIn(schema)
  if (names.size === 0) return { code: literal(schema), uses: undefined }
  const { described, open } = definitionsFor(names, side, document)
  for (const [name, definition] of described) schemas[side].set(name, definition)
  const lists = [[...described.keys()], ...(open.size > 0 ? [[...open]] : [])]
  const uses = `${side}Defs`
  const call = `${uses}(${lists.map(literal).join(', ')})`
  return { code: `${literal(schema).slice(0, -1)}, $defs: ${call} }`, uses }
}

function renderSchemas({ input, output }: Schemas): string {
  const part = (side: Side, map: Map<string, Json>, what: string) =>
    map.size === 0
      ? ''
      : `
const ${side.toUpperCase()}: Record<string, JsonSchema> = ${literal(Object.fromEntries(map))}

/** \`$defs\` of ${what}. What is named in \`open\` is referred to, and not described. */
export const ${side}Defs = (names: string[], open: string[] = []): Record<string, JsonSchema> =>
  pick(${side.toUpperCase()}, names, open)
`
  return `
/** Schemas of the API that tools refer to, by their names in its document. @module */
import type { JsonSchema } from '#sdk'
${part('input', input, 'arguments')}${part('output', output, 'results: what to expect, not all of it enforced')}
const pick = (from: Record<string, JsonSchema>, names: string[], open: string[]) =>
  Object.fromEntries([
    ...names.map((name): [string, JsonSchema] => [name, from[name] ?? {}]),
    ...open.map((name): [string, JsonSchema] => [name, {}]),
  ])
`
}

function renderIndex({
  name,
  title,
  description,
  access,
  hosts,
  secrets,
  tools,
}: ModulePlan): string {
  const imports = tools.map(
    (tool) => `import { ${exportName(tool)} } from './tools/${fileName(tool)}'`,
  )
  const used = new Set(tools.map(({ scope }) => scope))
  const scopes: Record<string, string | { description: string; covers: string[] }> = {}
  if (access === 'authenticated') {
    const of = (scope: string) => `${name}:${scope}`
    const [reads, writes] = [used.has('read'), used.has('write')]
    if (reads) scopes[of('read')] = `Read from ${title}`
    const covering = (text: string, covers: string[]) =>
      covers.length > 0 ? { description: text, covers } : text
    if (writes)
      scopes[of('write')] = covering(
        `Make and change things in ${title}`,
        reads ? [of('read')] : [],
      )
    if (used.has('delete')) {
      const covers = writes ? [of('write')] : reads ? [of('read')] : []
      scopes[of('delete')] = covering(`Delete things in ${title}`, covers)
    }
  }
  const slots = Object.fromEntries(
    secrets.map(({ name: slot, description: text, inject }) => [
      slot,
      { description: text, inject: { host: hosts[0], ...inject } },
    ]),
  )
  return `
/** ${comment(title)}, imported from its OpenAPI document. Reaches ${hosts.join(', ')}. @module */
import { defineServer } from '#sdk'
${imports.join('\n')}

export default defineServer({
  name: ${literal(name)},
  version: '1.0.0',
  title: ${literal(title)},
  description: ${literal(description)},
  access: ${literal(access)},
  ${Object.keys(scopes).length > 0 ? `scopes: ${literal(scopes)},` : ''}
  ${secrets.length > 0 ? `secrets: ${literal(slots)},` : ''}
  egress: ${literal(hosts)},
  tools: [${tools.map(exportName).join(', ')}],
})
`.replace(/\n\s*\n(?= {2})/g, '\n')
}

function renderReadme({ name, title, access, source, hosts, secrets, tools }: ModulePlan): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const rows = tools.map((tool) => {
    const scope = access === 'public' ? 'none' : `\`${name}:${tool.scope}\``
    return `| \`${tool.name}\` | ${cell(tool.title)} | \`${cell(callOf(tool))}\` | ${scope} |`
  })
  return `# ${name}

${title}, imported from ${source}. ${access === 'public' ? 'Public.' : 'Callers sign in.'} Reaches ${hosts.join(', ')}.

| tool | does | calls | scope |
| --- | --- | --- | --- |
${rows.join('\n')}
${secrets
  .map(
    ({ name: slot, description }) =>
      `\n\`${settingName(name, slot)}\`: ${description}. In \`.dev.vars\` here, with \`npx wrangler secret put ${settingName(name, slot)}\` when deployed.\n`,
  )
  .join('')}
Names, descriptions and schemas came from the document and are yours to change. Read the descriptions: models act on them.
`
}

function renderTest({ name, access, tools, secrets }: ModulePlan): string {
  const variable = variableFor(name, 'describe expect it createRegistry')
  return `
import { describe, expect, it } from 'vitest'
import ${variable} from '../../servers/${name}/index'
import { createRegistry } from '../../src/registry'

describe(${literal(`the module ${name}`)}, () => {
  it('is fit to be hosted', () => {
    expect(createRegistry([${variable}]).size).toBe(1)
    expect(${variable}.access).toBe(${literal(access)})
    expect(${variable}.tools).toHaveLength(${tools.length})
  })
${
  secrets.length > 0
    ? `
  it('holds no credentials: the platform adds them', () => {
    expect(Object.keys(${variable}.secrets ?? {})).toEqual(${literal(secrets.map((it) => it.name))})
  })
`
    : ''
}})
`
}
