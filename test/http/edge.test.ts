import { describe, expect, it } from 'vitest'
import { answerOf, initialize, post, send2026, startPlatform } from './platform'

const PUBLIC = 'https://mcp.example.com'
const loopback = startPlatform()
const deployed = startPlatform({
  origin: PUBLIC,
  vars: {
    PUBLIC_ORIGIN: PUBLIC,
    ALLOWED_ORIGINS: 'https://app.example.com https://tools.example.com:8443',
    QUAYSIDE_LOCAL: undefined,
  },
})

const knock = (platform: typeof deployed, headers: Record<string, string | null>) =>
  post(initialize('2025-11-25'), { platform, headers })

describe('the Origin of a browser', () => {
  it.each([
    ['its own', PUBLIC],
    ['one that is allowed', 'https://app.example.com'],
    ['one that is allowed with its port', 'https://tools.example.com:8443'],
  ])('H-03 may call a deployed platform from %s', async (_, origin) => {
    const response = await knock(deployed, { origin })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe(origin)
    expect(response.headers.get('vary')).toBe('Origin')
  })

  it.each([
    ['a stranger', 'https://evil.example'],
    ['null', 'null'],
    ['nothing', ''],
    ['a star', '*'],
    ['the own host over http', 'http://mcp.example.com'],
    ['another port', 'https://mcp.example.com:8443'],
    ['an allowed host on another port', 'https://tools.example.com'],
    ['a host that ends like ours', 'https://evilmcp.example.com'],
    ['a host that starts like ours', 'https://mcp.example.com.evil.example'],
    ['a host below ours', 'https://a.mcp.example.com'],
    ['our host in upper case', 'https://MCP.EXAMPLE.COM'],
    ['our host with a path', 'https://mcp.example.com/lab'],
    ['our host with a slash', 'https://mcp.example.com/'],
    ['our host behind a user', 'https://mcp.example.com@evil.example'],
    ['two origins', `${PUBLIC}, https://evil.example`],
    ['two origins with a blank', `${PUBLIC} https://evil.example`],
    ['localhost', 'http://localhost'],
    ['localhost with a port', 'http://localhost:6274'],
    ['127.0.0.1', 'http://127.0.0.1:8787'],
    ['a file', 'file://'],
    ['an extension', 'chrome-extension://abcdefgh'],
  ])('H-02, H-03, M-01, M-17 is refused when it is %s', async (_, origin) => {
    const { status, headers, body } = await answerOf(await knock(deployed, { origin }))
    expect(status).toBe(403)
    expect(body).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } })
    expect(headers.has('access-control-allow-origin')).toBe(false)
    expect(headers.has('mcp-session-id')).toBe(false)
  })

  it.each([
    ['its own', 'http://127.0.0.1:8787'],
    ['localhost', 'http://localhost'],
    ['localhost with a port', 'http://localhost:6274'],
    ['localhost over https', 'https://localhost:3000'],
    ['127.0.0.1 with another port', 'http://127.0.0.1:5173'],
    ['IPv6 loopback', 'http://[::1]:3000'],
  ])('H-03 may call a local platform from %s', async (_, origin) => {
    expect((await knock(loopback, { origin })).status).toBe(200)
  })

  it.each([
    ['a stranger', 'https://evil.example'],
    ['null', 'null'],
    ['a name below localhost', 'http://a.localhost:3000'],
    ['a name that starts with localhost', 'http://localhost.evil.example'],
    ['a name that starts with 127.0.0.1', 'http://127.0.0.1.evil.example'],
    ['another loopback address', 'http://127.0.0.2:8787'],
    ['loopback in one number', 'http://2130706433'],
    ['every address', 'http://0.0.0.0:8787'],
    ['a private address', 'http://192.168.1.2'],
    ['localhost with a path', 'http://localhost/'],
    ['localhost behind a user', 'http://localhost@evil.example'],
  ])('H-02, H-03 is refused on loopback when it is %s', async (_, origin) => {
    expect((await knock(loopback, { origin })).status).toBe(403)
  })

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'H-02 is checked for %s, before anything else',
    async (method) => {
      const response = await deployed.fetch('/lab/mcp', {
        method,
        headers: { origin: 'https://evil.example', 'content-type': 'text/plain' },
      })
      expect(response.status).toBe(403)
    },
  )

  it('H-02, H-03 keeps a tool from running, and lets programs without one call', async () => {
    const evil = { platform: deployed, headers: { origin: 'https://evil.example' } }
    const refused = await answerOf(await send2026('tools/list', {}, evil))
    expect(refused.status).toBe(403)
    expect(refused.text).not.toContain('tools')
    expect((await send2026('tools/list', {}, { platform: deployed })).status).toBe(200)
  })
})

describe('the Host of a request', () => {
  it.each([
    ['another name', 'https://evil.example'],
    ['the address of the server', 'https://203.0.113.7'],
    ['the name with a port', 'https://mcp.example.com:8443'],
    ['the name with a dot', 'https://mcp.example.com.'],
    ['the name of a preview', 'https://quayside.someone.workers.dev'],
  ])('H-02 is refused when it is %s', async (_, origin) => {
    const platform = startPlatform({ origin, vars: { PUBLIC_ORIGIN: PUBLIC } })
    const { status, body } = await answerOf(await knock(platform, {}))
    expect(status).toBe(403)
    expect(body.error.message).toContain(PUBLIC)
  })

  it.each(['http://127.0.0.1:8787', 'http://localhost:8787', 'http://[::1]:8787'])(
    'H-02 may be loopback: %s',
    async (origin) => {
      expect((await knock(startPlatform({ origin }), {})).status).toBe(200)
    },
  )

  const UNCONFIGURED = [
    'http://mcp.example.com',
    'http://127.0.0.2:8787',
    'http://0.0.0.0:8787',
    'http://localhost.evil.example',
    'http://quayside.localhost:8787',
  ]

  it.each(UNCONFIGURED)('M-17 without PUBLIC_ORIGIN gets 503 when deployed: %s', async (origin) => {
    const vars = { PUBLIC_ORIGIN: undefined, QUAYSIDE_LOCAL: undefined }
    const platform = startPlatform({ origin, vars })
    const { status, body } = await answerOf(await knock(platform, {}))
    expect(status).toBe(503)
    expect(body).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32603 } })
    expect(body.error.message).toContain('PUBLIC_ORIGIN')
    const page = await answerOf(await platform.fetch('/'))
    expect(page.status).toBe(503)
    expect(page.text).toContain('PUBLIC_ORIGIN')
  })

  it.each(UNCONFIGURED)('H-02 is refused by a local copy without a tunnel: %s', async (origin) => {
    const { status, body } = await answerOf(await knock(startPlatform({ origin }), {}))
    expect(status).toBe(403)
    expect(body.error.message).toContain('PUBLIC_ORIGIN')
  })

  it.each<[string, Record<string, string>, string | undefined, number]>([
    ['plain http', {}, undefined, 403],
    ['http, whatever a header says', { 'x-forwarded-proto': 'https' }, undefined, 403],
    ['http behind the tunnel of a local copy', { 'x-forwarded-proto': 'https' }, '1', 200],
    ['http to a local copy without a tunnel', {}, '1', 403],
  ])('is reached over %s', async (_, headers, QUAYSIDE_LOCAL, status) => {
    const vars = { PUBLIC_ORIGIN: PUBLIC, QUAYSIDE_LOCAL }
    const platform = startPlatform({ origin: 'http://mcp.example.com', vars })
    expect((await knock(platform, headers)).status).toBe(status)
  })
})

describe('a preflight', () => {
  const preflight = (headers: Record<string, string>, platform = deployed) =>
    platform.fetch('/lab/mcp', { method: 'OPTIONS', headers })

  const ALLOWED =
    'Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Method, Mcp-Name, ' +
    'Mcp-Session-Id, Last-Event-ID, DPoP'

  it('is answered with exactly these lists', async () => {
    const response = await preflight({
      origin: 'https://app.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type, mcp-method',
    })
    expect(response.status).toBe(204)
    expect(await response.text()).toBe('')
    expect(Object.fromEntries(response.headers)).toEqual({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
      'access-control-allow-headers': ALLOWED,
      'access-control-expose-headers': 'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version',
      'access-control-max-age': '7200',
      vary: 'Origin, Access-Control-Request-Headers',
    })
  })

  it.each([
    ['mcp-param-region', 'mcp-param-region'],
    ['Mcp-Param-Region,MCP-PARAM-B', 'Mcp-Param-Region, MCP-PARAM-B'],
    ['content-type, mcp-param-a, x-evil', 'mcp-param-a'],
    ['mcp-param-', ''],
    ['x-mcp-param-a', ''],
    ['mcp-param-a b', ''],
    ['mcp-param-a:b', ''],
    ['mcp-paramx-a', ''],
    ['cookie, x-forwarded-proto', ''],
    ['*', ''],
    ['', ''],
  ])('M-14 grants parameter headers by name, and nothing else: %j', async (asked, granted) => {
    const response = await preflight({
      origin: 'https://app.example.com',
      'access-control-request-headers': asked,
    })
    expect(response.headers.get('access-control-allow-headers')).toBe(
      granted === '' ? ALLOWED : `${ALLOWED}, ${granted}`,
    )
  })

  it.each(['/lab/mcp', '/closed/mcp', '/nowhere/mcp', '/'])(
    'needs nothing behind it: %s',
    async (path) => {
      const init = { method: 'OPTIONS', headers: { origin: PUBLIC } }
      expect((await deployed.fetch(path, init)).status).toBe(204)
    },
  )

  it('without an Origin is an OPTIONS like any other', async () => {
    const response = await preflight({})
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toEqual({ allow: 'GET, POST, DELETE, OPTIONS' })
  })

  it('lets a page read errors too', async () => {
    const headers = { origin: PUBLIC, 'content-type': 'text/plain' }
    const response = await knock(deployed, headers)
    expect(response.status).toBe(415)
    expect(response.headers.get('access-control-allow-origin')).toBe(PUBLIC)
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  })
})
