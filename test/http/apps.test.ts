/// <reference types="@cloudflare/vitest-plugin/types" />
/** MCP Apps on the wire of every revision. @module */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  getToolUiResourceUri,
  isToolVisibilityAppOnly,
  McpUiResourceMetaSchema,
} from '@modelcontextprotocol/ext-apps/app-bridge'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createApp } from '../../src/app'
import { defineApp, defineServer, defineTool, toolResult } from '../../src/sdk'
import {
  type Answer,
  answerOf,
  initialize,
  ORIGIN,
  openSession,
  type Platform,
  post,
  send2026,
} from './platform'

const REVISIONS = ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'] as const
const UI = 'io.modelcontextprotocol/ui'
const WITH_UI = { extensions: { [UI]: { mimeTypes: ['text/html;profile=mcp-app'] } } }
const html = '<!doctype html><title>Chart</title>'

const chart = defineApp({
  name: 'chart',
  title: 'Chart',
  description: 'Draws numbers.',
  uri: 'ui://charts/chart',
  html,
  cacheSeconds: 60,
  csp: { connectDomains: ['https://api.acme.com'] },
  permissions: ['clipboardWrite'],
  domain: 'charts.claudemcpcontent.com',
  prefersBorder: true,
  _meta: { own: 1 },
})
const plain = defineApp({ ...chart, name: 'plain', uri: 'ui://charts/plain', html })

const draw = defineTool({
  name: 'draw',
  description: 'Draws three numbers.',
  ui: { app: chart },
  output: z.object({ numbers: z.array(z.int()) }),
  run: () => ({ numbers: [1, 2, 3] }),
})
const redraw = defineTool({
  name: 'redraw',
  description: 'For the chart.',
  ui: { visibility: ['app'] },
  run: () => 'done',
})
const silent = defineTool({
  name: 'silent',
  description: 'Has nothing to say.',
  ui: { app: plain, visibility: ['model', 'app'] },
  input: z.object({ text: z.string().optional() }),
  run: ({ text }) =>
    text === undefined
      ? toolResult({ content: [{ type: 'image', data: 'AA==', mimeType: 'image/png' }] })
      : text,
})

const charts = defineServer({
  name: 'charts',
  version: '1.0.0',
  access: 'public',
  tools: [draw, redraw, silent],
})
const bare = defineServer({ ...charts, name: 'bare', tools: [defineTool({ ...redraw, ui: {} })] })

const app = createApp([charts, bare])
const platform: Platform = {
  origin: ORIGIN,
  fetch: async (path, init) =>
    app.fetch(new Request(`${ORIGIN}${path}`, init), env, createExecutionContext()),
}

/** Sends one request as a client of a revision does that declares these capabilities. */
async function ask(
  revision: (typeof REVISIONS)[number],
  method: string,
  params: Record<string, unknown> = {},
  capabilities: Record<string, unknown> = {},
  path = '/charts/mcp',
): Promise<Answer> {
  if (revision === '2026-07-28') {
    const meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities }
    return answerOf(await send2026(method, params, { platform, path, meta }))
  }
  const session = await openSession(revision, { capabilities }, { platform, path })
  return await session.request(method, params)
}

describe('the page of a module with an app', () => {
  it('says which tool shows it, and which is for it', async () => {
    const html = await (await platform.fetch('/charts')).text()
    expect(html.match(/Shows an app|For its app/g)).toEqual([
      'Shows an app',
      'For its app',
      'Shows an app',
    ])
    expect(html).not.toContain('ui://')
  })
})

describe.each(REVISIONS)('a module with an app at %s', (revision) => {
  it('X-20 has it read as text/html;profile=mcp-app, with what it may reach', async () => {
    const { status, body } = await ask(revision, 'resources/read', { uri: chart.uri })
    expect(status).toBe(200)
    const ui = {
      csp: { connectDomains: ['https://api.acme.com'] },
      permissions: { clipboardWrite: {} },
      domain: 'charts.claudemcpcontent.com',
      prefersBorder: true,
    }
    const _meta = revision === '2025-03-26' ? { ui } : { own: 1, ui }
    expect(McpUiResourceMetaSchema.parse(ui)).toEqual(ui)
    expect(body.result.contents).toEqual([
      { uri: chart.uri, mimeType: 'text/html;profile=mcp-app', text: html, _meta },
    ])
    if (revision === '2026-07-28') {
      expect(body.result).toMatchObject({ ttlMs: 60_000, cacheScope: 'public' })
    }
  })

  it('X-20 leaves it out of lists, and says that there are resources all the same', async () => {
    const { body } = await ask(revision, 'resources/list')
    expect(body.result.resources).toEqual([])
    const unknown = await ask(revision, 'resources/read', { uri: 'ui://charts/other' })
    expect(unknown.body.error.code).toBe(revision === '2026-07-28' ? -32602 : -32002)
  })

  it('X-20 declares the extension where there is an app, and nowhere else', async () => {
    const capabilitiesAt = async (path: string) => {
      const opening = initialize(revision, { capabilities: {} })
      const { body } =
        revision === '2026-07-28'
          ? await ask(revision, 'server/discover', {}, {}, path)
          : await answerOf(await post(opening, { platform, path }))
      return body.result.capabilities
    }
    expect(await capabilitiesAt('/charts/mcp')).toMatchObject({
      resources: { subscribe: true },
      extensions: { [UI]: {} },
    })
    expect(await capabilitiesAt('/bare/mcp')).not.toHaveProperty('extensions')
  })

  it('X-21, X-25 tells every client alike which app a tool has and who may call it', async () => {
    const lists = await Promise.all(
      [{}, WITH_UI].map((capabilities) => ask(revision, 'tools/list', {}, capabilities)),
    )
    expect(lists[0]?.body.result).toEqual(lists[1]?.body.result)
    const { tools, cacheScope } = lists[0]?.body.result ?? {}
    expect(tools.map(({ name, _meta }: { name: string; _meta: object }) => [name, _meta])).toEqual([
      ['draw', { ui: { resourceUri: chart.uri } }],
      ['redraw', { ui: { visibility: ['app'] } }],
      ['silent', { ui: { resourceUri: plain.uri, visibility: ['model', 'app'] } }],
    ])
    expect(tools.map(getToolUiResourceUri)).toEqual([chart.uri, undefined, plain.uri])
    expect(tools.map(isToolVisibilityAppOnly)).toEqual([false, true, false])
    if (revision === '2026-07-28') expect(cacheScope).toBe('public')
  })

  it('X-22 says in text what the app shows, also to a client without apps', async () => {
    for (const capabilities of [{}, WITH_UI]) {
      const { body } = await ask(revision, 'tools/call', { name: 'draw' }, capabilities)
      expect(body.result.content).toEqual([{ type: 'text', text: '{"numbers":[1,2,3]}' }])
    }
  })

  it('X-22 tells an author whose tool has only an app to show for it', async () => {
    for (const args of [{}, { text: ' ' }]) {
      const { body } = await ask(revision, 'tools/call', { name: 'silent', arguments: args })
      expect(body.result.isError).toBe(true)
      expect(body.result.content[0].text).toContain('"silent" shows an app and returned no text')
    }
    const { body } = await ask(revision, 'tools/call', {
      name: 'silent',
      arguments: { text: 'Three bars.' },
    })
    expect(body.result.isError).toBeUndefined()
  })
})
