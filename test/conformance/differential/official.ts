/**
 * A module on the official SDK, as its documentation shows it: `createMcpHandler` for 2026-07-28,
 * and for earlier revisions one streamable HTTP transport a session, told apart by its own
 * `isLegacyRequest`.
 *
 * @module
 */
import {
  completable,
  createMcpHandler,
  isLegacyRequest,
  McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
  type ServerContext,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import * as z from 'zod'
import type {
  PromptDefinition,
  ReadResult,
  ResourceDefinition,
  ResourceTemplateDefinition,
  ServerDefinition,
  ToolContext,
  ToolDefinition,
} from '#sdk'
import { isToolResult } from '#sdk'
import { encodeBase64 } from '../../../src/lib'

/** Answers whatever is sent to the module's endpoint. */
export function officialHandler(
  definition: ServerDefinition,
): (request: Request) => Promise<Response> {
  const stateless = createMcpHandler(() => serverOf(definition), { legacy: 'reject' })
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()
  let some: WebStandardStreamableHTTPServerTransport | undefined
  return async (request) => {
    if (!(await isLegacyRequest(request))) return await stateless.fetch(request)
    const id = request.headers.get('mcp-session-id')
    const open = id === null ? undefined : sessions.get(id)
    if (open) return await open.handleRequest(request)
    // An id it does not know is for any of its transports to refuse.
    if (id !== null && some) return await some.handleRequest(request)
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (opened) => {
        sessions.set(opened, transport)
        some ??= transport
      },
    })
    await serverOf(definition).connect(transport)
    return await transport.handleRequest(request)
  }
}

function serverOf(definition: ServerDefinition): McpServer {
  const { name, version, title, description, websiteUrl, icons, instructions } = definition
  const server = new McpServer(
    {
      name,
      version,
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
      ...(websiteUrl !== undefined && { websiteUrl }),
      ...(icons && { icons }),
    },
    {
      ...(instructions !== undefined && { instructions }),
      capabilities: { logging: {} },
    },
  )
  for (const tool of definition.tools) addTool(server, tool)
  for (const resource of definition.resources) addResource(server, resource)
  for (const template of definition.resourceTemplates) addTemplate(server, template)
  for (const prompt of definition.prompts) addPrompt(server, prompt)
  return server
}

const described = <T extends { title?: string; description: string; icons?: unknown[] }>({
  title,
  description,
  icons,
}: T) => ({
  ...(title !== undefined && { title }),
  description,
  ...(icons && { icons: icons as never }),
})

function addTool(server: McpServer, tool: ToolDefinition): void {
  const { name, input, output, annotations, _meta } = tool
  server.registerTool(
    name,
    {
      ...described(tool),
      inputSchema: input,
      ...(output && { outputSchema: output }),
      annotations,
      ...(_meta && { _meta }),
    },
    async (args: unknown, context: ServerContext) => {
      const said = await tool.run(args, contextOf(context))
      if (isToolResult(said)) {
        const { content, structured, isError, _meta } = said
        return {
          content: content as never,
          ...(structured !== undefined && { structuredContent: structured as never }),
          ...(isError !== undefined && { isError }),
          ...(_meta && { _meta }),
        }
      }
      const text = output ? JSON.stringify(said) : String(said)
      return {
        content: [{ type: 'text', text }],
        ...(output && { structuredContent: said as never }),
      }
    },
  )
}

function addResource(server: McpServer, resource: ResourceDefinition): void {
  const { name, uri, size, cacheSeconds } = resource
  const config = {
    ...readable(resource),
    ...(size !== undefined && { size }),
    ...(cacheSeconds !== undefined && { cacheHint: { ttlMs: cacheSeconds * 1000 } }),
  }
  server.registerResource(name, uri, config, async (asked, context) =>
    contentsOf(asked.href, resource.mimeType, await resource.read(contextOf(context))),
  )
}

function addTemplate(server: McpServer, template: ResourceTemplateDefinition): void {
  const { name, uriTemplate, list, complete } = template
  const completers = Object.entries(complete).flatMap(([variable, one]) =>
    one
      ? [[variable, async (typed: string) => [...((await one(typed, NO_CONTEXT, {})) as string[])]]]
      : [],
  )
  const asTemplate = new ResourceTemplate(uriTemplate, {
    list: list && (async (context) => (await list(undefined, contextOf(context))) as never),
    complete: Object.fromEntries(completers),
  })
  server.registerResource(name, asTemplate, readable(template), async (asked, given, context) => {
    const variables = Object.fromEntries(
      Object.entries(given).map(([variable, value]) => [variable, String(value)]),
    )
    const read = await template.read(variables, contextOf(context))
    return contentsOf(asked.href, template.mimeType, read)
  })
}

const readable = (item: ResourceDefinition | ResourceTemplateDefinition) => ({
  ...described(item),
  ...(item.mimeType !== undefined && { mimeType: item.mimeType }),
  ...(item.annotations && { annotations: item.annotations }),
  ...(item._meta && { _meta: item._meta }),
})

function contentsOf(uri: string, mimeType: string | undefined, read: ReadResult) {
  // What its documentation has a reader do who finds nothing.
  if (read === undefined) throw new ResourceNotFoundError(uri)
  const parts = typeof read === 'string' || read instanceof Uint8Array ? [{ content: read }] : read
  return {
    contents: parts.map((part) => ({
      uri,
      ...(mimeType !== undefined && { mimeType }),
      ...(typeof part.content === 'string'
        ? { text: part.content }
        : { blob: encodeBase64(part.content) }),
      ...('_meta' in part && part._meta && { _meta: part._meta }),
    })),
  }
}

function addPrompt(server: McpServer, prompt: PromptDefinition): void {
  const { name, input, _meta } = prompt
  const shape = input instanceof z.ZodObject ? completed(input.shape) : undefined
  const config = { ...described(prompt), ...(_meta && { _meta }) }
  const fill = async (args: unknown, context: ServerContext) => {
    const said = await prompt.run(args, contextOf(context))
    const messages =
      typeof said === 'string'
        ? [{ role: 'user' as const, content: said }]
        : 'messages' in said
          ? said.messages
          : said
    return {
      description: prompt.description,
      messages: messages.map(({ role, content }) => ({
        role,
        content: (typeof content === 'string' ? { type: 'text', text: content } : content) as never,
      })),
    }
  }
  if (shape) server.registerPrompt(name, { ...config, argsSchema: z.object(shape) }, fill)
  else server.registerPrompt(name, config, (context) => fill({}, context))
}

/** What has a fixed choice of values is completed by them. */
const completed = (shape: z.ZodRawShape): z.ZodRawShape =>
  Object.fromEntries(
    Object.entries(shape).map(([argument, schema]) => {
      const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema
      if (!(inner instanceof z.ZodEnum)) return [argument, schema]
      const choose = (typed: unknown) =>
        inner.options.filter((option) => String(option).startsWith(String(typed ?? '')))
      return [argument, completable((schema as z.ZodType).clone(), choose)]
    }),
  )

const contextOf = ({ mcpReq }: ServerContext): ToolContext => ({
  ...NO_CONTEXT,
  signal: mcpReq.signal,
  log: Object.fromEntries(
    ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'].map(
      (level) => [
        level,
        (data: unknown, logger?: string) => void mcpReq.log(level as 'info', data, logger),
      ],
    ),
  ) as never,
  progress: (progress, total, message) => {
    const token = mcpReq._meta?.progressToken
    if (token === undefined) return
    void mcpReq.notify({
      method: 'notifications/progress',
      params: {
        progressToken: token,
        progress,
        ...(total !== undefined && { total }),
        ...(message !== undefined && { message }),
      },
    })
  },
})

const NO_CONTEXT = {
  caller: {
    tenant: 'default',
    principal: { kind: 'anonymous', id: 'nobody' },
    client: undefined,
    scopes: new Set<string>(),
    roles: new Set<string>(),
  },
  signal: new AbortController().signal,
  progress: () => undefined,
  fetch: () => Promise.reject(new Error('nothing goes out')),
} as unknown as ToolContext
