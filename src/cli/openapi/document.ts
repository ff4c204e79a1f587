/** An OpenAPI document of any version, read, checked and brought to 3.1. @module */
import { readFile } from 'node:fs/promises'
import { normalize, upgrade, validate } from '@scalar/openapi-parser'
import * as z from 'zod'
import { CliError } from '../cli-error.ts'

const MAX_BYTES = 50_000_000
const FETCH_LIMIT_MS = 60_000
const MAX_PROBLEMS = 5
/** References to references to …: real documents have one or two. */
const MAX_HOPS = 20

export const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const
export type Method = (typeof METHODS)[number]

export type Json = Record<string, unknown>
const Json = z.record(z.string(), z.unknown())
const Text = z.string().optional().catch(undefined)
const Server = z.object({ url: z.string(), variables: z.record(z.string(), Json).default({}) })
const Servers = z.array(Server).optional()
const Security = z.array(z.record(z.string(), z.array(z.string()))).optional()

const Operation = z.object({
  operationId: Text,
  summary: Text,
  description: Text,
  tags: z.array(z.string()).default([]),
  deprecated: z.boolean().default(false),
  parameters: z.array(Json).default([]),
  requestBody: Json.optional(),
  responses: z.record(z.string(), Json).default({}),
  security: Security,
  servers: Servers,
})
const PathItem = z.object({
  parameters: z.array(Json).default([]),
  servers: Servers,
  ...Object.fromEntries(METHODS.map((method) => [method, Operation.optional()])),
} as { parameters: z.ZodDefault<z.ZodArray<typeof Json>>; servers: typeof Servers } & Record<
  Method,
  z.ZodOptional<typeof Operation>
>)
const Document = z.object({
  info: z.object({ title: z.string().default('API'), description: Text, version: Text }),
  servers: Servers,
  security: Security,
  paths: z.record(z.string(), Json),
  components: Json.default({}),
})

export type OperationObject = z.output<typeof Operation>
export type ServerObject = z.output<typeof Server>
export type SecurityRequirements = z.output<typeof Security>

/** One call of the API as its document describes it. */
export interface ApiOperation extends OperationObject {
  method: Method
  path: string
  /** Of the operation, else of its path, else of the document. */
  servers: ServerObject[]
}

export interface ApiDocument {
  title: string
  description: string | undefined
  version: string | undefined
  operations: ApiOperation[]
  /** Its components by the names that schemas of tools use for them. */
  schemas: Map<string, unknown>
  /** What applies to operations that say nothing of it. */
  security: SecurityRequirements
  /** What a reference leads to, and anything else as it is. @throws {CliError} when it leads nowhere. */
  resolve(value: unknown): unknown
}

export interface LoadOptions {
  /** Is told what is wrong with a document that is not quite valid; without it, that is an error. */
  onProblems?: (sentence: string) => void
}

/**
 * @param source A file, or an https address.
 * @throws {CliError} when it cannot be read, is no OpenAPI document, or spans several files.
 */
export async function loadDocument(
  source: string,
  { onProblems }: LoadOptions = {},
): Promise<ApiDocument> {
  const text = /^https?:\/\//i.test(source) ? await download(source) : await readSource(source)
  const written = await parse(source, text)
  const outside = outsideReferences(written)
  if (outside.length > 0) {
    throw new CliError(
      `${source} refers to other files (${outside.slice(0, 3).join(', ')}), and none is fetched. ` +
        'Make one file of it first, for example with `npx @redocly/cli bundle`.',
    )
  }
  const { valid, errors = [] } = await validate(written)
  if (!valid) {
    const problems = errors.slice(0, MAX_PROBLEMS).map(({ message, path }) => {
      const place = Array.isArray(path) ? `/${path.join('/')}` : (path ?? '')
      return `  ${place || '/'}: ${message}`
    })
    const sentence = `${source} is not a valid OpenAPI document:\n${problems.join('\n')}`
    if (!onProblems) throw new CliError(`${sentence}\nTo use what can be used of it: --lenient`)
    onProblems(sentence)
  }
  const upgraded = Document.safeParse(upgrade(written).specification)
  if (!upgraded.success) {
    throw new CliError(
      `${source} cannot be used as an OpenAPI document:\n${z.prettifyError(upgraded.error)}`,
    )
  }
  return readDocument(upgraded.data)
}

function readDocument(document: z.output<typeof Document>): ApiDocument {
  const resolve = (value: unknown): unknown => {
    let found = value
    for (let hops = 0; isReference(found); hops += 1) {
      if (hops > MAX_HOPS) throw new CliError(`The reference ${found.$ref} leads in a circle.`)
      found = follow(document, found.$ref)
    }
    return found
  }
  const operations = Object.entries(document.paths).flatMap(([path, written]) => {
    const item = PathItem.parse(resolve(written))
    return METHODS.flatMap((method): ApiOperation[] => {
      const operation = item[method]
      if (!operation) return []
      const servers = operation.servers ?? item.servers ?? document.servers ?? []
      // The operation's own take the place of the path's.
      const parameters = [...item.parameters, ...operation.parameters]
      return [{ ...operation, parameters, method, path, servers }]
    })
  })
  const { title, description, version } = document.info
  const { schemas: components } = document.components
  const schemas = new Map(
    Object.entries(isJson(components) ? components : {}).map(([name, schema]) => [
      definitionName(name),
      schema,
    ]),
  )
  const { security } = document
  return { title, description, version, operations, schemas, security, resolve }
}

/** Of a component: what a pointer would have to escape is gone. */
export const definitionName = (name: string): string => name.replace(/[^\w.-]/g, '_')

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isReference = (value: unknown): value is { $ref: string } =>
  isJson(value) && typeof value.$ref === 'string'

function follow(document: unknown, reference: string): unknown {
  const target = reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter(Boolean)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, key) => {
      if (Array.isArray(node)) return node[Number(key)]
      return isJson(node) && Object.hasOwn(node, key) ? node[key] : undefined
    }, document)
  if (target === undefined) throw new CliError(`The reference ${reference} leads nowhere.`)
  return target
}

/** Where a document leads out of itself. They are not followed: a file can name any other. */
function outsideReferences(document: unknown): string[] {
  const found = new Set<string>()
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit)
    else if (isJson(node)) {
      if (isReference(node) && !node.$ref.startsWith('#')) found.add(node.$ref)
      Object.values(node).forEach(visit)
    }
  }
  visit(document)
  return [...found]
}

async function parse(source: string, text: string): Promise<Json> {
  let document: unknown
  try {
    document = normalize(text)
  } catch (error) {
    const [first] = (error as Error).message.split('\n')
    throw new CliError(`${source} is neither JSON nor YAML: ${first}`, { cause: error })
  }
  const { openapi, swagger } = isJson(document) ? document : {}
  if (!/^3\.[01]\b/.test(String(openapi)) && swagger !== '2.0') {
    throw new CliError(
      `${source} is not an OpenAPI document of version 3.1, 3.0 or 2.0` +
        `${openapi === undefined ? '' : `, but ${JSON.stringify(openapi)}`}.`,
    )
  }
  return document as Json // it has one of the two fields
}

async function readSource(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'There is no such file.' : message
    throw new CliError(`Could not read ${path}. ${reason}`, { cause: error })
  }
}

async function download(url: string): Promise<string> {
  if (!/^https:|^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/]/i.test(url)) {
    throw new CliError(`${url} is not an https address.`)
  }
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_LIMIT_MS) })
    if (!response.ok) throw new Error(`It answered ${response.status}.`)
    const bytes = await response.arrayBuffer()
    if (bytes.byteLength > MAX_BYTES) throw new Error(`It is larger than ${MAX_BYTES / 1e6} MB.`)
    return new TextDecoder().decode(bytes)
  } catch (error) {
    throw new CliError(`Could not fetch ${url}. ${(error as Error).message}`, { cause: error })
  }
}
