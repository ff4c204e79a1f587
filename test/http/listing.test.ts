import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { catalogue, registryEntry, serverCard } from '../../src/http/listing'
import { createRegistry } from '../../src/registry'
import { defineServer, type ServerOptions } from '../../src/sdk'
import { site, startSite } from '../oauth/driver'
import { desk } from '../oauth/modules'
import { answerOf, platform, send2026, startPlatform } from './platform'

const ORIGIN = 'https://mcp.example.com'
const STRANGER = { origin: 'https://app.stranger.example' }

/** What both schemas say of the parts they share, in our words. */
const Shared = {
  name: z
    .string()
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/)
    .max(200),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  version: z.string().min(1).max(255),
  websiteUrl: z.url(),
}
const Remote = z.strictObject({
  type: z.literal('streamable-http'),
  url: z.url({ protocol: /^https?$/ }),
})
const Card = z.strictObject({
  $schema: z.literal('https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json'),
  ...Shared,
  icons: z
    .array(z.looseObject({ src: z.url() }))
    .min(1)
    .optional(),
  remotes: z.tuple([Remote.extend({ supportedProtocolVersions: z.array(z.iso.date()) })]),
})
const RegistryEntry = z.strictObject({
  $schema: z.literal(
    'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
  ),
  ...Shared,
  icons: z
    .array(
      z.object({
        src: z.url({ protocol: /^https$/ }).max(255),
        mimeType: z.enum(['image/png', 'image/svg+xml']).optional(),
      }),
    )
    .min(1)
    .optional(),
  remotes: z.tuple([Remote]),
})
const Catalogue = z.strictObject({
  specVersion: z.literal('1.0'),
  host: z.strictObject({ displayName: z.string().min(1) }),
  entries: z.array(
    z.strictObject({
      identifier: z.string().regex(/^urn:air:[a-z0-9.-]+:mcp:[a-z0-9-]+$/),
      displayName: z.string().min(1),
      type: z.literal('application/mcp-server-card+json'),
      url: z.url(),
    }),
  ),
})

function hosted(options: Partial<ServerOptions> = {}) {
  const definition = defineServer({ name: 'dns', version: '1.2.3', tools: [], ...options })
  const registry = createRegistry([definition])
  const server = registry.get('dns')
  if (!server) throw new Error('the module is not in its registry')
  return { registry, server }
}

const DOCUMENTS = [
  { path: '/desk/mcp/server-card', type: 'application/mcp-server-card+json', shape: Card },
  { path: '/desk/server.json', type: 'application/json', shape: RegistryEntry },
  { path: '/.well-known/ai-catalog.json', type: 'application/ai-catalog+json', shape: Catalogue },
]

describe.each(DOCUMENTS)('$path', ({ path, type, shape }) => {
  it('X-40, X-41, X-50 is what its schema asks for, to whoever asks', async () => {
    const response = await site.send(path, { headers: STRANGER })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    shape.parse(await response.json())
  })

  it('may be read by every page, and by none with credentials', async () => {
    const { headers } = await site.send(path, { headers: STRANGER })
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'Content-Type, If-None-Match',
      'access-control-expose-headers': 'ETag',
      'cache-control': 'public, max-age=3600',
    })
    expect(headers.has('access-control-allow-credentials')).toBe(false)
    const preflight = await site.send(path, {
      method: 'OPTIONS',
      headers: { ...STRANGER, 'access-control-request-method': 'GET' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET')
  })

  it('is sent again only when it has changed', async () => {
    const first = await site.send(path)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await site.send(path, { headers: { ...STRANGER, 'if-none-match': known } })
      expect(again.status).toBe(304)
      expect(await again.text()).toBe('')
      expect(again.headers.get('access-control-allow-origin')).toBe('*')
    }
    const changed = startSite({
      servers: [{ ...desk, version: '2.0.0', title: 'Another desk' }],
    })
    const later = await changed.send(path, { headers: { 'if-none-match': etag } })
    expect(later.status).toBe(200)
  })

  it('lets no stranger do anything but read', async () => {
    const response = await site.send(path, { method: 'POST', headers: STRANGER })
    expect(response.status).toBe(403)
    expect(response.headers.has('access-control-allow-origin')).toBe(false)
  })

  it('answers for its own host only', async () => {
    const elsewhere = startPlatform({
      origin: 'https://evil.example',
      vars: { PUBLIC_ORIGIN: ORIGIN },
    })
    const { status, body } = await answerOf(await elsewhere.fetch(path))
    expect(status).toBe(403)
    expect(body.error).toBe('invalid_request')
  })
})

describe('a server card', () => {
  it('X-40 says what the module says once a client has connected', async () => {
    const card = Card.parse(await (await platform.fetch('/lab/mcp/server-card')).json())
    const { body } = await answerOf(await send2026('server/discover'))
    const { supportedVersions, _meta } = body.result
    const info = _meta['io.modelcontextprotocol/serverInfo']
    expect(card.name).toBe(`localhost/${info.name}`)
    expect(card.version).toBe(info.version)
    expect(card.remotes[0].supportedProtocolVersions).toEqual(
      expect.arrayContaining(supportedVersions),
    )
    expect(new URL(card.remotes[0].url).pathname).toBe('/lab/mcp')
  })

  it('X-40 names nothing that the module can do, and no scope', async () => {
    const text = await (await site.send('/desk/mcp/server-card')).text()
    expect(text).not.toMatch(/read_note|shred|desk:/)
  })

  it('keeps icons of any kind, and the registry those it takes', () => {
    const icons = [
      { src: 'https://example.com/icon.png', mimeType: 'image/png' },
      { src: 'https://example.com/icon.avif', mimeType: 'image/avif' },
      { src: 'data:image/png;base64,AAAA' },
      { src: `https://example.com/${'x'.repeat(255)}` },
    ]
    const { server } = hosted({ icons })
    expect(Card.parse(serverCard(server, ORIGIN)).icons).toEqual(icons)
    expect(RegistryEntry.parse(registryEntry(server, ORIGIN)).icons).toEqual([icons[0]])
    const none = hosted({ icons: [{ src: 'data:image/png;base64,AAAA' }] })
    expect(RegistryEntry.parse(registryEntry(none.server, ORIGIN)).icons).toBeUndefined()
  })
})

describe.each([
  { document: 'a server card', describes: serverCard, shape: Card },
  { document: 'server.json', describes: registryEntry, shape: RegistryEntry },
])('$document', ({ describes, shape }) => {
  it.each([
    ['https://mcp.example.com', 'com.example.mcp/dns'],
    ['https://mcp.example.com:8443', 'com.example.mcp/dns'],
    ['https://xn--bcher-kva.example', 'example.xn--bcher-kva/dns'],
    ['http://localhost:8484', 'localhost/dns'],
    ['http://127.0.0.1:8484', 'localhost/dns'],
    ['http://[::1]:8484', 'localhost/dns'],
  ])('X-50, X-51 of %s has the name %s', (origin, name) => {
    expect(shape.parse(describes(hosted().server, origin)).name).toBe(name)
  })

  it.each([
    [undefined, 'Tools of dns'],
    ['', 'Tools of dns'],
    ['Looks up `A` records.', 'Looks up A records.'],
    ['One line.\n\nAnother paragraph.', 'One line.'],
    [`Looks up records. ${'And so on. '.repeat(20)}`, 'Looks up records.'],
    ['word '.repeat(40), `${'word '.repeat(19)}…`],
    ['x'.repeat(200), `${'x'.repeat(98)} …`],
  ])('describes %j as %j', (description, expected) => {
    const options = description === undefined ? {} : { description }
    const entry = shape.parse(describes(hosted(options).server, ORIGIN))
    expect(entry.description).toBe(expected)
  })

  it.each([
    [undefined, `${ORIGIN}/dns`],
    ['https://example.com/dns', 'https://example.com/dns'],
    ['javascript:alert(1)', `${ORIGIN}/dns`],
    ['not an address', `${ORIGIN}/dns`],
  ])('leads from %j to %s', (websiteUrl, expected) => {
    const options = websiteUrl === undefined ? {} : { websiteUrl }
    expect(shape.parse(describes(hosted(options).server, ORIGIN)).websiteUrl).toBe(expected)
  })

  it('has a title of at most a hundred characters', () => {
    const { title } = shape.parse(describes(hosted({ title: '名'.repeat(150) }).server, ORIGIN))
    expect(title).toBe(`${'名'.repeat(98)} …`)
  })

  it.each(['/operator/mcp/server-card', '/operator/server.json', '/nothing/mcp/server-card'])(
    'is not there for a module that is in no list: %s',
    async (path) => {
      const { status, body } = await answerOf(await site.send(path))
      expect(status).toBe(404)
      expect(body.error).toBe('not_found')
    },
  )
})

describe('the catalogue', () => {
  it('X-41 leads to the card of every module that is listed', async () => {
    const { entries } = Catalogue.parse(
      await (await site.send('/.well-known/ai-catalog.json')).json(),
    )
    expect(entries.length).toBeGreaterThan(1)
    for (const { url, identifier } of entries) {
      const card = Card.parse(await (await site.send(url)).json())
      expect(card.name.split('/')[1]).toBe(identifier.split(':').at(-1))
    }
    expect(JSON.stringify(entries)).not.toContain('operator')
  })

  it('names the domain that publishes it', () => {
    const { entries, host } = Catalogue.parse(catalogue(hosted().registry, ORIGIN))
    expect(host.displayName).toBe('mcp.example.com')
    expect(entries.map(({ identifier }) => identifier)).toEqual(['urn:air:mcp.example.com:mcp:dns'])
  })
})

describe('proof of the domain', () => {
  const PROOF = `v=MCPv1; k=ed25519; p=${'A'.repeat(43)}=`
  const PROOFS = [
    {
      path: '/.well-known/openai-apps-challenge',
      setting: 'OPENAI_APPS_CHALLENGE',
      text: 'a-token',
    },
    { path: '/.well-known/mcp-registry-auth', setting: 'MCP_REGISTRY_AUTH', text: PROOF },
  ]

  it.each(PROOFS)('X-51 is $setting to the letter at $path', async ({ path, setting, text }) => {
    const proving = startSite({ bindings: { [setting]: text } })
    const response = await proving.send(path, { headers: { accept: 'text/plain' } })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await response.text()).toBe(text)
  })

  it.each(PROOFS)('is not there until $setting is set', async ({ path, setting }) => {
    const { status, body } = await answerOf(await site.send(path))
    expect(status).toBe(404)
    expect(body.error_description).toContain(setting)
  })
})
