/**
 * A module that says when something has changed, in as many isolates as a test wants, and clients of
 * both eras that listen to it.
 *
 * @module
 */
import * as z from 'zod'
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineServer,
  defineTool,
  NotFoundError,
  type ServerOptions,
} from '../../src/sdk'
import { startSite } from '../oauth/driver'
import { messagesOf, readSse, type SseReader } from '../session/sse-reader'
import { connect, request, type Site } from '../support/oauth-flow'

export const TIDE = 'harbour://tide'
export const BERTH = 'harbour://berth'
export const buoyUri = (name: string) => `harbour://buoys/${name}`
export const shipUri = (owner: string) => `harbour://ships/${owner}`

const say = defineTool({
  name: 'say',
  description: 'Says that something has changed.',
  scopes: ['harbour:read'],
  annotations: { readOnlyHint: true },
  input: z.object({
    tools: z.boolean().optional(),
    prompts: z.boolean().optional(),
    resources: z.boolean().optional(),
    uris: z.array(z.string()).default([]),
    of: z.string().optional(),
  }),
  run({ tools, prompts, resources, uris, of }, { notify }) {
    if (tools) notify.toolsChanged()
    if (prompts) notify.promptsChanged()
    if (resources) notify.resourcesChanged()
    for (const uri of uris) notify.resourceUpdated(uri, of)
    return 'said'
  },
})

const read = { description: 'Something to read.', scopes: ['harbour:read'] }
const tide = defineResource({ name: 'tide', uri: TIDE, ...read, read: () => 'high' })
const guarded = defineResource({
  name: 'chart',
  uri: 'harbour://chart',
  description: 'For those with a scope of their own.',
  scopes: ['harbour:chart'],
  read: () => 'x',
})
const staff = defineResource({
  name: 'log',
  uri: 'harbour://log',
  ...read,
  roles: ['operator'],
  read: () => 'y',
})
const berth = defineResource({
  name: 'berth',
  uri: BERTH,
  ...read,
  perCaller: true,
  read: ({ caller }) => `berth of ${caller.principal.id}`,
})
const ship = defineResourceTemplate({
  name: 'ship',
  uriTemplate: 'harbour://ships/{owner}',
  ...read,
  read({ owner }, { caller }) {
    if (owner !== caller.principal.id) throw new NotFoundError('unknown_ship', 'No such ship.')
    return 'a ship'
  },
})
const buoy = defineResourceTemplate({
  name: 'buoy',
  uriTemplate: 'harbour://buoys/{+name}',
  ...read,
  read: () => 'a buoy',
})

export const harbour = (changes: Partial<ServerOptions> = {}) =>
  defineServer({
    name: 'harbour',
    version: '1.0.0',
    scopes: { 'harbour:read': 'Read', 'harbour:chart': 'Read charts' },
    tools: [say],
    resources: [tide, guarded, staff, berth],
    resourceTemplates: [ship, buoy],
    prompts: [definePrompt({ name: 'greet', description: 'Greets.', run: () => 'ahoy' })],
    ...changes,
  })

export const site = startSite({ servers: [harbour()] })
/** Another isolate, which the first hears of through objects only. */
export const elsewhere = startSite({ servers: [harbour()] })

export const connected = (scope = 'harbour:read') => connect(site, { module: 'harbour', scope })
export type Connected = Awaited<ReturnType<typeof connected>>

/** Has somebody say that something has changed, in another isolate. */
export async function change(
  { tokens }: Connected,
  what: Record<string, unknown>,
  at: Site = elsewhere,
): Promise<void> {
  const params = { name: 'say', arguments: what }
  const response = await request(at, 'harbour', 'tools/call', params, tokens.access_token)
  const text = await response.text()
  if (!text.includes('"said"')) throw new Error(text)
}

/** A stream of 2026-07-28, with its acknowledgement taken off. */
export async function listen2026(
  { tokens }: Connected,
  notifications: Record<string, unknown>,
  at: Site = site,
) {
  const params = { notifications }
  const response = await request(at, 'harbour', 'subscriptions/listen', params, tokens.access_token)
  if (response.status !== 200) throw new Error(await response.text())
  const stream = readSse(response)
  const [acknowledged] = messagesOf([await stream.next()])
  return { stream, acknowledged }
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the platform wrote; each test says what it expects
export const nextOf = async (stream: SseReader): Promise<any> =>
  messagesOf([await stream.next()])[0]

/** A session of 2025-11-25 whose client is ready, and its requests. */
export async function openSession(
  { tokens }: Connected,
  { at = site, ready = true }: { at?: Site; ready?: boolean } = {},
) {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${tokens.access_token}`,
  }
  const post = async (body: object) => {
    const init = { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', ...body }) }
    const response = await at.send('/harbour/mcp', init)
    const text = await response.text()
    headers['mcp-session-id'] ??= response.headers.get('mcp-session-id') ?? ''
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'tests', version: '1' },
  }
  const opened = await post({ id: 0, method: 'initialize', params })
  if (ready) await post({ method: 'notifications/initialized' })
  return {
    capabilities: opened.body.result.capabilities,
    id: headers['mcp-session-id'] ?? '',
    post,
    request: (method: string, params: object) => post({ id: 1, method, params }),
    /** Opens a stream of notices, past its opening. */
    async listen(lastEventId?: string) {
      const response = await at.send('/harbour/mcp', {
        headers: { ...headers, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
      })
      const stream = readSse(response)
      if (lastEventId !== undefined) return { stream, openedAt: lastEventId }
      return { stream, openedAt: (await stream.next())?.id ?? '' }
    },
  }
}
