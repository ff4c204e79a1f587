/** What one operation becomes as a tool: arguments, result, and the request between them. @module */
import { convertSchema, shortText, withinLimit } from './convert-schema.ts'
import { type ApiDocument, type ApiOperation, isJson, type Json, type Method } from './document.ts'
import type { Operation, Parameter } from './template/api.ts'

export interface ToolPlan {
  name: string
  title: string
  description: string
  scope: 'read' | 'write' | 'delete'
  annotations: Record<string, boolean>
  operation: Operation
  input: Json
  /** None: the answer is passed on as text. */
  output: Json | undefined
}

/** Why an operation cannot be a tool, as the end of a sentence. */
export interface Unsupported {
  unsupported: string
}

/** What a model is shown of one result. */
const MAX_OUTPUT_CHARS = 6_000
/** Headers that are the platform's, or the connection's, business. */
const RESERVED_HEADERS =
  /^(?:accept|content-type|content-length|authorization|cookie|host|connection|user-agent|proxy-.*|cf-.*|x-forwarded-.*)$/i

/** @param name What the tool is called. */
export function planTool(
  source: ApiOperation,
  name: string,
  url: string,
  document: ApiDocument,
): ToolPlan | Unsupported {
  const parameters = planParameters(source, document)
  if ('unsupported' in parameters) return parameters
  const body = planBody(source, document)
  if (body && 'unsupported' in body) return body
  const answer = planAnswer(source, document)
  if ('unsupported' in answer) return answer

  const properties: Json = { ...parameters.properties, ...(body && { body: body.schema }) }
  const required = [...parameters.required, ...(body?.required ? ['body'] : [])]
  const { method, path } = source
  return {
    name,
    title: shortText(source.summary ?? name.replaceAll('_', ' '), 80).replace(/\.$/, ''),
    description: describe(source, document),
    ...byMethod(method),
    operation: {
      method: method.toUpperCase(),
      url: url + path,
      ...(parameters.list.length > 0 && { parameters: parameters.list }),
      ...(body && { body: body.type }),
      ...(answer.accept !== 'application/json' && { accept: answer.accept }),
      ...(answer.wrap && { wrap: answer.wrap }),
    },
    input: {
      type: 'object',
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(required.length > 0 && { required }),
      additionalProperties: false,
    },
    output: answer.schema,
  }
}

/** For the model that picks the tool. A document's words: somebody has to read them. */
function describe(
  { summary, description, method, path }: ApiOperation,
  { title }: ApiDocument,
): string {
  const [first, more] = [shortText(summary ?? '', 200), shortText(description ?? '', 600)]
  const same = more.toLowerCase().startsWith(first.toLowerCase().replace(/\.$/, ''))
  const words = same
    ? more
    : [first && `${first.replace(/\.$/, '')}.`, more].filter(Boolean).join(' ')
  return words || `${method.toUpperCase()} ${path} of ${title}.`
}

/**
 * What is not promised counts as the worst. Of POST and PATCH nothing is known: whoever reviews the
 * module says so if they destroy nothing.
 */
function byMethod(method: Method): Pick<ToolPlan, 'scope' | 'annotations'> {
  switch (method) {
    case 'get':
    case 'head':
      return { scope: 'read', annotations: { readOnlyHint: true } }
    case 'delete':
      return { scope: 'delete', annotations: { idempotentHint: true } }
    case 'put':
      return { scope: 'write', annotations: { idempotentHint: true } }
    default:
      return { scope: 'write', annotations: {} }
  }
}

interface PlannedParameters {
  list: Parameter[]
  properties: Json
  required: string[]
}

function planParameters(
  source: ApiOperation,
  document: ApiDocument,
): PlannedParameters | Unsupported {
  const planned: PlannedParameters = { list: [], properties: {}, required: [] }
  for (const parameter of distinct(source.parameters.map((it) => document.resolve(it)))) {
    const { name, in: place, description, schema, content } = parameter
    if (typeof name !== 'string') continue
    const required = parameter.required === true
    if (place === 'cookie' || (place === 'header' && RESERVED_HEADERS.test(name))) {
      // The platform sends these itself, where it does.
      if (place === 'cookie' && required) return { unsupported: `it needs the cookie ${name}` }
      continue
    }
    if (place !== 'path' && place !== 'query' && place !== 'header') continue
    const style = styleOf(parameter)
    if (typeof style === 'object') return style
    const argument = argumentName(name, place, planned.properties)
    const [described] = isJson(content) ? Object.values(content) : []
    const converted = convertSchema(
      isJson(described) ? described.schema : (schema ?? { type: 'string' }),
      'input',
      document,
    )
    planned.properties[argument] = {
      ...converted,
      ...(typeof description === 'string' && { description: shortText(description, 'input') }),
    }
    if (required || place === 'path') planned.required.push(argument)
    planned.list.push({
      in: place,
      name: place === 'header' ? name.toLowerCase() : name,
      ...(argument !== (place === 'header' ? name.toLowerCase() : name) && { argument }),
      ...(style !== 'repeat' && { style }),
    })
  }
  const missing = [...source.path.matchAll(/\{([^}]+)\}/g)].find(
    ([, name]) => !planned.list.some((it) => it.in === 'path' && it.name === name),
  )
  return missing ? { unsupported: `its document does not say what ${missing[0]} is` } : planned
}

/** Later ones take the place of earlier ones of the same name and place. */
function distinct(parameters: unknown[]): Json[] {
  const found = new Map<string, Json>()
  for (const parameter of parameters.filter(isJson)) {
    found.set(`${String(parameter.in)} ${String(parameter.name)}`, parameter)
  }
  return [...found.values()]
}

function styleOf({
  in: place,
  style,
  explode,
  content,
  schema,
}: Json): NonNullable<Parameter['style']> | Unsupported {
  if (isJson(content)) return 'json'
  if (place === 'path') {
    if (style === undefined || style === 'simple') return 'repeat'
    return { unsupported: `it writes a path in the style "${String(style)}"` }
  }
  if (place === 'header') return 'repeat'
  switch (style ?? 'form') {
    case 'form': {
      const many =
        isJson(schema) && (schema.type === 'array' || schema.type === 'object' || '$ref' in schema)
      return explode === false && many ? 'comma' : 'repeat'
    }
    case 'spaceDelimited':
      return 'space'
    case 'pipeDelimited':
      return 'pipe'
    case 'deepObject':
      return 'deep'
    default:
      return { unsupported: `it writes its query in the style "${String(style)}"` }
  }
}

/** Clients take these characters for names of arguments; `body` is the body. */
function argumentName(name: string, place: string, taken: Json): string {
  const plain =
    name
      .replace(/\[\]$/, '')
      .replace(/[^A-Za-z0-9_.-]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 60) || place
  const isTaken = (candidate: string) => candidate === 'body' || candidate in taken
  if (!isTaken(plain)) return plain
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? `${place}_${plain}` : `${place}_${plain}_${number}`
    if (!isTaken(candidate)) return candidate
  }
}

interface PlannedBody {
  type: string
  schema: Json
  required: boolean
}

function planBody(
  { requestBody }: ApiOperation,
  document: ApiDocument,
): PlannedBody | Unsupported | undefined {
  const body = document.resolve(requestBody)
  if (!isJson(body) || !isJson(body.content)) return undefined
  const types = Object.keys(body.content)
  const type =
    types.find(isJsonType) ??
    types.find((it) => it === 'application/x-www-form-urlencoded') ??
    types.find((it) => it.startsWith('text/plain')) ??
    (types.includes('*/*') ? '*/*' : undefined)
  if (type === undefined) {
    return { unsupported: `it is sent ${types.join(' or ')}, which a model does not have` }
  }
  const media = body.content[type]
  const { schema } = isJson(media) ? media : {}
  const converted = convertSchema(schema ?? {}, 'input', document)
  const { description } = body
  return {
    type: type === '*/*' ? 'application/json' : type,
    schema: {
      ...converted,
      ...(typeof description === 'string' && { description: shortText(description, 'input') }),
    },
    required: body.required === true,
  }
}

interface PlannedAnswer {
  accept: string
  schema: Json | undefined
  wrap: 'items' | 'value' | undefined
}

function planAnswer(
  { responses }: ApiOperation,
  document: ApiDocument,
): PlannedAnswer | Unsupported {
  const good = Object.entries(responses)
    .filter(([status]) => /^2/.test(status) || status === 'default')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, response]) => document.resolve(response))
    .filter(isJson)
  if (good.length === 0) return { unsupported: 'its document describes no answer that went well' }
  const contents = good.flatMap(({ content }) => (isJson(content) ? Object.entries(content) : []))
  const text = { accept: 'application/json', schema: undefined, wrap: undefined }
  const found =
    contents.find(([type]) => isJsonType(type)) ?? contents.find(([type]) => type === '*/*')
  if (!found) {
    const [other] = contents.map(([type]) => type)
    if (other === undefined) return text
    if (/^text\/|[/+](?:xml|yaml)$/.test(other)) return { ...text, accept: other }
    return { unsupported: `it answers with ${other}, which is no text` }
  }
  const [type, media] = found
  const accept = type === '*/*' ? 'application/json' : type
  const { schema } = isJson(media) ? media : {}
  if (!isJson(schema)) return { ...text, accept }
  const resolved = document.resolve(schema)
  const kind = isJson(resolved) ? kindOf(resolved, document) : undefined
  const converted = withinLimit(convertSchema(schema, 'output', document), MAX_OUTPUT_CHARS)
  if (kind === 'object')
    return { accept, schema: { type: 'object', ...converted }, wrap: undefined }
  const wrap = kind === 'array' ? 'items' : 'value'
  const properties = { [wrap]: converted }
  return { accept, schema: { type: 'object', properties, required: [wrap] }, wrap }
}

/** What a schema certainly describes; undefined when it may be several things. */
function kindOf(schema: Json, document: ApiDocument): 'object' | 'array' | undefined {
  const { type } = schema
  if (type === 'object' || type === 'array') return type
  if (type !== undefined) return undefined
  if (isJson(schema.properties)) return 'object'
  const parts = [schema.allOf, schema.anyOf, schema.oneOf].find(Array.isArray)
  if (!parts || parts.length === 0) return undefined
  const kinds = parts.map((part) => {
    const resolved = document.resolve(part)
    return isJson(resolved) ? kindOf(resolved, document) : undefined
  })
  const [first] = kinds
  const decides = Array.isArray(schema.allOf)
    ? kinds.some((it) => it === first)
    : kinds.every((it) => it === first)
  return decides ? first : undefined
}

const isJsonType = (type: string): boolean => /^[\w.+-]+\/(?:[\w.-]+\+)?json\b/i.test(type)
