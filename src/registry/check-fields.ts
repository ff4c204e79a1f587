/**
 * Whether definitions have the fields of their types, and no others. `npm start` and `npm run deploy`
 * take sources whose types nobody has checked, and a field that is misspelt must not get lost: with
 * `scops` for `scopes`, a tool would be open to every grant.
 *
 * @module
 */
import { isObject } from '../lib'
import type {
  AppCsp,
  AppDefinition,
  Item,
  PromptDefinition,
  ResourceDefinition,
  ResourceTemplateDefinition,
  ServerDefinition,
  ToolDefinition,
  ToolUi,
} from '../sdk'
import type { Report } from './report'

type Fields<Definition> = Readonly<Record<keyof Definition, 'function' | 'any'>>

const ITEM: Fields<Item> = {
  name: 'any',
  title: 'any',
  description: 'any',
  icons: 'any',
  scopes: 'any',
  roles: 'any',
  uses: 'any',
  forms: 'any',
  clientCapabilities: 'any',
  timeoutMs: 'any',
  _meta: 'any',
}
const TOOL: Fields<ToolDefinition> = {
  ...ITEM,
  annotations: 'any',
  pollAfterMs: 'any',
  ui: 'any',
  input: 'any',
  output: 'any',
  run: 'function',
}
const READABLE = {
  ...ITEM,
  mimeType: 'any',
  annotations: 'any',
  cacheSeconds: 'any',
  perCaller: 'any',
  read: 'function',
} as const
const RESOURCE: Fields<ResourceDefinition> = { ...READABLE, uri: 'any', size: 'any' }
const TEMPLATE: Fields<ResourceTemplateDefinition> = {
  ...READABLE,
  uriTemplate: 'any',
  complete: 'any',
  list: 'any',
}
const PROMPT: Fields<PromptDefinition> = {
  ...ITEM,
  input: 'any',
  complete: 'any',
  run: 'function',
}
const MODULE: Fields<ServerDefinition> = {
  name: 'any',
  version: 'any',
  title: 'any',
  description: 'any',
  instructions: 'any',
  websiteUrl: 'any',
  icons: 'any',
  access: 'any',
  scopes: 'any',
  uses: 'any',
  config: 'any',
  secrets: 'any',
  egress: 'any',
  push: 'any',
  eras: 'any',
  tools: 'any',
  resources: 'any',
  resourceTemplates: 'any',
  prompts: 'any',
}

const TOOL_UI: Fields<ToolUi> = { app: 'any', visibility: 'any' }
const APP: Fields<AppDefinition> = {
  name: 'any',
  title: 'any',
  description: 'any',
  icons: 'any',
  scopes: 'any',
  timeoutMs: 'any',
  _meta: 'any',
  uri: 'any',
  html: 'any',
  cacheSeconds: 'any',
  csp: 'any',
  permissions: 'any',
  domain: 'any',
  prefersBorder: 'any',
}
const APP_CSP: Fields<AppCsp> = {
  connectDomains: 'any',
  resourceDomains: 'any',
  frameDomains: 'any',
  baseUriDomains: 'any',
}

const LISTS = {
  tools: { maker: 'defineTool', fields: TOOL },
  prompts: { maker: 'definePrompt', fields: PROMPT },
  resources: { maker: 'defineResource', fields: RESOURCE },
  resourceTemplates: { maker: 'defineResourceTemplate', fields: TEMPLATE },
}

export type ListName = keyof typeof LISTS

/** Whether this came out of `defineServer`, as far as can be seen. */
export const isModule = (listed: unknown): boolean =>
  isObject(listed) &&
  typeof listed.name === 'string' &&
  isObject(listed.scopes) &&
  Object.keys(LISTS).every((list) => Array.isArray(listed[list]))

export function checkModuleFields(definition: ServerDefinition, report: Report): void {
  checkFields(definition, MODULE, report)
  if (!['public', 'authenticated'].includes(definition.access)) {
    report('access', `is "${definition.access}"; there are: public, authenticated`)
  }
}

/** False when it is no item at all, so that there is nothing else to say of it. */
export function checkItemFields(
  list: ListName,
  index: number,
  item: Item,
  report: Report,
): boolean {
  const place = `${list}[${index}]`
  const { maker, fields } = LISTS[list]
  if (!isObject(item) || typeof item.name !== 'string' || !Array.isArray(item.scopes)) {
    report(place, `is not what ${maker}() makes of a name and, if there are any, a list of scopes`)
    return false
  }
  checkFields(item, fields, (field, problem) => report(`${place}.${field}`, problem))
  return true
}

export const checkToolUiFields = (ui: ToolUi, report: Report): void =>
  checkFields(ui, TOOL_UI, report)

export function checkAppFields(app: AppDefinition, report: Report): void {
  checkFields(app, APP, report)
  checkFields(app.csp ?? {}, APP_CSP, (field, problem) => report(`csp.${field}`, problem))
}

function checkFields(definition: object, fields: Fields<object>, report: Report): void {
  const known = Object.entries(fields)
  for (const name of Object.keys(definition)) {
    if (Object.hasOwn(fields, name)) continue
    report(name, `is no field there is; there are: ${known.map(([field]) => field).join(', ')}`)
  }
  for (const [name, kind] of known) {
    if (kind === 'function' && typeof Reflect.get(definition, name) !== 'function') {
      report(name, 'must be a function')
    }
  }
}
