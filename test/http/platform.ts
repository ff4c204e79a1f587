/// <reference types="@cloudflare/vitest-plugin/types" />
/**
 * The platform inside the test's own isolate, with the modules of `modules.ts`, and the few lines
 * of MCP that tests of the wire need. Everything can be overridden, for most tests break a rule.
 *
 * @module
 */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createApp } from '../../src/app'
import { closed, lab, library, other } from './modules'

/** Loopback, as a client of `npm start` would reach it. */
export const ORIGIN = 'http://127.0.0.1:8787'

export interface PlatformOptions {
  /** Settings over those of the test environment; undefined takes one away. */
  vars?: Record<string, string | undefined>
  origin?: string
}

export interface Platform {
  origin: string
  fetch(path: string, init?: RequestInit): Promise<Response>
}

/** Another isolate, as far as the code can tell: nothing is shared but the bindings. */
export function startPlatform({ vars, origin = ORIGIN }: PlatformOptions = {}): Platform {
  const app = createApp([lab, other, closed, library])
  const bindings = { ...env, ...vars }
  return {
    origin,
    fetch: async (path, init) =>
      app.fetch(new Request(`${origin}${path}`, init), bindings, createExecutionContext()),
  }
}

export const platform = startPlatform()

type Changes = Record<string, string | null | undefined>

export interface Sending {
  platform?: Platform
  /** `/lab/mcp` unless set. */
  path?: string
  /** Over the usual ones; null takes one away. */
  headers?: Changes
  signal?: AbortSignal
}

export const USUAL_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

/** POSTs a body, as JSON unless it is text or bytes already. */
export async function post(body: unknown, sending: Sending = {}): Promise<Response> {
  const { platform: to = platform, path = '/lab/mcp', headers, signal } = sending
  const raw = typeof body === 'string' || body instanceof Uint8Array
  return await to.fetch(path, {
    method: 'POST',
    headers: changed(USUAL_HEADERS, headers),
    body: raw ? body : JSON.stringify(body),
    ...(signal && { signal }),
  })
}

export const META_2026 = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

export interface Sending2026 extends Sending {
  id?: unknown
  /** Over the usual envelope; undefined takes a key away. */
  meta?: Record<string, unknown>
  /** Beside those of the call, such as `requestState`. */
  params?: Record<string, unknown>
}

/** A message of 2026-07-28 and the headers that go with it. */
export function request2026(
  method: string,
  params: Record<string, unknown> = {},
  { id = 1, meta, headers, params: more }: Sending2026 = {},
) {
  const name = {
    'tools/call': params.name,
    'prompts/get': params.name,
    'resources/read': params.uri,
  }[method]
  return {
    body: {
      jsonrpc: '2.0',
      id,
      method,
      params: { ...params, ...more, _meta: { ...META_2026, ...meta } },
    },
    headers: {
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': method,
      ...(typeof name === 'string' && { 'Mcp-Name': name }),
      ...headers,
    },
  }
}

/** Sends a request of 2026-07-28. */
export async function send2026(
  method: string,
  params: Record<string, unknown> = {},
  sending: Sending2026 = {},
): Promise<Response> {
  const { body, headers } = request2026(method, params, sending)
  return await post(body, { ...sending, headers })
}

/** Calls a tool at 2026-07-28. */
export async function call2026(
  name: string,
  args?: Record<string, unknown>,
  sending: Sending2026 = {},
): Promise<Response> {
  return await send2026('tools/call', { name, ...(args && { arguments: args }) }, sending)
}

/** An `initialize` request. */
export const initialize = (protocolVersion: unknown, params: Record<string, unknown> = {}) => ({
  jsonrpc: '2.0',
  id: 'opening',
  method: 'initialize',
  params: {
    protocolVersion,
    capabilities: {},
    clientInfo: { name: 'tests', version: '1.0.0' },
    ...params,
  },
})

export interface Session {
  id: string
  /** Sends any body within the session. */
  post(body: unknown, sending?: Sending): Promise<Response>
  /** Sends one request and returns its answer. */
  request(method: string, params?: unknown, sending?: Sending): Promise<Answer>
}

/** Opens a session of a 2025 revision. */
export async function openSession(
  revision: string,
  params: Record<string, unknown> = {},
  opening: Sending = {},
): Promise<Session> {
  const response = await post(initialize(revision, params), opening)
  await response.text()
  const id = response.headers.get('mcp-session-id')
  if (id === null) throw new Error(`no session: ${response.status}`)
  const send = (body: unknown, sending: Sending = {}) =>
    post(body, {
      ...opening,
      ...sending,
      headers: {
        'mcp-session-id': id,
        'mcp-protocol-version': revision === '2025-03-26' ? null : revision,
        ...sending.headers,
      },
    })
  return {
    id,
    post: send,
    async request(method, params, sending) {
      const body = { jsonrpc: '2.0', id: 7, method, ...(params !== undefined && { params }) }
      return await answerOf(await send(body, sending))
    },
  }
}

/** What came back, with its JSON-RPC response if it carried one. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the platform wrote; each test says what it expects
  body: any
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  const body = type.startsWith('application/json') ? JSON.parse(text) : undefined
  return { status: response.status, headers: response.headers, text, body }
}

/** One block of an event stream: a comment, or the JSON of its data. */
export type StreamEvent =
  // biome-ignore lint/suspicious/noExplicitAny: whatever the platform wrote; each test says what it expects
  { comment: string } | { message: any }

export interface EventStream {
  /** The next block, or undefined when the stream has ended. */
  next(): Promise<StreamEvent | undefined>
  /** All messages to the end, without comments. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  rest(): Promise<any[]>
  /** Goes away, as a client that closes the connection. */
  cancel(): Promise<void>
}

export function readStream(response: Response): EventStream {
  if (!response.body) throw new Error('the response has no body')
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let buffer = ''
  const next = async (): Promise<StreamEvent | undefined> => {
    while (!buffer.includes('\n\n')) {
      const { done, value } = await reader.read()
      if (done) return undefined
      buffer += value
    }
    const end = buffer.indexOf('\n\n')
    const block = buffer.slice(0, end)
    buffer = buffer.slice(end + 2)
    if (block.startsWith(':')) return { comment: block.slice(1) }
    return { message: JSON.parse(block.replace(/^data: /, '')) }
  }
  return {
    next,
    async rest() {
      const messages = []
      for (let event = await next(); event; event = await next()) {
        if ('message' in event) messages.push(event.message)
      }
      return messages
    },
    cancel: () => reader.cancel(),
  }
}

function changed(usual: Record<string, string>, changes: Changes = {}): Headers {
  const headers = new Headers(usual)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined) headers.delete(name)
    else headers.set(name, value)
  }
  return headers
}
